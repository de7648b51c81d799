import type { Session } from './database.js';
import { sql } from './sql.js';

/** The database may forget what it has committed. */
export class NotDurable extends Error {}

/**
 * Refuses a PostgreSQL that answers a commit before it is on the disk. A subscriber could see an event that a crash takes back,
 * and whose position is then given to another.
 *
 * @throws NotDurable with what to do
 */
export async function checkDurable(session: Session): Promise<void> {
  const [settings] = await session.query<{ fsync: string; commit: string }>(
    sql`select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit`,
  );
  const off = [settings?.fsync === 'off' && 'fsync', settings?.commit === 'off' && 'synchronous_commit'].filter(
    Boolean,
  );
  if (off.length === 0) return;
  throw new NotDurable(
    `PostgreSQL has ${off.join(' and ')} off: a crash could take events back that subscribers have seen. Switch it on, or set DATABASE_DURABLE="not required" where that does not matter.`,
  );
}
