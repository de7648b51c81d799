import type { Session } from './session.js';
import { sql } from './sql.js';

/**
 * Collects the planner's statistics of one table that has doubled since the last time. A first sync must not wait for
 * the minute that PostgreSQL takes, and the embedded database has no autovacuum.
 *
 * @returns true if there can be another such table
 */
export async function refreshStatistics(session: Session): Promise<boolean> {
  const [row] = await session.query<{ done: boolean }>(sql`select refresh_statistics() as done`);
  return row?.done ?? false;
}
