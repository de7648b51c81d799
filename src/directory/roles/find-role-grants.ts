import { scopeOf } from '../../access/scope.js';
import type { Read } from '../../access/write.js';
import { fold } from '../../kernel/fold.js';
import { sql } from '../../storage/sql.js';

export const roleSources = {
  ASSIGNED: 'ASSIGNED',
  GROUP: 'GROUP',
  IDP: 'IDP',
  KEPT: 'KEPT',
  MAPPING: 'MAPPING',
} as const;
export type RoleSource = keyof typeof roleSources;

/** A role of a user, and one of its sources. */
export interface RoleGrant {
  role: string;
  source: RoleSource;
  /** The group that grants the role. */
  groupId: string | null;
  /** The connection whose IdP or group mapping grants the role. */
  connectionId: string | null;
}

interface Row extends RoleGrant {
  userId: string;
  /** Group mappings of the connection, if they can have granted a role at a sign-in. */
  mappings: { roles: string[] }[] | null;
}

// SCIM sets the IdP's roles of managed users, from their profile. For other users it is the last sign-in, whose claims
// can contain roles and mapped groups.
const grants = (read: Read, ids: readonly string[]) => sql`
  with recursive up(user_id, group_id) as (
    select user_id, group_id from memberships where organization_id = ${scopeOf(read)} and user_id = any(${ids})
    union
    select up.user_id, n.group_id from up
    join group_nestings n on n.organization_id = ${scopeOf(read)} and n.child_group_id = up.group_id
  ), holders as (
    select u.id, u.roles, u.direct_roles, u.idp_roles, u.scim_connection_id is null as by_sign_in,
      coalesce(u.scim_connection_id, (
        select i.connection_id from identities i
        where i.organization_id = ${scopeOf(read)} and i.user_id = u.id and i.last_sign_in_at is not null
        order by i.last_sign_in_at desc limit 1
      )) as connection_id
    from users u where u.organization_id = ${scopeOf(read)} and u.id = any(${ids}) and cardinality(u.roles) > 0
  ), granting as (
    select up.user_id, g.* from up join groups g on g.organization_id = ${scopeOf(read)} and g.id = up.group_id
  ), found as (
    select id as user_id, unnest(direct_roles) as role, 'ASSIGNED' as source, null as group_id, null as connection_id,
      false as by_sign_in
    from holders
    union all select id, unnest(idp_roles), 'IDP', null, connection_id, by_sign_in from holders
    union all select user_id, unnest(roles), 'GROUP', id, null, false from granting
    union all
    select user_id, unnest(mapped_roles), 'MAPPING', id, coalesce(connection_id, jit_connection_id), false from granting
  ), held as (select id as user_id, unnest(roles) as role from holders)
  select held.user_id as "userId", held.role, coalesce(found.source, 'KEPT') as source, found.group_id as "groupId",
    found.connection_id as "connectionId", c.group_mappings as mappings
  from held
  left join found on found.user_id = held.user_id and found.role = held.role
  left join connections c on c.organization_id = ${scopeOf(read)} and c.id = found.connection_id and found.by_sign_in
  order by held.role collate "C", source, found.group_id collate "C"`;

/**
 * Returns the sources of every role of these users, by the user's id, in one statement. A role of several sources has
 * one entry for each of them. The caller checks that the users are visible.
 */
export async function findRoleGrants(read: Read, userIds: readonly string[]): Promise<Map<string, RoleGrant[]>> {
  const found = new Map<string, RoleGrant[]>();
  for (const { userId, mappings, ...grant } of await read.session.query<Row>(grants(read, userIds))) {
    const list = found.get(userId) ?? [];
    if (list.length === 0) found.set(userId, list);
    list.push(isMapped(grant.role, mappings) ? { ...grant, source: 'MAPPING' } : grant);
  }
  return found;
}

/** Returns true if a group mapping names the role, so that the groups of a sign-in can have granted it. */
const isMapped = (role: string, mappings: Row['mappings']): boolean =>
  mappings?.some(({ roles }) => roles.some((name) => fold(name) === fold(role))) ?? false;
