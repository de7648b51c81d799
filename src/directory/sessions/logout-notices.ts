import { rowsOf } from '../../storage/rows.js';
import type { Session } from '../../storage/session.js';
import { sql } from '../../storage/sql.js';
import { LogoutNotice } from './logout-notice.js';

type Key = Pick<LogoutNotice, 'organizationId' | 'sessionId' | 'applicationId'>;

/** Leases at most `limit` due notices, until the time `until`, and counts an attempt for each. */
export async function leaseNotices(
  session: Session,
  { now, until, limit }: { now: Date; until: Date; limit: number },
): Promise<LogoutNotice[]> {
  // Handwritten SQL: one statement leases the notices, so that no other node sends them too.
  const rows = await session.query<Record<string, unknown>>(
    sql`update logout_notices n set next_at = ${until}, attempts = attempts + 1
      from (
        select organization_id, session_id, application_id from logout_notices
        where next_at <= ${now} order by next_at limit ${limit} for update skip locked
      ) due
      where n.organization_id = due.organization_id and n.session_id = due.session_id
        and n.application_id = due.application_id
      returning n.*`,
  );
  const mapping = rowsOf(session.dataSource, LogoutNotice);
  return rows.map((row) => mapping.from(row));
}

/** Postpones a notice whose application could not be notified. */
export const postponeNotice = async (session: Session, key: Key, nextAt: Date): Promise<void> =>
  void (await session.manager.update(LogoutNotice, key, { nextAt }));

/** Deletes a notice that was delivered or is given up. */
export const deleteNotice = async (session: Session, key: Key): Promise<void> =>
  void (await session.manager.delete(LogoutNotice, key));

/** Deletes the notice of a session for an application that was notified in another way. */
export const withdrawNotice = async (
  session: Session,
  { sessionId, applicationId }: { sessionId: string; applicationId: string },
): Promise<void> =>
  void (await session.query(
    sql`delete from logout_notices where session_id = ${sessionId} and application_id = ${applicationId}`,
  ));
