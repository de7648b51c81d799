import { createHmac, timingSafeEqual } from 'node:crypto';
import { CursorInvalid } from '../kernel/errors.js';
import { type EventId, type OrganizationId, parseId } from '../kernel/ids.js';

/**
 * Position in a log, with the id of the event at that position. After a restore positions are assigned again, ids never
 * are. `id` is null at position 0, and if the event was deleted before retention stored ids.
 */
export interface Anchor {
  /** Position in the organization's log, or `seq` in the log of all organizations. */
  place: number;
  id: EventId | null;
}

/** Start of every log. */
export const beginning: Anchor = { place: 0, id: null };

/**
 * Cursor of a reader that has seen all events up to the anchor, in the log of one organization, or of all organizations
 * if `organizationId` is null.
 */
export interface EventCursor extends Anchor {
  organizationId: OrganizationId | null;
  epoch: string;
  /** True if the cursor contains the id of its event. All cursors that are issued today do. */
  isIdentified: boolean;
  /** True if the proof was made with one of the keys: a server of this database issued the cursor. */
  isProven: boolean;
}

/**
 * Returns true if the caller passed a cursor. An empty text counts as an (invalid) cursor: treating it as absent would
 * skip all earlier events.
 */
export const isGiven = (cursor: string | null | undefined): cursor is string => cursor !== null && cursor !== undefined;

const all = '*';
/** Length of the proof in base64url characters: 66 bits. */
const proofLength = 11;

/** Returns the cursor as an opaque, URL-safe text. The first of the keys proves it. */
export function printCursor(
  { organizationId, epoch, place, id }: Pick<EventCursor, 'organizationId' | 'epoch' | 'place' | 'id'>,
  keys: readonly string[],
): string {
  const claim = `e2.${epoch}.${organizationId ?? all}.${place}.${id?.slice('evt_'.length) ?? ''}`;
  return Buffer.from(`${claim}.${proofOf(claim, keys[0] ?? '')}`).toString('base64url');
}

/**
 * Parses a cursor of the current format, or of the previous one, which had no id. Its parts are validated strictly; the
 * result is not trusted beyond that.
 *
 * @throws CursorInvalid if the text is not a cursor, or belongs to another log
 */
export function parseCursor(
  text: string,
  organizationId: OrganizationId | null,
  keys: readonly string[] = [],
): EventCursor {
  const parts = Buffer.from(text, 'base64url').toString('latin1').split('.');
  const [version, epoch = '', log = '', place = '', suffix = '', proof = ''] = parts;
  const isOurs = organizationId ? parseId('org', log) === organizationId : log === all;
  const isIdentified = version === 'e2';
  const isKnown = isIdentified ? parts.length === 6 : version === 'e1' && parts.length === 4;
  if (!isKnown || !isOurs || !/^\w{1,64}$/.test(epoch) || !/^\d{1,15}$/.test(place)) throw new CursorInvalid();
  const cursor = { organizationId, epoch, place: Number(place), isIdentified };
  if (!isIdentified) return { ...cursor, id: null, isProven: false };
  const id = suffix === '' ? null : parseId('evt', `evt_${suffix}`);
  const isSound = suffix === '' || (id !== null && cursor.place > 0);
  if (!isSound || !/^[\w-]+$/.test(proof) || proof.length !== proofLength) throw new CursorInvalid();
  const claim = parts.slice(0, 5).join('.');
  return { ...cursor, id, isProven: keys.some((key) => isEqual(proof, proofOf(claim, key))) };
}

const proofOf = (claim: string, key: string): string =>
  createHmac('sha256', key).update(claim).digest('base64url').slice(0, proofLength);

const isEqual = (one: string, other: string): boolean => timingSafeEqual(Buffer.from(one), Buffer.from(other));
