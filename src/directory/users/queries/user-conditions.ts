import { fold } from '../../../kernel/fold.js';
import { and, or, type Scoped, type Sql, sql } from '../../../storage/sql.js';
import { given } from '../../criteria.js';
import { groupsBelow } from '../../groups/nested-groups.js';
import { wordPatterns } from '../../word-patterns.js';
import type { DeprovisionReason, Origin, UserStatus } from '../user.js';

/** Conditions for users, except SCIM filters. Absent conditions match all users. An empty list matches none. */
export interface UserConditions {
  ids?: readonly string[] | null;
  status?: readonly UserStatus[] | null;
  origin?: Origin | null;
  origins?: readonly Origin[] | null;
  /** Roles from any source, one of which the users have. */
  roles?: readonly string[] | null;
  managed?: boolean | null;
  protected?: boolean | null;
  hasSignedIn?: boolean | null;
  connectionId?: string | null;
  connectionIds?: readonly string[] | null;
  groupId?: string | null;
  groupIds?: readonly string[] | null;
  /** Selects members of this group and of its nested groups, at any depth. */
  withinGroupId?: string | null;
  managerId?: string | null;
  email?: string | null;
  userName?: string | null;
  externalId?: string | null;
  search?: string | null;
  createdAfter?: Date | null;
  createdBefore?: Date | null;
  updatedAfter?: Date | null;
  updatedBefore?: Date | null;
  lastSignInAfter?: Date | null;
  /** Also matches users who never signed in. */
  lastSignInBefore?: Date | null;
  deprovisionedAfter?: Date | null;
  deprovisionReasons?: readonly DeprovisionReason[] | null;
}

/** SQL condition of each status, over `u`. */
export const statuses: Record<UserStatus, Sql> = {
  PENDING: sql`(u.active and u.deleted_at is null and u.invited_at is not null)`,
  ACTIVE: sql`(u.active and u.deleted_at is null and u.invited_at is null and u.suspended_at is null)`,
  SUSPENDED: sql`(u.active and u.deleted_at is null and u.invited_at is null and u.suspended_at is not null)`,
  DEPROVISIONED: sql`(not u.active or u.deleted_at is not null)`,
};

/** Returns the condition for users that have one of the statuses, over `u`. */
export const inStatus = (list: readonly UserStatus[]): Sql =>
  or(...[...new Set(list)].map((status) => statuses[status]));

/** Returns the conditions over `u`, in the organization of `scope`. */
export const conditionsOf = (scope: Scoped, criteria: UserConditions): Sql[] => [
  ...stateConditions(criteria),
  ...relationConditions(scope, criteria),
  ...nameConditions(scope, criteria),
  ...timeConditions(criteria),
];

const stateConditions = (criteria: UserConditions): Sql[] => [
  ...given(criteria.status, inStatus),
  ...given(criteria.origin, (origin) => sql`u.origin = ${origin}`),
  ...given(criteria.origins, (list) => sql`u.origin = any(${list})`),
  // The first condition is the one of the index users_with_roles.
  ...given(criteria.roles, (list) => sql`cardinality(u.roles) > 0 and u.roles && ${list}::text[]`),
  ...given(criteria.managed, (yes) =>
    yes ? sql`u.scim_connection_id is not null` : sql`u.scim_connection_id is null`,
  ),
  ...given(criteria.protected, (yes) => (yes ? sql`u.protected` : sql`not u.protected`)),
  ...given(criteria.hasSignedIn, (yes) => (yes ? sql`u.last_sign_in_at is not null` : sql`u.last_sign_in_at is null`)),
  ...given(
    criteria.deprovisionReasons,
    (list) => sql`${statuses.DEPROVISIONED} and u.deprovision_reason = any(${list})`,
  ),
];

function relationConditions(scope: Scoped, criteria: UserConditions): Sql[] {
  const identities = (condition: Sql) =>
    sql`u.id in (select user_id from identities where organization_id = ${scope} and ${condition})`;
  const memberships = (condition: Sql) =>
    sql`u.id in (select user_id from memberships where organization_id = ${scope} and ${condition})`;
  return [
    ...given(criteria.connectionId, (id) => identities(sql`connection_id = ${id}`)),
    ...given(criteria.connectionIds, (ids) => identities(sql`connection_id = any(${ids})`)),
    ...given(criteria.externalId, (externalId) => identities(sql`external_id = ${externalId}`)),
    ...given(criteria.groupId, (id) => memberships(sql`group_id = ${id}`)),
    ...given(criteria.groupIds, (ids) => memberships(sql`group_id = any(${ids})`)),
    ...given(
      criteria.withinGroupId,
      (id) => sql`u.id in (with recursive ${groupsBelow(scope, sql`select ${id}::text collate "C"`)}
      select m.user_id from memberships m
      join below on below.id = m.group_id
      where m.organization_id = ${scope})`,
    ),
    ...given(criteria.managerId, (id) => sql`u.manager_id = ${id}`),
  ];
}

// Must be the expression of the index users_words, character by character.
const words = sql`(' ' || u.user_name_key || ' ' || coalesce(u.display_name_key, '') || ' ' || coalesce(u.email_key, '') || ' ' ||
      coalesce(u.folded #>> '{name,givenName}', '') || ' ' || coalesce(u.family_name, ''))`;

const nameConditions = (scope: Scoped, criteria: UserConditions): Sql[] => [
  ...given(criteria.ids, (ids) => sql`u.id = any(${ids})`),
  ...given(
    criteria.email,
    (email) =>
      sql`u.id = any(array(
          select id from users where organization_id = ${scope} and email_keys @> array[${fold(email)}::text]))`,
  ),
  ...given(criteria.userName, (userName) => sql`u.user_name_key = ${fold(userName)}`),
  ...wordPatterns(criteria.search).map((pattern) => sql`${words} like ${pattern}`),
];

// The expression of the index users_order_sign_in. Users who never signed in are before all others.
const lastSignIn = sql`coalesce(u.last_sign_in_at, '1970-01-01T00:00:00Z')`;

const timeConditions = (criteria: UserConditions): Sql[] => [
  ...given(criteria.createdAfter, (after) => sql`u.created_at > ${after}`),
  ...given(criteria.createdBefore, (before) => sql`u.created_at < ${before}`),
  ...given(criteria.updatedAfter, (after) => sql`u.updated_at > ${after}`),
  ...given(criteria.updatedBefore, (before) => sql`u.updated_at < ${before}`),
  ...given(criteria.lastSignInAfter, (after) => sql`${lastSignIn} > ${after} and u.last_sign_in_at is not null`),
  ...given(criteria.lastSignInBefore, (before) => sql`${lastSignIn} < ${before}`),
  ...given(criteria.deprovisionedAfter, (after) => and(statuses.DEPROVISIONED, sql`u.deprovisioned_at > ${after}`)),
];
