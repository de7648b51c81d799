import type { UserState } from '../../events/payloads.js';
import type { NewEvent } from '../../events/types.js';
import type { ConnectionId } from '../../kernel/ids.js';
import { copyOf } from '../../storage/rows.js';
import type { Because } from '../roles/recompute-roles.js';
import { type DeprovisionReason, subjectOf, type User, userState } from './user.js';

/** The writes for one locked account. */
export interface Plan {
  /** The account after the change, or unchanged if `isWritten` is false. */
  user: User;
  isWritten: boolean;
  /** The events, in order. The event of a closing follows them. */
  events: NewEvent[];
  /** Quirks for the request log. */
  notes: string[];
  /** The account before a SCIM connection adopts it, and that connection; null if it is not adopted. */
  takenOver: { user: User; connectionId: ConnectionId; externalId: string | null } | null;
  /** True if the externalId at the managing connection has to be written. */
  isIdentityWritten: boolean;
  closing: Closing | null;
  /** The reason for recalculating the roles; null if they stay. */
  roles: Because | null;
}

/** The closing of an account, which ends its sessions. */
export interface Closing {
  reason: DeprovisionReason;
  /** The groups that the account has already left. */
  left: readonly string[];
  /** The account as its event contains it, and the connection that managed it. */
  state: UserState;
  connectionId: ConnectionId | null;
}

/** Returns an empty plan. */
export const planNothing = (user: User): Plan => ({
  user,
  isWritten: false,
  events: [],
  notes: [],
  takenOver: null,
  isIdentityWritten: false,
  closing: null,
  roles: null,
});

/** Plans to close an open account. A closed account stays unchanged. */
export function planClosing(
  user: User,
  reason: DeprovisionReason,
  { now, left = [] }: { now: Date; left?: readonly string[] },
): Plan {
  if (!user.active) return planNothing(user);
  const closed = copyOf(user);
  return { ...planNothing(closed), isWritten: true, closing: close(closed, reason, { now, left }) };
}

/** Plans to reopen a closed account under its id. A suspension by the application stays. */
export function planReopening(user: User, reason: ReopeningReason): Plan {
  if (user.active && !user.deletedAt) return planNothing(user);
  const opened = copyOf(user);
  return { ...planNothing(opened), isWritten: true, events: [reopen(opened, reason)] };
}

export type ReopeningReason = 'IDP_REACTIVATED' | 'SIGNED_IN' | 'API';

/** Sets the columns of a closed account and returns the content of its event. */
export function close(
  user: User,
  reason: DeprovisionReason,
  { now, left = [] }: { now: Date; left?: readonly string[] },
): Closing {
  user.active = false;
  user.deprovisionedAt = now;
  user.deprovisionReason = reason;
  return { reason, left, state: userState(user), connectionId: user.scimConnectionId };
}

/** Sets the columns of a reopened account and returns its event. */
export function reopen(user: User, reason: ReopeningReason): NewEvent {
  const previousDeprovisionedAt = user.deprovisionedAt;
  user.active = true;
  user.deletedAt = null;
  user.deprovisionedAt = null;
  user.deprovisionReason = null;
  const data = { ...userState(user), reason, previousDeprovisionedAt, rolesRestored: user.roles };
  return { type: 'user.reactivated', subject: subjectOf(user), connectionId: user.scimConnectionId, data };
}
