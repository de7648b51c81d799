import type { OrganizationId } from '../kernel/ids.js';
import type { Session } from '../storage/session.js';
import { sql } from '../storage/sql.js';
import type { Definition } from './payloads/define.js';
import { eventDefinitions } from './payloads.js';
import type { PendingEvent, ScrubbedEvent } from './types.js';

const fieldsOf = ({ state, shapes }: Definition) =>
  shapes.flatMap((shape) => Object.entries({ ...state?.fields, ...shape }));

/** Fields that an erasure keeps, in the notation of the database functions: `user.deprovisioned.reason`. */
export const keptFields: readonly string[] = [
  ...new Set(
    Object.entries<Definition>(eventDefinitions).flatMap(([type, definition]) =>
      fieldsOf(definition).flatMap(([name, { isErased }]) => (isErased ? [] : [`${type}.${name}`])),
    ),
  ),
];

/**
 * Removes personal data from all events about the user. The events keep their positions, so readers see no gap. The SQL
 * function is in migrations/1780000040000-erasure-by-event.ts.
 */
export async function scrubEvents(session: Session, organizationId: OrganizationId, userId: string): Promise<void> {
  await session.query(sql`select scrub_events(${organizationId}, ${userId}, ${keptFields})`);
}

/** Removes personal data from at most `most` events of an organization. Returns true if more can be left. */
export async function scrubLog(session: Session, organizationId: OrganizationId, most: number): Promise<boolean> {
  const [row] = await session.query<{ n: number }>(
    sql`select scrub_organization(${organizationId}, ${keptFields}, ${most}) as n`,
  );
  return row?.n === most;
}

/** Returns a pending event about an erased user without the fields that an erasure removes. */
export function scrubbed({ data, ...event }: PendingEvent): ScrubbedEvent {
  const left = Object.fromEntries(
    Object.entries(data).filter(([name]) => keptFields.includes(`${event.type}.${name}`)),
  );
  return { ...event, data: { ...left, scrubbed: true }, changes: [] };
}
