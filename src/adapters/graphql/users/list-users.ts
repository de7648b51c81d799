import type { GraphQLResolveInfo } from 'graphql';
import type { Read } from '../../../access/write.js';
import type { Group } from '../../../directory/groups/group.js';
import { readBy } from '../../../directory/slow-filter.js';
import {
  countUsers,
  listShownUsers,
  selectionOf,
  type UserCriteria,
} from '../../../directory/users/queries/find-users.js';
import type { User } from '../../../directory/users/user.js';
import { sql } from '../../../storage/sql.js';
import type { Context } from '../context.js';
import { groupsById, groupsPage } from '../groups/list-groups.js';
import type { Key } from '../lists/loaders.js';
import type { Ordering } from '../lists/order.js';
import {
  type BothWays,
  cursorOf,
  type Forward,
  firstPage,
  type Order,
  type Page,
  pageBy,
  sizeOf,
} from '../lists/paging.js';
import { relations } from '../lists/related-rows.js';
import { nodeFields } from '../lists/selected-fields.js';

export type UserOrderField =
  | 'CREATED_AT'
  | 'UPDATED_AT'
  | 'USER_NAME'
  | 'DISPLAY_NAME'
  | 'FAMILY_NAME'
  | 'LAST_SIGN_IN_AT';
export type UserOrdering = Ordering<UserOrderField>;

// Each order has an index. Without one, a page of a million users would require sorting all of them.
const orders: Record<UserOrderField, Omit<Order<User>, 'idSql' | 'descending'>> = {
  CREATED_AT: {
    sql: sql`u.created_at`,
    type: 'timestamptz',
    keys: ['createdAt'],
    valueOf: (user) => user.createdAt.toISOString(),
  },
  UPDATED_AT: {
    sql: sql`u.updated_at`,
    type: 'timestamptz',
    keys: ['updatedAt'],
    valueOf: (user) => user.updatedAt.toISOString(),
  },
  USER_NAME: { sql: sql`u.user_name_key`, type: 'text', keys: ['userNameKey'], valueOf: (user) => user.userNameKey },
  DISPLAY_NAME: {
    sql: sql`coalesce(u.display_name_key, '')`,
    type: 'text',
    keys: ['displayNameKey'],
    valueOf: (user) => user.displayNameKey ?? '',
  },
  FAMILY_NAME: {
    sql: sql`coalesce(u.family_name, '') collate "C"`,
    type: 'text',
    keys: ['familyNameKey'],
    valueOf: (user) => user.familyNameKey ?? '',
  },
  LAST_SIGN_IN_AT: {
    sql: sql`coalesce(u.last_sign_in_at, '1970-01-01T00:00:00Z')`,
    type: 'timestamptz',
    keys: ['lastSignInAt'],
    valueOf: (user) => (user.lastSignInAt ?? new Date(0)).toISOString(),
  },
};
const userId = sql`u.id`;
const byId: Order<User> = { sql: userId, type: 'text', idSql: userId, descending: false, valueOf: ({ id }) => id };

/**
 * Returns a page of the users that match the criteria, in the organization of `read`. `fields` are the selected fields.
 */
export function usersPage(
  read: Read,
  args: BothWays,
  {
    criteria,
    fields,
    orderBy,
  }: { criteria: UserCriteria; fields: ReadonlySet<string>; orderBy?: UserOrdering | null | undefined },
): Promise<Page<User>> {
  const { where } = selectionOf(read, criteria);
  const order = orderBy ? { ...orders[orderBy.field], idSql: userId, descending: orderBy.direction === 'DESC' } : byId;
  return pageBy<User>(args, order, {
    list: (condition, tail) =>
      readBy(criteria.filter, () =>
        listShownUsers(read, sql`${where} and ${condition}`, { tail, fields, keys: order.keys ?? [] }),
      ),
    count: () => readBy(criteria.filter, () => countUsers(read, where)),
  });
}

const userCursor = (user: User) => cursorOf(byId, user);
const groupCursor = (group: Group) => cursorOf(groupsById, group);

/** Request for a list that belongs to a row. */
interface Asked {
  context: Context;
  of: Key;
  args: Forward;
  info: GraphQLResolveInfo;
}

/** Returns a page of users that belong to a row: its direct reports or members. First pages are read together. */
export function relatedUsers(
  name: 'membersOfGroup' | 'reportsOfUser',
  { context, of, args, info }: Asked,
): Promise<Page<User>> {
  const relation = relations[name];
  const fields = nodeFields(info);
  const whole = () =>
    usersPage(context.in(of.organizationId), args as BothWays, { criteria: relation.criteria(of.id), fields });
  if (args.after != null) return whole();
  const size = sizeOf(args.first);
  const shown = { limit: size + 1, fields };
  const page = (found: User[]) => firstPage(found, size, { cursorOf: userCursor, whole });
  return context.related.first(name, relation, shown).load(of).then(page);
}

/** Returns a page of groups that belong to a user or a group. First pages are read together. */
export function relatedGroups(
  name: 'groupsOfUser' | 'childrenOfGroup' | 'parentsOfGroup',
  { context, of, args, info }: Asked,
): Promise<Page<Group>> {
  const relation = relations[name];
  const fields = nodeFields(info);
  const whole = () =>
    groupsPage(context.in(of.organizationId), args as BothWays, { criteria: relation.criteria(of.id), fields });
  if (args.after != null) return whole();
  const size = sizeOf(args.first);
  const shown = { limit: size + 1, fields };
  const page = (found: Group[]) => firstPage(found, size, { cursorOf: groupCursor, whole });
  return context.related.first(name, relation, shown).load(of).then(page);
}
