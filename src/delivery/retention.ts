import type { Store } from '../access/store.js';
import { dayMs } from '../kernel/durations.js';
import type { OrganizationId } from '../kernel/ids.js';
import { newId } from '../kernel/ids.js';
import { sql } from '../storage/sql.js';
import { pruneDeliveries } from './webhooks/deliveries.js';

/** Retention times of events. */
export interface Retention {
  /** Minimum age, in days, before an event is deleted. */
  days: number;
  /** Maximum age, in days, of an event that a consumer or endpoint has not received. */
  ceilingDays: number;
}

interface Due {
  organizationId: OrganizationId;
  held: number;
  head: number;
}

const batch = 100;

// Logs whose oldest event is older than the retention time, each with the position that all stored cursors have passed.
// Platform cursors apply to all logs: their `seq` is converted to a position of each log. The statements of this file are
// handwritten, because they join the log laterally and call `prune_events`, which TypeORM cannot.
const dueLogs = (before: Date, after: string) => sql`
  with cursors as (
    select organization_id, place from event_consumers union all select organization_id, place from webhook_endpoints
  ), everywhere as (
    select min(place) as seq from cursors where organization_id is null
  )
  select h.organization_id as "organizationId", h.position as head, least(
    h.position,
    (select min(place) from cursors c where c.organization_id = h.organization_id),
    case when everywhere.seq is not null then coalesce((
      select e.position from events e where e.organization_id = h.organization_id and e.seq <= everywhere.seq
      order by e.position desc limit 1), 0) end
  ) as held
  from event_heads h cross join everywhere, lateral (
    select occurred_at from events e where e.organization_id = h.organization_id order by position limit 1
  ) oldest
  where oldest.occurred_at < ${before} and h.organization_id > ${after}
  order by h.organization_id limit ${batch}`;

/**
 * Deletes expired events, oldest first, in batches, without a lock that a writer waits for, and then webhook deliveries
 * that are older than the retention time. Returns true if more events can be deleted.
 */
export async function pruneEvents({ database, now }: Store, { days, ceilingDays }: Retention): Promise<boolean> {
  const before = (ago: number) => new Date(now().getTime() - ago * dayMs);
  let more = false;
  for (let after = ''; ; ) {
    const due = await database.query<Due>(dueLogs(before(days), after));
    for (const { organizationId: id, held, head } of due) {
      const prune = async (time: Date, upTo: number) => {
        const [row] = await database.query<{ cut: number }>(sql`select prune_events(${id}, ${time}, ${upTo}) as cut`);
        return row?.cut ?? 0;
      };
      const cut = Math.max(await prune(before(days), held), await prune(before(ceilingDays), head));
      more ||= cut > 0;
      if (cut > held) await passOver(database, id, now());
    }
    const last = due.at(-1);
    if (!last || due.length < batch) break;
    after = last.organizationId;
  }
  return (await pruneDeliveries(database, before(days))) || more;
}

// An endpoint that was unavailable for longer than the ceiling continues with the remaining events, and its delivery
// log records the missed ones. A platform endpoint keeps its cursor, because earlier events of other organizations can
// remain.
async function passOver(database: Store['database'], organizationId: OrganizationId, at: Date): Promise<void> {
  await database.query(sql`with moved as (
      update webhook_endpoints w set place = r.position, fence = fence + 1
      from event_retention r
      where r.organization_id = ${organizationId} and w.organization_id = ${organizationId} and w.place < r.position
      returning w.id, r.position
    ), missing as (
      select id, position from moved
      union all
      select w.id, r.position from webhook_endpoints w, event_retention r
      where r.organization_id = ${organizationId} and w.organization_id is null and w.place < r.seq
    )
    insert into webhook_deliveries (endpoint_id, id, event_organization_id, event_position, event_id, attempt,
      duration_ms, error, delivered, at)
    select missing.id, ${newId('dlv')} || substr(md5(missing.id), 1, 6), ${organizationId}, e.position, e.id, 0, 0,
      'Past retention: events up to ' || missing.position || ' were never delivered.', false, ${at}
    from missing
    join events e on e.organization_id = ${organizationId} and e.position = missing.position + 1`);
}
