import { operand } from '../../attributes/compare.js';
import type { Bind, Columns } from '../../attributes/compile-filter.js';
import { enterpriseSchema } from '../../attributes/enterprise-schema.js';
import type { Comparison, Value } from '../../attributes/filter.js';
import { keyOf, type Place } from '../../attributes/resolve.js';
import { userSchema, userType } from '../../attributes/user-schema.js';
import { externalIdOfUser } from './load-user.js';

type Test = { op: Comparison; value: Value } | 'present';

/** Where users are stored, for filters. What IdPs look up by has a column or an index of its own. */
export const userColumns: Columns = {
  type: userType,
  exact: 'u.profile',
  folded: 'u.folded',
  columns: {
    id: { sql: 'u.id', form: 'exact' },
    username: { sql: 'u.user_name_key', form: 'key' },
    displayname: { sql: 'u.display_name_key', form: 'key' },
    active: { sql: 'u.active', form: 'boolean' },
    externalid: { sql: externalIdOfUser, form: 'exact' },
    'meta.created': { sql: 'u.created_at', form: 'timestamp' },
    'meta.lastmodified': { sql: 'u.updated_at', form: 'timestamp' },
    'meta.resourcetype': { sql: `'User'`, form: 'exact' },
    'meta.version': { sql: `('W/"' || u.revision || '"')`, form: 'exact' },
    'meta.location': { sql: `null::text`, form: 'exact' },
  },
  special: (place, test, bind) => {
    const path = keyOf(place);
    if (place.urn === null && path === 'externalid') return externalId(test, bind);
    if (place.urn === null && (path === 'emails' || path === 'emails.value')) return email(test, bind);
    if (place.urn === null && place.name === 'groups') return groups(place, test, bind);
    if (place.urn === null && path === 'schemas') return schemas(test, bind);
    return null;
  },
};

// An index finds the few identities with that value; which of them is the managing connection's is asked of those only.
function externalId(test: Test, bind: Bind): string | null {
  if (test === 'present' || test.op !== 'eq' || typeof test.value !== 'string') return null;
  const value = bind(test.value);
  return `(u.id in (select user_id from identities where organization_id = $1 and external_id = ${value})
    and ${externalIdOfUser} = ${value})`;
}

function email(test: Test, bind: Bind): string | null {
  if (test === 'present' || test.op !== 'eq' || typeof test.value !== 'string') return null;
  // As a list of ids that is found first: the planner takes an address for common, and would rather read everybody in order
  // until the page is full (5 s among a million).
  return `(u.id = any(array(select id from users where organization_id = $1
    and email_keys @> array[${bind(operand(null, 'eq', test.value))}::text])))`;
}

/** Direct groups, by id or by name. */
function groups({ sub }: Place, test: Test, bind: Bind): string {
  const memberships = `from memberships m join groups g on g.organization_id = m.organization_id and g.id = m.group_id
    where m.organization_id = u.organization_id and m.user_id = u.id`;
  if (test === 'present') return `exists (select ${memberships})`;
  if (test.op !== 'eq' || typeof test.value !== 'string') return 'false';
  if (sub === 'display')
    return `exists (select ${memberships} and g.display_name_key = ${bind(operand(null, 'eq', test.value))})`;
  return `exists (select ${memberships} and m.group_id = ${bind(test.value)})`;
}

function schemas(test: Test, bind: Bind): string {
  if (test === 'present') return 'true';
  if (test.op !== 'eq' || typeof test.value !== 'string') return 'false';
  const urn = test.value.toLowerCase();
  if (urn === userSchema.id.toLowerCase()) return 'true';
  const known = urn === enterpriseSchema.id.toLowerCase() ? enterpriseSchema.id : test.value;
  return `(u.profile ? ${bind(known)})`;
}
