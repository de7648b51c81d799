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
 * Returns true if one of the events can have ended a credential. In the log, a revocation on another node precedes all
 * events that the stream of the revoked credential must not receive.
 */
export const mayRevoke = (events: readonly EventRecord[]): boolean =>
  events.some(({ type }) => revoking.has(type as EventType));
