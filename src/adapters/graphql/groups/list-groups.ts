import type { Read } from '../../../access/write.js';
import type { Group } from '../../../directory/groups/group.js';
import type { GroupCriteria } from '../../../directory/groups/queries/find-groups.js';
import { countGroups, groupSelection, listShownGroups } from '../../../directory/groups/queries/find-groups.js';
import { readBy } from '../../../directory/slow-filter.js';
import { sql } from '../../../storage/sql.js';
import type { Ordering } from '../lists/order.js';
import { type BothWays, type Order, pageBy } from '../lists/paging.js';
import type { GroupOrderField } from './group-filter.js';

const groupId = sql`g.id`;

/** Order of group lists without `orderBy`. */
export const groupsById: Order<Group> = {
  sql: groupId,
  type: 'text',
  idSql: groupId,
  descending: false,
  valueOf: ({ id }) => id,
};

const orders: Record<GroupOrderField, Omit<Order<Group>, 'idSql' | 'descending'>> = {
  CREATED_AT: {
    sql: sql`g.created_at`,
    type: 'timestamptz',
    keys: ['createdAt'],
    valueOf: (group) => group.createdAt.toISOString(),
  },
  UPDATED_AT: {
    sql: sql`g.updated_at`,
    type: 'timestamptz',
    keys: ['updatedAt'],
    valueOf: (group) => group.updatedAt.toISOString(),
  },
  DISPLAY_NAME: {
    sql: sql`g.display_name_key`,
    type: 'text',
    keys: ['displayNameKey'],
    valueOf: (group) => group.displayNameKey,
  },
};

/** Criteria, selected fields and order of a list of groups. */
interface Asked {
  criteria: GroupCriteria;
  fields: ReadonlySet<string>;
  orderBy?: Ordering<GroupOrderField> | null | undefined;
}

/** Returns a page of the groups that match the criteria, in the organization of `read`. */
export function groupsPage(read: Read, args: BothWays, { criteria, fields, orderBy }: Asked) {
  const { where } = groupSelection(read, criteria);
  const order = orderBy
    ? { ...orders[orderBy.field], idSql: groupId, descending: orderBy.direction === 'DESC' }
    : groupsById;
  return pageBy<Group>(args, order, {
    list: (condition, tail) =>
      readBy(criteria.filter, () =>
        listShownGroups(read, sql`${where} and ${condition}`, { tail, fields, keys: order.keys ?? [] }),
      ),
    count: () => readBy(criteria.filter, () => countGroups(read, where)),
  });
}
