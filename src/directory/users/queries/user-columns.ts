import { operand } from '../../../scim-model/compare.js';
import type { Column } from '../../../scim-model/compile-comparison.js';
import type { Columns, Form } from '../../../scim-model/compile-values.js';
import type { ResourceType } from '../../../scim-model/definition.js';
import { enterpriseSchema, enterpriseUrn } from '../../../scim-model/enterprise-schema.js';
import { keyOf } from '../../../scim-model/resolve.js';
import { userSchema } from '../../../scim-model/user-schema.js';
import { raw, type Sql, sql } from '../../../storage/sql.js';
import { groupsAbove, groupsBelow } from '../../groups/nested-groups.js';
import { metaColumn } from '../../meta-columns.js';
import { locationSql, type ShownTo, schemasSql } from '../../shown-attributes.js';
import { externalIdOfUser } from './load-user.js';

const ownColumns = new Map<string, Column>([
  ['id', { sql: sql`u.id`, form: 'exact' }],
  ['username', { sql: sql`u.user_name_key`, form: 'key' }],
  ['displayname', { sql: sql`u.display_name_key`, form: 'key' }],
  ['active', { sql: sql`u.active`, form: 'boolean' }],
  ['externalid', { sql: externalIdOfUser, form: 'exact' }],
]);

/**
 * Returns the columns in which users are stored, for filters and orders. Attributes that IdPs search by have a column
 * or an index.
 */
export const userColumns = (type: ResourceType, shownTo: ShownTo): Columns => ({
  type,
  exact: sql`u.profile`,
  folded: sql`u.folded`,
  stored: [userSchema, enterpriseSchema],
  column: (path) => ownColumns.get(path) ?? metaColumn('u', path, shownTo),
  shown: {
    schemas: () => schemasSql(userSchema.id, sql`u.profile`),
    groups: (form) => groupsOf(shownTo, form),
    manager: (form) => managerOf(shownTo, form),
  },
  lookup: (place, test) => {
    const path = keyOf(place);
    if (place.urn !== null || test === 'present' || test.op !== 'eq' || typeof test.value !== 'string') return null;
    if (path === 'externalid') return externalIdIs(shownTo, test.value);
    if (path === 'emails' || path === 'emails.value') return emailIs(shownTo, String(operand(null, 'eq', test.value)));
    if (path === 'groups' || path === 'groups.value') return isWithin(shownTo, test.value);
    return null;
  },
});

// An index finds the few identities with that value. Only for these, the condition checks that the identity belongs to
// the managing connection.
const externalIdIs = ({ scope }: ShownTo, value: string): Sql =>
  sql`(u.id in (select user_id from identities where organization_id = ${scope} and external_id = ${value})
    and ${externalIdOfUser} = ${value})`;

// Find the ids first. Otherwise the planner assumes that an address is frequent and reads all users in order until the
// page is full (5 s with a million users).
const emailIs = ({ scope }: ShownTo, key: string): Sql =>
  sql`(u.id = any(array(select id from users where organization_id = ${scope} and email_keys @> array[${key}::text])))`;

/**
 * Returns the condition that the user is a direct or indirect member of the group. The query runs from the group down
 * through its nested groups.
 */
function isWithin({ scope, connectionId }: ShownTo, groupId: string): Sql {
  const group = sql`select g.id from groups g where g.organization_id = ${scope} and g.id = ${groupId}
    ${connectionId ? sql`and g.connection_id = ${connectionId}` : sql``}`;
  return sql`(u.id in (
    with recursive ${groupsBelow(scope, group)}
    select m.user_id from memberships m
    join below on below.id = m.group_id
    where m.organization_id = ${scope}))`;
}

/** Returns the value of `groups`, direct and indirect ones, as `groupsOfUsers` reads them. */
function groupsOf(shownTo: ShownTo, form: Form): Sql {
  const name = form === 'exact' ? sql`g.display_name` : sql`g.display_name_key`;
  const { scope, connectionId, baseUrl } = shownTo;
  const ref = baseUrl === null ? sql`` : sql`, '$ref', ${locationSql(shownTo, '/Groups/', sql`g.id`)}`;
  const direct = sql`select group_id, true from memberships where organization_id = ${scope} and user_id = u.id`;
  return sql`(select jsonb_agg(jsonb_build_object('value', g.id, 'display', ${name}${ref},
      'type', case when up.direct then 'direct' else 'indirect' end) order by g.id)
    from (
      with recursive ${groupsAbove(scope, direct, { direct: true })}
      select id, bool_or(direct) as direct from above group by id
    ) up join groups g on g.organization_id = ${scope} and g.id = up.id
    ${connectionId ? sql`where g.connection_id = ${connectionId}` : sql``})`;
}

/** Returns the value of `manager`, with the id and the name of a provisioned manager, as the resource contains them. */
function managerOf(shownTo: ShownTo, form: Form): Sql {
  const name =
    form === 'exact' ? sql`coalesce(m.display_name, m.user_name)` : sql`coalesce(m.display_name_key, m.user_name_key)`;
  const { scope, connectionId, baseUrl } = shownTo;
  const ref = baseUrl === null ? sql`` : sql`, '$ref', ${locationSql(shownTo, '/Users/', sql`m.id`)}`;
  const isVisible = connectionId
    ? sql`and (m.scim_connection_id is null or m.scim_connection_id = ${connectionId})`
    : sql``;
  return sql`(select case when m.id is null then p.manager
      else p.manager || jsonb_build_object('value', m.id, 'displayName', ${name}${ref}) end
    from (select ${form === 'exact' ? sql`u.profile` : sql`u.folded`}->'${raw(enterpriseUrn)}'->'manager' as manager) p
    left join users m on m.organization_id = ${scope} and m.id = u.manager_id and m.deleted_at is null ${isVisible}
      and jsonb_typeof(p.manager) = 'object' and jsonb_typeof(p.manager->'value') = 'string')`;
}
