import type { Tx } from '../../access/write.js';
import { lockUser } from '../users/queries/load-user.js';
import type { User } from '../users/user.js';
import { addMembers } from './change-members.js';
import { lockGroup } from './queries/load-group.js';

/** Adds a user to groups and returns the updated user. @throws NotFound for an unknown group, Forbidden */
export async function addToGroups(tx: Tx, user: User, groupIds: readonly string[]): Promise<User> {
  for (const id of new Set(groupIds)) await addMembers(tx, await lockGroup(tx, id), [user.id]);
  return groupIds.length === 0 ? user : lockUser(tx, user.id);
}
