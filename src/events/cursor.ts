import { CursorInvalid } from '../errors.js';
import { type OrganizationId, parseId } from '../ids.js';
import type { EventRecord } from './event.js';

/** A place in a log: "everything up to it was seen", in one epoch of the database. Null: the log of all organizations. */
export interface EventCursor {
  organizationId: OrganizationId | null;
  epoch: string;
  /** The position in the organization's log, or the `seq` in that of all. */
  place: number;
}

const all = '*';

/** The cursor as callers keep it: opaque, URL-safe. */
export function printCursor({ organizationId, epoch, place }: EventCursor): string {
  return Buffer.from(`e1.${epoch}.${organizationId ?? all}.${place}`).toString('base64url');
}

/**
 * The cursor behind `text`. Its parts are strictly parsed; nothing in it is trusted beyond that.
 *
 * @throws CursorInvalid when it is not one, or another log's
 */
export function parseCursor(text: string, organizationId: OrganizationId | null): EventCursor {
  const [version, epoch, log, place, rest] = Buffer.from(text, 'base64url').toString('latin1').split('.');
  const isOurs = organizationId ? parseId('org', log ?? '') === organizationId : log === all;
  const valid = version === 'e1' && epoch && isOurs && /^\d{1,15}$/.test(place ?? '');
  if (!valid || rest !== undefined) throw new CursorInvalid();
  return { organizationId, epoch, place: Number(place) };
}

/** The cursor of an event, in the log that it was read from. */
export function cursorOf(event: EventRecord, epoch: string): string {
  const { acrossOrganizations, organizationId, position, seq } = event;
  if (acrossOrganizations) return printCursor({ organizationId: null, epoch, place: seq });
  return printCursor({ organizationId, epoch, place: position });
}
