import type { Column } from '../../../scim-model/compile-comparison.js';
import type { Columns, Form } from '../../../scim-model/compile-values.js';
import type { ResourceType } from '../../../scim-model/definition.js';
import { groupType } from '../../../scim-model/group-schema.js';
import { keyOf } from '../../../scim-model/resolve.js';
import { type Sql, sql } from '../../../storage/sql.js';
import { metaColumn } from '../../meta-columns.js';
import { locationSql, type ShownTo, schemasSql } from '../../shown-attributes.js';

const ownColumns = new Map<string, Column>([
  ['id', { sql: sql`g.id`, form: 'exact' }],
  ['displayname', { sql: sql`g.display_name_key`, form: 'key' }],
  ['externalid', { sql: sql`g.external_id`, form: 'exact' }],
]);

/** Returns the columns in which groups are stored, for filters and orders. */
export const groupColumns = (type: ResourceType, shownTo: ShownTo): Columns => ({
  type,
  exact: sql`g.attributes`,
  folded: sql`g.folded`,
  stored: [groupType.core],
  column: (path) => ownColumns.get(path) ?? metaColumn('g', path, shownTo),
  shown: {
    schemas: () => schemasSql(groupType.core.id, sql`g.attributes`),
    members: (form) => membersOf(shownTo, form),
  },
  lookup: (place, test) => {
    const path = keyOf(place);
    if (place.urn !== null || (path !== 'members' && path !== 'members.value')) return null;
    if (test === 'present') return hasMembers(shownTo);
    return test.op === 'eq' && typeof test.value === 'string' ? hasMember(shownTo, test.value) : null;
  },
});

const hasMembers = ({ scope }: ShownTo): Sql =>
  sql`(exists (select from memberships where organization_id = ${scope} and group_id = g.id)
    or exists (select from group_nestings where organization_id = ${scope} and group_id = g.id))`;

const hasMember = ({ scope }: ShownTo, id: string): Sql =>
  sql`(g.id in (select group_id from memberships where organization_id = ${scope} and user_id = ${id}
    union all select group_id from group_nestings where organization_id = ${scope} and child_group_id = ${id}))`;

/** Returns the value of `members`: users and nested groups. */
function membersOf(shownTo: ShownTo, form: Form): Sql {
  const { scope } = shownTo;
  const exact = form === 'exact';
  const nameOfUser = exact
    ? sql`coalesce(u.display_name, u.user_name)`
    : sql`coalesce(u.display_name_key, u.user_name_key)`;
  const types = exact ? { user: sql`'User'`, group: sql`'Group'` } : { user: sql`'user'`, group: sql`'group'` };
  const withRef = shownTo.baseUrl !== null;
  const ref = (path: '/Users/' | '/Groups/', id: Sql) => (withRef ? locationSql(shownTo, path, id) : sql`null::text`);
  return sql`(select jsonb_agg(jsonb_build_object('value', x.id, 'type', x.type, 'display', x.display
      ${withRef ? sql`, '$ref', x.ref` : sql``}) order by x.id)
    from (
      select u.id, ${types.user} as type, ${nameOfUser} as display, ${ref('/Users/', sql`u.id`)} as ref
      from memberships m
      join users u on u.organization_id = m.organization_id and u.id = m.user_id
      where m.organization_id = ${scope} and m.group_id = g.id
      union all
      select c.id, ${types.group}, ${exact ? sql`c.display_name` : sql`c.display_name_key`},
        ${ref('/Groups/', sql`c.id`)}
      from group_nestings n
      join groups c on c.organization_id = n.organization_id and c.id = n.child_group_id
      where n.organization_id = ${scope} and n.group_id = g.id
    ) x)`;
}
