import type { UserState } from '../../events/payloads.js';
import type { NewEvent } from '../../events/types.js';
import type { ConnectionId } from '../../ids.js';
import { copyOf } from '../../storage/rows.js';
import type { Because } from '../roles/recompute-roles.js';
import { type DeprovisionReason, subjectOf, type User, userState } from './user.js';

/** What is written for one locked account. */
export interface Plan {
  /** The account as it becomes, or as it is if `isWritten` is false. */
  user: User;
  isWritten: boolean;
  /** The events, in order. That of a closing follows them. */
  events: NewEvent[];
  /** Quirks for the log of the request. */
  notes: string[];
  /** The account as it is when a SCIM connection takes it over, and that connection; null if none does. */
  takenOver: { user: User; connectionId: ConnectionId; externalId: string | null } | null;
  /** The externalId at the managing connection is written. */
  isIdentityWritten: boolean;
  closing: Closing | null;
  /** The roles are recomputed from what grants them. */
  roles: Because | null;
}

/** An account is closed: its sessions end. */
export interface Closing {
  reason: DeprovisionReason;
  /** The groups that the account has left already. */
  left: readonly string[];
  /** The account as its event carries it, and the connection that managed it. */
  state: UserState;
  connectionId: ConnectionId | null;
}

/** The plan that writes nothing. */
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

/** Plans to close an open account. A closed one stays as it is. */
export function planClosing(
  user: User,
  reason: DeprovisionReason,
  { now, left = [] }: { now: Date; left?: readonly string[] },
): Plan {
  if (!user.active) return planNothing(user);
  const closed = copyOf(user);
  return { ...planNothing(closed), isWritten: true, closing: close(closed, reason, { now, left }) };
}

/** Plans to open a closed account under its id. A local suspension stays. */
export function planReopening(user: User, reason: ReopeningReason): Plan {
  if (user.active && !user.deletedAt) return planNothing(user);
  const opened = copyOf(user);
  return { ...planNothing(opened), isWritten: true, events: [reopen(opened, reason)] };
}

export type ReopeningReason = 'IDP_REACTIVATED' | 'SIGNED_IN' | 'API';

/** Sets the columns of a closed account, and returns what its event says. */
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

/** Sets the columns of an account that is open again, and returns its event. */
export function reopen(user: User, reason: ReopeningReason): NewEvent {
  const previousDeprovisionedAt = user.deprovisionedAt;
  user.active = true;
  user.deletedAt = null;
  user.deprovisionedAt = null;
  user.deprovisionReason = null;
  const data = { ...userState(user), reason, previousDeprovisionedAt, rolesRestored: user.roles };
  return { type: 'user.reactivated', subject: subjectOf(user), connectionId: user.scimConnectionId, data };
}
