import type { Tx } from '../../access/write.js';
import { fold } from '../../fold.js';
import type { Profile } from './profile.js';
import type { User } from './user.js';

/** Entra's soft delete puts 32 hexadecimal digits, the object's id, before the name. */
const softDeleted = /^[0-9a-f]{32}(.+)$/i;

/**
 * Keeps the name that an account had before its IdP's soft delete renamed it, so that its owner's sign-in still meets the
 * closed account and makes no twin. A name of another kind ends that.
 */
export function keepFormerName(tx: Tx, user: User, next: Profile): void {
  if (next.userName === user.userName) return;
  const [, former] = softDeleted.exec(next.userName) ?? [];
  const isSoftDelete = former !== undefined && fold(former) === user.userNameKey;
  if (isSoftDelete) tx.note('softDeleteRename');
  user.formerNameKey = isSoftDelete ? user.userNameKey : null;
}
