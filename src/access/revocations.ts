import type { EventRecord } from '../events/event.js';
import type { EventType } from '../events/types.js';

/** Events after which a credential may open less than before. */
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
 * Whether what was read from the log may have ended a credential. Another node's revocation stands in the same log that
 * feeds the sockets here, before whatever they must not be told any more.
 */
export const mayRevoke = (events: readonly EventRecord[]): boolean =>
  events.some(({ type }) => revoking.has(type as EventType));
