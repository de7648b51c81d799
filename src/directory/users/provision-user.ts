import { authorize } from '../../access/authorize.js';
import type { Tx } from '../../access/write.js';
import { newId } from '../../ids.js';
import { checkExternalId } from '../check-external-id.js';
import { settingsFor } from '../connections/find-connections.js';
import { checkedRoles } from '../roles/grants.js';
import { closeAccount, subjectOf } from './account-life.js';
import type { Account } from './change-user.js';
import { checkProfile, type Profile, type StoredProfile } from './profile.js';
import { resolveManager, resolveReports } from './resolve-manager.js';
import { insertUser, layProfile, type NewIdentity } from './save-user.js';
import { settleUser } from './settle-user.js';
import { type Origin, User, userState } from './user.js';

export interface NewUser extends Account {
  origin: Origin;
  roles?: readonly string[];
  identity?: NewIdentity;
  /** What the claims of a sign-in are mapped to. */
  mapped?: StoredProfile;
  /** What the event tells beside the account, such as the row of the sign-in decision. */
  because?: Record<string, unknown>;
}

/**
 * Creates an account. One that is created inactive is told as provisioned and then deprovisioned.
 *
 * @throws Forbidden, BadInput, UserNameTaken (the transaction can go on), SeatLimitReached
 */
export async function provisionUser(
  tx: Tx,
  { origin, roles = [], identity, because, mapped, ...account }: NewUser,
): Promise<User> {
  authorize(tx, 'user.create', { organizationId: tx.organizationId });
  checkProfile(account.profile);
  checkExternalId(identity?.externalId ?? null);
  checkExternalId(identity?.subject ?? null, 'subject');
  const user = newUser(tx, { origin, ...account });
  Object.assign(user, {
    roles: checkedRoles(roles),
    directRoles: checkedRoles(roles),
    mapped: mapped ?? {},
    scimConnectionId: origin === 'SCIM' ? (identity?.connectionId ?? null) : null,
    countedFor: origin === 'SCIM' ? (identity?.connectionId ?? null) : null,
  });
  await settle(tx, user, account.profile);
  await resolveManager(tx, user);
  const { isAwaited, seatsUsed } = await insertUser(tx, user, identity ?? null);
  const connectionId = identity?.connectionId ?? null;
  tx.emit({
    type: 'user.provisioned',
    subject: subjectOf(user),
    connectionId,
    data: { ...userState(user), ...because, seatsUsed },
  });
  if (isAwaited) await resolveReports(tx, user);
  if (!account.active) {
    user.active = true;
    await closeAccount(tx, user, 'IDP_DEACTIVATED');
  }
  return user;
}

/** An account that nobody has granted anything yet, in memory. */
export function newUser(tx: Tx, { active, externalId, profile, origin }: Account & { origin: Origin }): User {
  const user = Object.assign(new User(), {
    organizationId: tx.organizationId,
    id: newId('user'),
    roles: [],
    directRoles: [],
    idpRoles: [],
    mapped: {},
    formerNameKey: null,
    settingsRevision: 0,
    active,
    suspendedAt: null,
    deprovisionedAt: active ? null : tx.now,
    deprovisionReason: active ? null : 'IDP_DEACTIVATED',
    deletedAt: null,
    origin,
    scimConnectionId: null,
    externalId,
    countedFor: null,
    lastSignInAt: null,
    invitedAt: null,
    protected: false,
    protectedReason: null,
    seated: false,
    revision: 1,
    createdAt: tx.now,
    updatedAt: tx.now,
  } as const);
  layProfile(user, profile);
  return user;
}

async function settle(tx: Tx, user: User, profile: Profile): Promise<void> {
  const settings = user.scimConnectionId ? await settingsFor(tx, user.scimConnectionId) : null;
  if (!settings) return;
  settleUser(tx, user, settings, profile);
  user.roles = [...new Set([...user.directRoles, ...user.idpRoles])].sort();
}
