import { isAdministrativeRole } from '../../access/administrative.js';
import { authorize } from '../../access/authorize.js';
import { scopeOf } from '../../access/scope.js';
import type { Read } from '../../access/write.js';
import { sql } from '../../storage/sql.js';

/** A role of an organization, and how many users and groups have it. */
export interface RoleUsage {
  role: string;
  userCount: number;
  groupCount: number;
  administrative: boolean;
}

/**
 * Returns the roles that a user holds or a group grants, by name. Deprovisioned users do not count.
 *
 * @throws Forbidden
 */
export async function findRoleUsage(read: Read): Promise<RoleUsage[]> {
  const scope = scopeOf(read);
  authorize(read, 'role.read', { organizationId: read.organizationId });
  const rows = await read.session.query<Omit<RoleUsage, 'administrative'>>(sql`
    select role, sum(users)::integer as "userCount", sum(groups)::integer as "groupCount"
    from (
      select unnest(roles) as role, 1 as users, 0 as groups from users
      where organization_id = ${scope} and cardinality(roles) > 0 and active and deleted_at is null
      union all
      select role, 0, 1 from groups g
      cross join lateral (select distinct unnest(g.roles || g.mapped_roles) as role) granted
      where g.organization_id = ${scope}
    ) used
    group by role order by role collate "C"`);
  return rows.map((row) => ({ ...row, administrative: isAdministrativeRole(row.role) }));
}
