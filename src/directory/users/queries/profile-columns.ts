import { fold } from '../../../kernel/fold.js';
import { parseId, type UserId } from '../../../kernel/ids.js';
import { compact, folded, managerOf, type Profile, primaryEmail, type StoredProfile } from '../profile.js';
import type { User } from '../user.js';

/** Sets the profile of the account: the document, and the columns for searching and sorting. */
export function setProfile(user: User, { userName, ...rest }: Profile): void {
  const profile = (compact(rest) ?? {}) as StoredProfile;
  const whole: Profile = { userName, ...profile };
  const email = primaryEmail(whole);
  const { displayName, name } = whole;
  user.userName = userName;
  user.userNameKey = fold(userName);
  user.email = email;
  user.emailKey = email === null ? null : fold(email);
  user.emailKeys = [...new Set((whole.emails ?? []).map(({ value }) => fold(String(value))))];
  user.shownName = typeof displayName === 'string' ? displayName : null;
  user.displayNameKey = typeof displayName === 'string' ? fold(displayName) : null;
  user.familyNameKey = typeof name?.familyName === 'string' ? fold(name.familyName) : null;
  user.profile = profile;
  user.folded = folded(profile) as Record<string, unknown>;
  user.managerId = managerOf(whole);
}

/**
 * Returns the value of the column `manager_id`: the id of the account, or the folded name of a manager who does not
 * exist yet.
 */
export function managerKey(profile: Profile, found: UserId | null): string | null {
  const named = managerOf(profile);
  return named === null || parseId('user', named) ? named : (found ?? fold(named));
}
