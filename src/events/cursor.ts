import { CursorInvalid } from '../errors.js';
import { type OrganizationId, parseId } from '../ids.js';

/** A place in the log of one organization: "everything up to `position` was seen", in one epoch of the database. */
export interface EventCursor {
  organizationId: OrganizationId;
  epoch: string;
  position: number;
}

/** The cursor as callers keep it: opaque, URL-safe. */
export function printCursor({ organizationId, epoch, position }: EventCursor): string {
  return Buffer.from(`e1.${epoch}.${organizationId}.${position}`).toString('base64url');
}

/**
 * The cursor behind `text`. Its parts are strictly parsed; nothing in it is trusted beyond that.
 *
 * @throws CursorInvalid when it is not one, or another organization's
 */
export function parseCursor(text: string, organizationId: OrganizationId): EventCursor {
  const [version, epoch, organization, position, rest] = Buffer.from(text, 'base64url').toString('latin1').split('.');
  const of = parseId('org', organization ?? '');
  const valid = version === 'e1' && epoch && of === organizationId && /^\d{1,15}$/.test(position ?? '');
  if (!valid || rest !== undefined) throw new CursorInvalid();
  return { organizationId, epoch, position: Number(position) };
}
