import type { Principal } from '../../access/principal.js';
import type { Change } from '../../events/types.js';
import type { ConnectionId } from '../../kernel/ids.js';
import { changesBetween } from '../changes.js';
import { checkExternalId } from '../check-external-id.js';
import type { Account, Edit, Edited } from './account.js';
import { checkProfile, compact, type Profile } from './profile.js';
import { profileOf, type User } from './user.js';

/** An edit of one account before other data is read. It determines which facts the plan needs. */
export interface Draft {
  /** The locked account before the edit. */
  user: User;
  before: Account;
  after: Edited;
  /** The profile to save. */
  profile: Profile;
  /** The changes in the profile. */
  changes: Change[];
  /** The SCIM connection that adopts the account. See `adopterOf`. */
  adopter: ConnectionId | null;
}

/**
 * Returns the SCIM connection that adopts the account by this write; null if the caller is not SCIM or the account
 * already has a manager.
 */
export const adopterOf = (principal: Principal, { scimConnectionId }: User): ConnectionId | null =>
  principal.kind === 'scim' && scimConnectionId === null ? principal.connectionId : null;

/** Applies the edit to the account in memory. @throws BadInput, and what `edit` throws */
export function draftEdit(principal: Principal, user: User, edit: Edit): Draft {
  const before: Account = { active: user.active, externalId: user.externalId, profile: profileOf(user) };
  const after = edit(before, user);
  checkExternalId(after.externalId);
  const adopter = adopterOf(principal, user);
  // The adopting request keeps the userName and the addresses. A later request, matched by externalId, can change them.
  const sent = adopter ? { ...after.profile, userName: user.userName, emails: before.profile.emails } : after.profile;
  const profile = (compact(sent) ?? {}) as Profile;
  checkProfile({ ...profile, userName: profile.userName ?? '' });
  return { user, before, after, profile, changes: changesBetween({ ...before.profile }, { ...profile }), adopter };
}
