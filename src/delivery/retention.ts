import type { Store } from '../access/store.js';
import type { OrganizationId } from '../ids.js';
import { newId } from '../ids.js';
import { sql } from '../storage/sql.js';
import { pruneDeliveries } from './webhooks/deliveries.js';

/** How long events stay. */
export interface Retention {
  /** Every event, at the least. */
  days: number;
  /** What somebody has still to be given, at the most. */
  ceilingDays: number;
}

interface Due {
  organizationId: OrganizationId;
  held: number;
  head: number;
}

const batch = 100;
const dayMs = 86_400_000;

// Logs whose oldest event is past its time, and up to where each has been given to all who have a cursor here. Those of the
// platform count over all logs: their place is turned into a position of this one.
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
 * Removes events past their time, oldest first, some thousands at a time and without a lock that a writer waits for. True
 * when there is more to do.
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

// An endpoint that was away for longer than the ceiling goes on with what is left, and its log says what it has missed. One
// of the platform stays where it is: other organizations' events below may still be there for it.
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
