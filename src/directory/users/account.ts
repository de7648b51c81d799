import type { Profile, StoredProfile } from './profile.js';
import type { User } from './user.js';

/** The part of an account that SCIM, GraphQL and sign-in can set. */
export interface Account {
  active: boolean;
  externalId: string | null;
  profile: Profile;
}

/** The result of an edit. */
export interface Edited extends Account {
  /** The attributes that the mappings set from the claims of a sign-in. Absent: unchanged. */
  mapped?: StoredProfile;
}

/**
 * Returns the new state of the account. It must be pure, because a retry runs it again. It can throw the error for the
 * caller.
 */
export type Edit = (before: Account, user: User) => Edited;
