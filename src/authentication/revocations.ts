import type { EventRecord } from '../events/event.js';
import type { EventType } from '../events/types.js';

/** Types of events after which a credential can have fewer permissions than before. */
const revoking: ReadonlySet<EventType> = new Set<EventType>([
  'user.deprovisioned',
  'user.suspended',
  'user.roles_changed',
  'session.revoked',
  'connection.updated',
  'connection.deleted',
  'connection.token_rotated',
  'organization.updated',
  'organization.deleted',
]);

/**
 * Returns true if the events can have ended a credential. The log contains a revocation of another node before any
 * event that the revoked stream must not receive.
 */
export const mayRevoke = (events: readonly EventRecord[]): boolean =>
  events.some(({ type }) => revoking.has(type as EventType));
