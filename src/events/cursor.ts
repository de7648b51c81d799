import { createHmac, timingSafeEqual } from 'node:crypto';
import { CursorInvalid } from '../errors.js';
import { type EventId, type OrganizationId, parseId } from '../ids.js';

/**
 * A place in a log, and the event that stands there: positions are given out again after a restore, ids never are. Null:
 * the place is 0, or the event was deleted before retention kept ids.
 */
export interface Anchor {
  /** The position in the organization's log, or the `seq` in the log of all organizations. */
  place: number;
  id: EventId | null;
}

/** The beginning of every log. */
export const beginning: Anchor = { place: 0, id: null };

/** "Everything up to the anchor was seen", in the log of one organization, or of all of them when it names none. */
export interface EventCursor extends Anchor {
  organizationId: OrganizationId | null;
  epoch: string;
  /** Whether it carries the id of its event, as every cursor does that is given out today. */
  isIdentified: boolean;
  /** Whether one of the keys proves that a server of this database gave it out. */
  isProven: boolean;
}

/** Whether a caller gave a cursor. The empty text is one, an invalid one: read as "none" it would skip to now. */
export const isGiven = (cursor: string | null | undefined): cursor is string => cursor !== null && cursor !== undefined;

const all = '*';
/** Base64url characters of the proof: 66 bits. */
const proofLength = 11;

/** The cursor as callers keep it: opaque, URL-safe. The first of the keys proves it. */
export function printCursor(
  { organizationId, epoch, place, id }: Pick<EventCursor, 'organizationId' | 'epoch' | 'place' | 'id'>,
  keys: readonly string[],
): string {
  const claim = `e2.${epoch}.${organizationId ?? all}.${place}.${id?.slice('evt_'.length) ?? ''}`;
  return Buffer.from(`${claim}.${proofOf(claim, keys[0] ?? '')}`).toString('base64url');
}

/**
 * The cursor behind `text`, of this form or of the one before it, which carried no id. Its parts are strictly parsed; nothing
 * in it is trusted beyond that.
 *
 * @throws CursorInvalid when it is not one, or another log's
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
