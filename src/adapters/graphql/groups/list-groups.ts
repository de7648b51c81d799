import type { Read } from '../../../access/write.js';
import type { Group } from '../../../directory/groups/group.js';
import type { GroupCriteria } from '../../../directory/groups/queries/find-groups.js';
import { countGroups, groupSelection, listShownGroups } from '../../../directory/groups/queries/find-groups.js';
import { readBy } from '../../../directory/slow-filter.js';
import { sql } from '../../../storage/sql.js';
import { type BothWays, type Order, pageBy } from '../lists/paging.js';

const groupId = sql`g.id`;

/** Order of group lists. */
export const groupsById: Order<Group> = {
  sql: groupId,
  type: 'text',
  idSql: groupId,
  descending: false,
  valueOf: ({ id }) => id,
};

/**
 * Returns a page of the groups that match the criteria, in the organization of `read`. `fields` are the selected
 * fields.
 */
export function groupsPage(read: Read, args: BothWays, criteria: GroupCriteria, fields: ReadonlySet<string>) {
  const { where } = groupSelection(read, criteria);
  return pageBy<Group>(args, groupsById, {
    list: (condition, tail) =>
      readBy(criteria.filter, () => listShownGroups(read, sql`${where} and ${condition}`, { tail, fields })),
    count: () => readBy(criteria.filter, () => countGroups(read, where)),
  });
}
