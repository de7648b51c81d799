import type { Profile, StoredProfile } from './profile.js';
import type { User } from './user.js';

/** The part of an account that an edit can set: what its IdP or the application says of it, and the profile. */
export interface Account {
  active: boolean;
  externalId: string | null;
  profile: Profile;
}

/** The result of an edit. */
export interface Edited extends Account {
  /** What the attribute mappings make of the claims of a sign-in. Absent: as before. */
  mapped?: StoredProfile;
}

/** Returns the account as it becomes. Pure: a retry runs it again. It may throw what the caller is to be refused with. */
export type Edit = (before: Account, user: User) => Edited;
