import { authorize } from '../../access/authorize.js';
import { idpConnectionOf } from '../../access/principal.js';
import type { Tx } from '../../access/write.js';
import { changesBetween } from '../changes.js';
import { checkExternalId } from '../check-external-id.js';
import { settingsFor } from '../connections/find-connections.js';
import { isOfVerifiedDomain, isVouchedFor } from '../organizations/domain-connections.js';
import { checkedRoles, sameRoles } from '../roles/grants.js';
import { type Because, recomputeRoles } from '../roles/recompute-roles.js';
import { closeAccount, reopenAccount, subjectOf } from './account-life.js';
import { adoptUser } from './adopt-user.js';
import { lockUser } from './load-user.js';
import { checkProfile, compact, type Profile, primaryEmail } from './profile.js';
import { resolveManager } from './resolve-manager.js';
import { layProfile, saveExternalId, saveUser } from './save-user.js';
import { settleUser } from './settle-user.js';
import { keepFormerName } from './soft-delete.js';
import { profileOf, shownProfile, type User, userState } from './user.js';

/** What a door may say of an account: what its IdP says, and the profile. */
export interface Account {
  active: boolean;
  externalId: string | null;
  profile: Profile;
}

/**
 * Applies `edit` to the locked account. Every door changes accounts through here. `edit` is pure: a retry runs it again.
 * A result that equals what is there writes nothing and emits nothing: IdPs re-send what we have all day.
 *
 * @throws NotFound, Forbidden, AdoptionRefused, BadInput, UserNameTaken, ExternalIdTaken, and what `edit` throws
 */
export async function changeUser(tx: Tx, id: string, edit: (before: Account, user: User) => Account): Promise<User> {
  const user = await lockUser(tx, id);
  authorize(tx, 'user.update', user);
  return applyEdit(tx, user, edit);
}

/** The same for an account that is locked already. */
export async function applyEdit(tx: Tx, user: User, edit: (before: Account, user: User) => Account): Promise<User> {
  const before: Account = { active: user.active, externalId: user.externalId, profile: profileOf(user) };
  const shown = shownProfile(user);
  const after = edit(before, user);
  checkExternalId(after.externalId);
  const adopted = await adoptUser(tx, user, after);
  // The request that adopts must not move the account to another address: the next one, matched by externalId, may.
  const profile = adopted
    ? { ...after.profile, userName: user.userName, emails: before.profile.emails }
    : after.profile;
  const next = (compact(profile) ?? {}) as Profile;
  checkProfile({ ...next, userName: next.userName ?? '' });

  const changes = changesBetween({ ...before.profile }, { ...next });
  if (changes.length > 0) {
    keepFormerName(tx, user, next);
    layProfile(user, next);
    await resolveManager(tx, user);
  }
  const rolesMoved = await settle(tx, user, next);
  // The application is told what it sees: a mapped attribute hides the one that the IdP sent.
  const seen = changesBetween({ ...shown }, { ...shownProfile(user) });
  if (seen.length > 0) changes.splice(0, changes.length, ...seen);
  if (!adopted && after.externalId !== before.externalId) {
    changes.push({ path: 'externalId', before: before.externalId, after: after.externalId });
    user.externalId = after.externalId;
    await saveExternalId(tx, user);
  }
  if (changes.length > 0) await tellChanges(tx, user, before.profile, changes);
  if (before.active && !after.active) await closeAccount(tx, user, 'IDP_DEACTIVATED');
  const reopened = !before.active && after.active;
  if (reopened) reopenAccount(tx, user, 'IDP_REACTIVATED');
  const touched = adopted || reopened || rolesMoved || changes.length > 0 || before.active !== after.active;
  if (touched) await saveUser(tx, user);
  return rolesMoved ? withRoles(tx, user, { idp: true }) : user;
}

async function settle(tx: Tx, user: User, profile: Profile): Promise<boolean> {
  const settings = user.scimConnectionId ? await settingsFor(tx, user.scimConnectionId) : null;
  return settings !== null && settleUser(tx, user, settings, profile).rolesMoved;
}

/** A saved account with the roles that it has now. */
async function withRoles(tx: Tx, user: User, because: Because): Promise<User> {
  const [moved] = await recomputeRoles(tx, [user.id], because);
  return moved ? Object.assign(user, { roles: moved.after, revision: user.revision + 1 }) : user;
}

async function tellChanges(tx: Tx, user: User, before: Profile, changes: ReturnType<typeof changesBetween>) {
  const about = { subject: subjectOf(user), connectionId: user.scimConnectionId };
  tx.emit({ type: 'user.updated', ...about, data: userState(user), changes });
  const old = primaryEmail(before);
  if (old === user.email) return;
  const source = idpConnectionOf(tx.principal);
  const verified = source ? await isVouchedFor(tx, user.email, [source]) : await isOfVerifiedDomain(tx, user.email);
  tx.emit({ type: 'user.email_changed', ...about, data: { id: user.id, before: old, after: user.email, verified } });
}

/** Sets what the application grants the user directly. The same roles in another order are no change. @throws BadInput */
export async function changeRoles(tx: Tx, id: string, roles: readonly string[]): Promise<User> {
  const user = await lockUser(tx, id);
  authorize(tx, 'user.update', user);
  const next = checkedRoles(roles);
  if (sameRoles(next, user.directRoles)) return user;

  user.directRoles = next;
  return withRoles(tx, await saveUser(tx, user), { direct: true });
}
