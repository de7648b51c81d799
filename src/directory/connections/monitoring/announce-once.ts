import { LessThan } from 'typeorm';
import { scopeOf } from '../../../access/scope.js';
import type { Tx } from '../../../access/write.js';
import type { Session } from '../../../storage/session.js';
import { sql } from '../../../storage/sql.js';
import { Announcement } from './announcement.js';

/**
 * Records that the event of a condition is emitted. Returns false while a record of it exists, from any node: until
 * `until`, and then until the next pruning.
 */
export async function announceOnce(
  tx: Tx,
  connectionId: string,
  { condition, until }: { condition: string; until: Date },
): Promise<boolean> {
  const announced =
    await tx.session.query(sql`insert into announcements (organization_id, connection_id, condition, until)
    values (${scopeOf(tx)}, ${connectionId}, ${condition}, ${until})
    on conflict do nothing
    returning 1`);
  return announced.length === 1;
}

/** Days before its expiry from which a token, secret or certificate needs attention. */
export const noticeDays = 90;

/** Deletes the records of announcements whose time has passed. */
export async function pruneAnnouncements(session: Session, now: Date): Promise<void> {
  await session.manager.delete(Announcement, { until: LessThan(now) });
}
