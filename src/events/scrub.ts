import type { OrganizationId } from '../ids.js';
import type { Session } from '../storage/database.js';
import type { NewEvent } from './types.js';

/** What may stay in an event about somebody who was erased: ids, states, reasons, numbers. None of it names anybody. */
const kept = [
  'id',
  'status',
  'active',
  'origin',
  'reason',
  'connectionId',
  'decisionRow',
  'code',
  'because',
  'signal',
  'kind',
  'userId',
  'groupId',
  'memberGroupId',
  'fromOrigin',
  'matchedBy',
  'sessionsRevoked',
  'seatsUsed',
  'heldForMs',
  'rolesLost',
  'rolesRestored',
  'groupsLost',
  'directOnly',
  'previousDeprovisionedAt',
  'clientId',
  'expiresAt',
  'dueAt',
];

/** Takes personal data out of every event about the user. They keep their places: no reader sees a gap. */
export async function scrubEvents(session: Session, organizationId: OrganizationId, userId: string): Promise<void> {
  await session.query('select scrub_events($1, $2, $3)', [organizationId, userId, kept]);
}

/** The same for everything that an organization's log tells, so many events at a time. True when there may be more. */
export async function scrubLog(session: Session, organizationId: OrganizationId, most: number): Promise<boolean> {
  const [row] = await session.query<{ n: number }>('select scrub_organization($1, $2, $3) as n', [
    organizationId,
    kept,
    most,
  ]);
  return row?.n === most;
}

/** The same for an event that is not yet written. */
export function scrubbed(event: NewEvent): NewEvent {
  const data = Object.fromEntries(Object.entries(event.data).filter(([key]) => kept.includes(key)));
  return { ...event, data: { ...data, scrubbed: true }, changes: [] };
}
