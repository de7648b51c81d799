import type { Session } from './database.js';

/**
 * Gathers the planner's statistics when a table has doubled since it last did: a first sync must not wait for the minute
 * that PostgreSQL takes, and the embedded database would wait for ever.
 */
export async function refreshStatistics(session: Session): Promise<void> {
  const grown = await session.query(
    `select 1 from pg_class c join pg_stat_user_tables s on s.relid = c.oid
     where c.relname in ('users', 'identities', 'memberships', 'groups', 'events', 'sessions', 'oauth_artifacts', 'oauth_grants')
       and s.n_live_tup > 100 and s.n_live_tup > 2 * greatest(c.reltuples, 0)`,
  );
  if (grown.length > 0) await session.query('select refresh_statistics()');
}
