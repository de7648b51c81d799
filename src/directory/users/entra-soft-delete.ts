import { fold } from '../../kernel/fold.js';
import type { Profile } from './profile.js';
import type { User } from './user.js';

/** Entra's soft delete inserts 32 hexadecimal digits, the id of the object, before the name. */
const softDeleted = /^[0-9a-f]{32}(.+)$/i;

/**
 * Returns the key of the name that an account had before its IdP's soft delete renamed it. A sign-in of its owner then
 * finds the closed account and creates no second one. A later name that is not a soft delete removes the key.
 */
export function formerNameKey(user: User, next: Profile): { key: string | null; isSoftDelete: boolean } {
  if (next.userName === user.userName) return { key: user.formerNameKey, isSoftDelete: false };
  const [, former] = softDeleted.exec(next.userName) ?? [];
  const isSoftDelete = former !== undefined && fold(former) === user.userNameKey;
  return { key: isSoftDelete ? user.userNameKey : null, isSoftDelete };
}
