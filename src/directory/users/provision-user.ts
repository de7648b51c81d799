import { authorize } from '../../access/authorize.js';
import type { Tx } from '../../access/write.js';
import type { EventPayloads } from '../../events/payloads.js';
import { checkExternalId } from '../check-external-id.js';
import { settingsFor } from '../connections/find-connections.js';
import { checkedRoles } from '../roles/grantable-roles.js';
import type { Account } from './account.js';
import { applyConnectionRules } from './apply-connection-rules.js';
import { carryOut } from './carry-out.js';
import { newUser } from './new-user.js';
import { planClosing } from './plan.js';
import { checkProfile, managerOf, type Profile, type StoredProfile } from './profile.js';
import { guardProtected } from './protect-user.js';
import { findManagers } from './queries/find-managers.js';
import { managerKey } from './queries/profile-columns.js';
import { resolveAwaitedManager } from './resolve-awaited-manager.js';
import { insertUser, type NewIdentity } from './save-user.js';
import { type Origin, subjectOf, type User, userState } from './user.js';

export interface NewUser extends Account {
  origin: Origin;
  roles?: readonly string[];
  identity?: NewIdentity;
  /** The attributes that the mappings set from the claims of a sign-in. */
  mapped?: StoredProfile;
  /** Fields of `user.provisioned` that name its cause: the row of the sign-in decision. */
  because?: Pick<EventPayloads['user.provisioned'], 'decisionRow'>;
}

/**
 * Creates an account. For an account that is created inactive, it emits `user.provisioned` and then
 * `user.deprovisioned`.
 *
 * @throws Forbidden, BadInput, UserNameTaken (the transaction can continue), SeatLimitReached
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
  user.roles = checkedRoles(roles);
  user.directRoles = checkedRoles(roles);
  user.mapped = mapped ?? {};
  user.scimConnectionId = origin === 'SCIM' ? (identity?.connectionId ?? null) : null;
  user.countedFor = user.scimConnectionId;
  await applyRules(tx, user, account.profile);
  await setManager(tx, user, account.profile);
  const { isAwaited, seatsUsed } = await insertUser(tx, user, identity ?? null);
  const connectionId = identity?.connectionId ?? null;
  tx.emit({
    type: 'user.provisioned',
    subject: subjectOf(user),
    connectionId,
    data: { ...userState(user), ...because, seatsUsed },
  });
  if (isAwaited) await resolveAwaitedManager(tx, user);
  return account.active ? user : closeNew(tx, user);
}

/** Emits the closing of an account that was created inactive. */
async function closeNew(tx: Tx, user: User): Promise<User> {
  user.active = true;
  await guardProtected(tx, user);
  const plan = planClosing(user, 'IDP_DEACTIVATED', tx);
  const [closed] = await carryOut(tx, [{ ...plan, isWritten: false }]);
  return closed ?? user;
}

async function setManager(tx: Tx, user: User, profile: Profile): Promise<void> {
  const name = managerOf(profile);
  if (name === null) return;
  const manager = { connectionId: user.scimConnectionId, name };
  user.managerId = managerKey(profile, (await findManagers(tx, [manager]))(manager));
}

async function applyRules(tx: Tx, user: User, profile: Profile): Promise<void> {
  const settings = user.scimConnectionId ? await settingsFor(tx, user.scimConnectionId) : null;
  if (!settings) return;
  for (const note of applyConnectionRules(user, settings, profile).notes) tx.note(note);
  user.roles = [...new Set([...user.directRoles, ...user.idpRoles])].sort();
}
