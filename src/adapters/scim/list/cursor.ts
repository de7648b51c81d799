import { createHash } from 'node:crypto';
import { daySeconds } from '../../../kernel/durations.js';
import type { ListOrder, ListPlace } from '../../../scim-model/compile-order.js';
import { isSortValue } from '../../../scim-model/sort-value.js';
import { ScimError } from '../http/errors.js';

/** Lifetime of a cursor in seconds, published in ServiceProviderConfig. */
export const cursorTimeout = daySeconds;

/** Position in a list of one connection, and the direction of paging (RFC 9865). */
export interface ListCursor extends ListPlace {
  backwards: boolean;
}

/**
 * Returns the cursor as an opaque text of unreserved characters. It carries no permission: each page is scoped by the
 * token of the request. `list` identifies the list (connection, type, filter, order). The hash at the end of the cursor
 * includes it, so that the cursor cannot be used with another list.
 */
export function printCursor({ backwards, value, id }: ListCursor, list: string, now: Date): string {
  const seconds = Math.floor(now.getTime() / 1000);
  const body = Buffer.from(JSON.stringify([backwards ? 1 : 0, seconds, value, id])).toString('base64url');
  return `${body}.${markOf(body, list)}`;
}

const markOf = (body: string, list: string) =>
  createHash('sha256').update(`${body}\n${list}`).digest('base64url').slice(0, 22);

/**
 * Parses a cursor. Clients can compute its hash, so the value is checked by the type of the order.
 *
 * @throws ScimError invalidCursor if it does not belong to this list, expiredCursor if it is too old
 */
export function parseCursor(text: string, list: string, { order, now }: { order: ListOrder; now: Date }): ListCursor {
  const [body = '', mark, rest] = text.slice(0, 8_192).split('.');
  if (rest !== undefined || mark !== markOf(body, list)) throw invalid();
  const [backwards, seconds, value, id] = read(body);
  if (typeof seconds !== 'number' || typeof id !== 'string' || id.includes('\u0000')) throw invalid();
  if (value !== null && typeof value !== 'string') throw invalid();
  if (value !== null && !isSortValue(order, value)) throw invalid();
  if (now.getTime() / 1000 - seconds > cursorTimeout) {
    throw new ScimError(400, 'expiredCursor', 'The cursor has expired. Start again with an empty "cursor".');
  }
  return { backwards: backwards === 1, value, id };
}

function read(body: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(body, 'base64url').toString('utf8'));
    return Array.isArray(parts) ? parts : [];
  } catch {
    throw invalid();
  }
}

const invalid = () =>
  new ScimError(
    400,
    'invalidCursor',
    'The cursor does not belong to this list. Send the same filter and order, or start again with an empty "cursor".',
  );
