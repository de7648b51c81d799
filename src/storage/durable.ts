import type { Session } from './session.js';
import { sql } from './sql.js';

/** The database can lose committed transactions. */
export class NotDurable extends Error {}

/**
 * Rejects a PostgreSQL that confirms a commit before it is on the disk. A subscriber could receive an event that a
 * crash undoes, and whose position is then assigned to another event.
 *
 * @throws NotDurable with the fix
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
    `PostgreSQL has ${off.join(' and ')} off: a crash could undo events that subscribers have received. Enable it in PostgreSQL, or set DATABASE_DURABLE="not required" if losing events is acceptable.`,
  );
}
