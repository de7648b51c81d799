import { createHash } from 'node:crypto';
import type { ListPlace } from '../attributes/compile-order.js';
import { ScimError } from './errors.js';

/** How long a cursor can be used, in seconds: ServiceProviderConfig says it. */
export const cursorTimeout = 86_400;

/** A place in one list of one connection, and the direction to go on in (RFC 9865). */
export interface ListCursor extends ListPlace {
  backwards: boolean;
}

/**
 * The cursor as callers keep it, of unreserved characters only. It carries no authority: every page is scoped by the token
 * that asks. `list` says which list it belongs to (connection, type, filter, order), and the mark at its end ties it to
 * that, so that it cannot be carried into another one.
 */
export function printCursor({ backwards, value, id }: ListCursor, list: string, now: Date): string {
  const seconds = Math.floor(now.getTime() / 1000);
  const body = Buffer.from(JSON.stringify([backwards ? 1 : 0, seconds, value, id])).toString('base64url');
  return `${body}.${markOf(body, list)}`;
}

const markOf = (body: string, list: string) =>
  createHash('sha256').update(`${body}\n${list}`).digest('base64url').slice(0, 22);

/** @throws ScimError invalidCursor for what is no cursor of this list, expiredCursor for one that is too old */
export function parseCursor(text: string, list: string, now: Date): ListCursor {
  const [body = '', mark, rest] = text.slice(0, 8_192).split('.');
  if (rest !== undefined || mark !== markOf(body, list)) throw invalid();
  const [backwards, seconds, value, id] = read(body);
  if (typeof seconds !== 'number' || typeof id !== 'string') throw invalid();
  if (now.getTime() / 1000 - seconds > cursorTimeout) {
    throw new ScimError(400, 'expiredCursor', 'The cursor is too old. Start again with an empty "cursor".');
  }
  return { backwards: backwards === 1, value: typeof value === 'string' ? value : null, id };
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
    'The cursor is not one of this list. Send it with the same filter and order, or start again with an empty "cursor".',
  );
