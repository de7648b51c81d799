import { type Sql, sql } from '../../storage/sql.js';

/**
 * SQL condition: the session `s`, joined by `sessionsOf`, is valid at that time. Its user, connection and organization
 * are active.
 */
export const liveSession = (now: Sql): Sql => sql`s.ended_at is null and s.expires_at > ${now} and o.status = 'ACTIVE'
      and coalesce(c.state, 'ACTIVE') = 'ACTIVE' and (s.connection_id is null or c.id is not null)
      and u.active and u.suspended_at is null and u.deleted_at is null and u.invited_at is null`;

/** SQL joins from a session `s` to the rows that its validity depends on. */
export const sessionsOf = sql`join users u on u.organization_id = s.organization_id and u.id = s.user_id
    join organizations o on o.id = s.organization_id
    left join connections c on c.organization_id = s.organization_id and c.id = s.connection_id`;
