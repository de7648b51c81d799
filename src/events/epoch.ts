import { randomBytes } from 'node:crypto';
import type { Session } from '../storage/database.js';

// Differs after a failover (timeline), a restore into another cluster (system identifier) or the same one (oids). Then
// positions may be given out again with other content, and a consumer has to be told.
const fingerprint = `
  select system_identifier || '/' || timeline_id || '/' ||
    (select oid from pg_database where datname = current_database()) || '/' || 'events'::regclass::oid as now
  from pg_control_system(), pg_control_checkpoint()`;

/** The log's epoch, renewed when the database is not the one that the stored epoch was made for. Called at the start. */
export async function currentEpoch(session: Session): Promise<string> {
  const [mark] = await session.query<{ now: string }>(fingerprint);
  const epoch = randomBytes(6).toString('hex');
  const [row] = await session.query<{ epoch: string }>(
    `insert into event_log (epoch, fingerprint) values ($1, $2)
     on conflict (only_row) do update set
       epoch = case when event_log.fingerprint = $2 then event_log.epoch else $1 end, fingerprint = $2
     returning epoch`,
    [epoch, mark?.now],
  );
  return row?.epoch ?? epoch;
}
