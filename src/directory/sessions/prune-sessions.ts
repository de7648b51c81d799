import { dayMs } from '../../kernel/durations.js';
import type { Session } from '../../storage/session.js';
import { integer, sql } from '../../storage/sql.js';

/** Days after its expiry for which the row of a session is kept, with the IP address and the user agent. */
export const keptDays = 1;

const batch = 1_000;

/**
 * Deletes at most 1,000 sessions that expired more than a day ago, with their grants. A session that ended earlier is
 * deleted at the same time: by then, all tokens that were issued under its grants have expired. Returns true if more
 * can be due.
 */
export async function pruneSessions(session: Session, now: Date): Promise<boolean> {
  const before = new Date(now.getTime() - keptDays * dayMs);
  // A locked session is about to end: the next run deletes it.
  const deleted = await session.query(sql`delete from sessions s using (
      select organization_id, id from sessions where expires_at < ${before}
      order by expires_at limit ${integer(batch)} for update skip locked
    ) due
    where s.organization_id = due.organization_id and s.id = due.id
    returning 1`);
  return deleted.length === batch;
}
