import { randomBytes } from 'node:crypto';
import type { EventId, OrganizationId } from '../kernel/ids.js';
import type { Session } from '../storage/session.js';
import { once, sql } from '../storage/sql.js';

/** Event that this server has read, with the epoch at that time. */
export interface Witness {
  organizationId: OrganizationId;
  position: number;
  seq: number;
  id: EventId;
  epoch: string;
}

/** Result of comparing the log's history with this server's knowledge, in one session. */
export interface Finding {
  epoch: string;
  /** True if the epoch began in this database. Null on a standby, which cannot determine it. */
  isSame: boolean | null;
  mark: string | null;
  /** True if the log still contains the event that was read last, or that event was pruned. */
  continues: boolean;
}

// Differs after a failover (timeline), a restore into another cluster (system identifier) or into the same one (oids).
// The timeline is that of the current WAL: the control file contains the old one until the next checkpoint.
const mark = sql`case when not pg_is_in_recovery() then (select system_identifier from pg_control_system()) || '/' ||
    ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int || '/' ||
    (select oid from pg_database where datname = current_database()) || '/' || 'events'::regclass::oid end`;

/** Returns the finding of this session, or null if no server has started on this database yet. */
export async function findHistory(session: Session, witness: Witness | null): Promise<Finding | null> {
  const log = once(witness?.organizationId ?? null);
  const position = once(witness?.position ?? null);
  const [found] = await session.query<Finding>(
    sql`select epoch, now.mark, fingerprint = now.mark as "isSame", (
        ${log}::text is null
        or exists (
          select from events
          where organization_id = ${log} and position = ${position} and id = ${witness?.id ?? null})
        or exists (select from event_retention where organization_id = ${log} and position >= ${position})
      ) as continues
      from event_log, (select ${mark} as mark) now`,
  );
  return found ?? null;
}

/** Creates the first epoch of a database. Several nodes that start concurrently create only one. */
export async function beginEpoch(session: Session): Promise<void> {
  await session.query(
    sql`insert into event_log (epoch, fingerprint) select ${newEpoch()}, coalesce(${mark}, '') on conflict do nothing`,
  );
}

/**
 * Ends the epoch `from` and begins a new one, unless another node has already done so. Several nodes that detect a
 * restore concurrently begin only one new epoch.
 */
export async function endEpoch(session: Session, from: string): Promise<void> {
  await session.query(
    sql`update event_log set epoch = ${newEpoch()}, fingerprint = coalesce(${mark}, fingerprint) where epoch = ${from}`,
  );
}

/**
 * Ends the current epoch. For operators who know that the database was restored.
 *
 * @returns the epochs before and after; `before` is null if no server has started yet
 */
export async function rotateEpoch(session: Session): Promise<{ before: string | null; after: string }> {
  for (;;) {
    const before = (await findHistory(session, null))?.epoch ?? null;
    if (before === null) await beginEpoch(session);
    else await endEpoch(session, before);
    const after = (await findHistory(session, null))?.epoch;
    if (after && after !== before) return { before, after };
  }
}

const newEpoch = (): string => randomBytes(6).toString('hex');
