import type { Tx } from '../../access/write.js';
import { lockUser } from '../users/load-user.js';
import type { User } from '../users/user.js';
import { addMembers } from './change-members.js';
import { lockGroup } from './load-group.js';

/** Puts an account into groups, and gives it back as it is then. @throws NotFound for a group, Forbidden */
export async function addToGroups(tx: Tx, user: User, groupIds: readonly string[]): Promise<User> {
  for (const id of new Set(groupIds)) await addMembers(tx, await lockGroup(tx, id), [user.id]);
  return groupIds.length === 0 ? user : lockUser(tx, user.id);
}
