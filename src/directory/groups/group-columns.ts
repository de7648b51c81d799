import type { Bind } from '../../attributes/compile-comparison.js';
import type { Columns, Form } from '../../attributes/compile-values.js';
import type { ResourceType } from '../../attributes/definition.js';
import { groupType } from '../../attributes/group-schema.js';
import { keyOf } from '../../attributes/resolve.js';
import { locationSql, type ShownTo, schemasSql } from '../shown-attributes.js';

/** Returns where groups are stored, for filters and orders. */
export const groupColumns = (type: ResourceType, shownTo: ShownTo): Columns => ({
  type,
  exact: 'g.attributes',
  folded: 'g.folded',
  stored: [groupType.core],
  columns: {
    id: { sql: 'g.id', form: 'exact' },
    displayname: { sql: 'g.display_name_key', form: 'key' },
    externalid: { sql: 'g.external_id', form: 'exact' },
    meta: { sql: `'meta'`, form: 'exact' },
    'meta.created': { sql: 'g.created_at', form: 'timestamp' },
    'meta.lastmodified': { sql: 'g.updated_at', form: 'timestamp' },
    'meta.resourcetype': { sql: `'Group'`, form: 'exact' },
    'meta.version': { sql: `'version'`, form: 'exact' },
    'meta.location': { sql: (bind) => locationSql(shownTo, '/Groups/', 'g.id', bind), form: 'exact' },
  },
  shown: {
    schemas: (bind) => schemasSql(groupType.core.id, 'g.attributes', bind),
    members: (bind, form) => membersOf(shownTo, form, bind),
  },
  lookup: (place, test, bind) => {
    const path = keyOf(place);
    if (place.urn !== null || (path !== 'members' && path !== 'members.value')) return null;
    if (test === 'present') return hasMembers;
    return test.op === 'eq' && typeof test.value === 'string' ? hasMember(bind(test.value)) : null;
  },
});

const hasMembers = `(exists (select from memberships where organization_id = $1 and group_id = g.id)
  or exists (select from group_nestings where organization_id = $1 and group_id = g.id))`;

const hasMember = (id: string): string =>
  `(g.id in (select group_id from memberships where organization_id = $1 and user_id = ${id}
    union all select group_id from group_nestings where organization_id = $1 and child_group_id = ${id}))`;

/** The value of `members`, users and nested groups. */
function membersOf(shownTo: ShownTo, form: Form, bind: Bind): string {
  const exact = form === 'exact';
  const nameOfUser = exact ? 'coalesce(u.display_name, u.user_name)' : 'coalesce(u.display_name_key, u.user_name_key)';
  const types = exact ? { user: 'User', group: 'Group' } : { user: 'user', group: 'group' };
  const withRef = shownTo.baseUrl !== null;
  const ref = (path: '/Users/' | '/Groups/', id: string) =>
    withRef ? locationSql(shownTo, path, id, bind) : 'null::text';
  return `(select jsonb_agg(jsonb_build_object('value', x.id, 'type', x.type, 'display', x.display
      ${withRef ? `, '$ref', x.ref` : ''}) order by x.id)
    from (
      select u.id, '${types.user}' as type, ${nameOfUser} as display, ${ref('/Users/', 'u.id')} as ref
      from memberships m join users u on u.organization_id = m.organization_id and u.id = m.user_id
      where m.organization_id = $1 and m.group_id = g.id
      union all
      select c.id, '${types.group}', ${exact ? 'c.display_name' : 'c.display_name_key'}, ${ref('/Groups/', 'c.id')}
      from group_nestings n join groups c on c.organization_id = n.organization_id and c.id = n.child_group_id
      where n.organization_id = $1 and n.group_id = g.id
    ) x)`;
}
