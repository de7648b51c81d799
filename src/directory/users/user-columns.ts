import { operand } from '../../attributes/compare.js';
import type { Bind } from '../../attributes/compile-comparison.js';
import type { Columns, Form } from '../../attributes/compile-values.js';
import type { ResourceType } from '../../attributes/definition.js';
import { enterpriseSchema, enterpriseUrn } from '../../attributes/enterprise-schema.js';
import { keyOf } from '../../attributes/resolve.js';
import { userSchema } from '../../attributes/user-schema.js';
import { locationSql, type ShownTo, schemasSql } from '../shown-attributes.js';
import { externalIdOfUser } from './load-user.js';

/** Returns where users are stored, for filters and orders. Attributes that IdPs search by have a column or an index. */
export const userColumns = (type: ResourceType, shownTo: ShownTo): Columns => ({
  type,
  exact: 'u.profile',
  folded: 'u.folded',
  stored: [userSchema, enterpriseSchema],
  columns: {
    id: { sql: 'u.id', form: 'exact' },
    username: { sql: 'u.user_name_key', form: 'key' },
    displayname: { sql: 'u.display_name_key', form: 'key' },
    active: { sql: 'u.active', form: 'boolean' },
    externalid: { sql: externalIdOfUser, form: 'exact' },
    meta: { sql: `'meta'`, form: 'exact' },
    'meta.created': { sql: 'u.created_at', form: 'timestamp' },
    'meta.lastmodified': { sql: 'u.updated_at', form: 'timestamp' },
    'meta.resourcetype': { sql: `'User'`, form: 'exact' },
    'meta.version': { sql: `'version'`, form: 'exact' },
    'meta.location': { sql: (bind) => locationSql(shownTo, '/Users/', 'u.id', bind), form: 'exact' },
  },
  shown: {
    schemas: (bind) => schemasSql(userSchema.id, 'u.profile', bind),
    groups: (bind, form) => groupsOf(shownTo, form, bind),
    manager: (bind, form) => managerOf(shownTo, form, bind),
  },
  lookup: (place, test, bind) => {
    const path = keyOf(place);
    if (place.urn !== null || test === 'present' || test.op !== 'eq' || typeof test.value !== 'string') return null;
    if (path === 'externalid') return externalIdIs(bind(test.value));
    if (path === 'emails' || path === 'emails.value') return emailIs(bind(operand(null, 'eq', test.value)));
    if (path === 'groups' || path === 'groups.value') return isWithin(shownTo, bind(test.value), bind);
    return null;
  },
});

// An index finds the few identities with that value; which of them is the managing connection's is asked of those only.
const externalIdIs = (value: string): string =>
  `(u.id in (select user_id from identities where organization_id = $1 and external_id = ${value})
    and ${externalIdOfUser} = ${value})`;

// The ids are found first: the planner assumes that an address is frequent, and would otherwise read all users in order until
// the page is full (5 s among a million).
const emailIs = (key: string): string =>
  `(u.id = any(array(select id from users where organization_id = $1 and email_keys @> array[${key}::text])))`;

/** The user is in the group, directly or through others; from the group downwards, as a group has few parents. */
const isWithin = ({ connectionId }: ShownTo, groupId: string, bind: Bind): string =>
  `(u.id in (with recursive below(id) as (
      select g.id from groups g where g.organization_id = $1 and g.id = ${groupId}
        ${connectionId ? `and g.connection_id = ${bind(connectionId)}` : ''}
      union select n.child_group_id from group_nestings n join below on below.id = n.group_id where n.organization_id = $1
    ) select m.user_id from memberships m join below on below.id = m.group_id where m.organization_id = $1))`;

/** The value of `groups`: direct and indirect ones, as `groupsOfUsers` reads them. */
function groupsOf(shownTo: ShownTo, form: Form, bind: Bind): string {
  const name = form === 'exact' ? 'g.display_name' : 'g.display_name_key';
  const { connectionId, baseUrl } = shownTo;
  const ref = baseUrl === null ? '' : `, '$ref', ${locationSql(shownTo, '/Groups/', 'g.id', bind)}`;
  return `(select jsonb_agg(jsonb_build_object('value', g.id, 'display', ${name}${ref},
      'type', case when up.direct then 'direct' else 'indirect' end) order by g.id)
    from (
      with recursive around(group_id, direct) as (
        select group_id, true from memberships where organization_id = $1 and user_id = u.id union
        select n.group_id, false from around
        join group_nestings n on n.organization_id = $1 and n.child_group_id = around.group_id
      ) select group_id, bool_or(direct) as direct from around group by group_id
    ) up join groups g on g.organization_id = $1 and g.id = up.group_id
    ${connectionId ? `where g.connection_id = ${bind(connectionId)}` : ''})`;
}

/** The value of `manager`: with the id and the name of a provisioned manager, as the resource shows them. */
function managerOf(shownTo: ShownTo, form: Form, bind: Bind): string {
  const name =
    form === 'exact' ? 'coalesce(m.display_name, m.user_name)' : 'coalesce(m.display_name_key, m.user_name_key)';
  const { connectionId, baseUrl } = shownTo;
  const ref = baseUrl === null ? '' : `, '$ref', ${locationSql(shownTo, '/Users/', 'm.id', bind)}`;
  const isVisible = connectionId
    ? `and (m.scim_connection_id is null or m.scim_connection_id = ${bind(connectionId)})`
    : '';
  return `(select case when m.id is null then p.manager
      else p.manager || jsonb_build_object('value', m.id, 'displayName', ${name}${ref}) end
    from (select ${form === 'exact' ? 'u.profile' : 'u.folded'}->'${enterpriseUrn}'->'manager' as manager) p
    left join users m on m.organization_id = $1 and m.id = u.manager_id and m.deleted_at is null ${isVisible}
      and jsonb_typeof(p.manager) = 'object' and jsonb_typeof(p.manager->'value') = 'string')`;
}
