import type { Read } from '../access/write.js';
import type { GroupCriteria } from '../directory/groups/find-groups.js';
import { countGroups, groupSelection, listGroups } from '../directory/groups/find-groups.js';
import type { Group } from '../directory/groups/group.js';
import type { User } from '../directory/users/user.js';
import type { Context } from './context.js';
import { type BothWays, type Forward, type Order, pageBy } from './paging.js';

/** The order of group lists. */
export const groupsById: Order<Group> = {
  sql: 'g.id',
  type: 'text',
  idSql: 'g.id',
  descending: false,
  valueOf: ({ id }) => id,
};

/** A page of the groups that fit the criteria, in the organization of `read`. */
export function groupsPage(read: Read, args: BothWays, criteria: GroupCriteria) {
  const selection = groupSelection(read, criteria);
  return pageBy<Group>(args, groupsById, {
    bind: selection.bind,
    list: (condition, tail) => listGroups(read, { ...selection, where: `${selection.where} and ${condition}` }, tail),
    count: () => countGroups(read, selection),
  });
}

/** A page of a user's direct groups that does not start at the beginning. */
export async function groupsOf(context: Context, { id, organizationId }: User, args: Forward) {
  return groupsPage(await context.read('org', organizationId), args as BothWays, { memberId: id });
}
