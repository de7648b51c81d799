import type { Store } from '../../access/store.js';
import type { Anchor } from '../../events/cursor.js';
import { standing } from '../../events/read.js';
import type { EventId, WebhookEndpointId } from '../../kernel/ids.js';
import { rowsOf } from '../../storage/rows.js';
import { once, type Sql, sql } from '../../storage/sql.js';
import { type Attempt, fromAttempts } from './deliveries.js';
import { WebhookEndpoint } from './endpoint.js';

const leaseSeconds = 10;
/**
 * Time, in milliseconds, for which a node trusts its lease. It is one second shorter than in the database, so that no
 * other node takes the endpoint while this one still delivers.
 */
const trustedMs = (leaseSeconds - 1) * 1_000;

/** Right to deliver to one endpoint, until it expires by the monotonic clock or another node takes the endpoint. */
export class Lease {
  #goodUntil: number;
  constructor(
    readonly endpoint: WebhookEndpoint,
    /** Cursor of the endpoint at the start of the lease. */
    readonly at: Anchor,
    askedAt: number,
  ) {
    this.#goodUntil = askedAt + trustedMs;
  }

  get holds(): boolean {
    return performance.now() < this.#goodUntil;
  }
  renewed(askedAt: number): void {
    this.#goodUntil = askedAt + trustedMs;
  }
  lose(): void {
    this.#goodUntil = Number.NEGATIVE_INFINITY;
  }
}

/** Returns an SQL expression for the id of the event at a position, in the log that the endpoint `w` follows. */
function standingOf(place: Sql): Sql {
  return sql`case when w.organization_id is null then ${standing.all(place)}
    else ${standing.one(sql`w.organization_id`, place)} end`;
}

// Endpoints with pending events and without a lease, longest waiting first. An endpoint without failures is due at
// once: a clock that was ahead can have left it a `next_at` in the future.
const claimSome = (now: Date, most: number, except: readonly WebhookEndpointId[]) => sql`
  update webhook_endpoints w
  set fence = fence + 1, lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
  from (
    select e.id from webhook_endpoints e
    left join event_heads h on h.organization_id = e.organization_id
    where e.state in ('ACTIVE', 'FAILING') and e.lease_until < clock_timestamp()
      and (e.next_at <= ${now} or e.attempts = 0)
      and e.place < coalesce(h.position, (select max(seq) from events), 0) and not e.id = any(${except})
    order by e.next_at limit ${most} for update of e skip locked
  ) due
  where w.id = due.id
  returning w.*, ${standingOf(sql`w.place`)} as "placeId"`;

/** Leases up to `most` endpoints that are due, except those that this node is already delivering to. */
export async function claim(
  { database, now }: Pick<Store, 'database' | 'now'>,
  most: number,
  except: readonly WebhookEndpointId[],
): Promise<Lease[]> {
  const askedAt = performance.now();
  const found = await database.query<Record<string, unknown> & { placeId: EventId | '' | null }>(
    claimSome(now(), most, except),
  );
  const rows = rowsOf(database.dataSource, WebhookEndpoint);
  return found.map((row) => {
    const endpoint = rows.from(row);
    return new Lease(endpoint, { place: endpoint.place, id: row.placeId || null }, askedAt);
  });
}

/** Renews all leases in one statement. A lease that another node has taken is lost; a released one stays released. */
export async function renew({ database }: Pick<Store, 'database'>, leases: readonly Lease[]): Promise<void> {
  if (leases.length === 0) return;
  const askedAt = performance.now();
  const endpoints = leases.map(({ endpoint }) => endpoint.id);
  const fences = leases.map(({ endpoint }) => endpoint.fence);
  const kept = await database.query<Pick<WebhookEndpoint, 'id'>>(
    sql`update webhook_endpoints w set lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
      from unnest(${endpoints}::text[], ${fences}::bigint[]) held(id, fence)
      where w.id = held.id and w.fence = held.fence and w.lease_until > clock_timestamp()
      returning w.id`,
  );
  const ids = new Set(kept.map(({ id }) => id));
  for (const lease of leases) {
    if (ids.has(lease.endpoint.id)) lease.renewed(askedAt);
    else lease.lose();
  }
}

/** Releases the lease of an endpoint after an error, so that other nodes do not have to wait until it expires. */
export async function letGo({ database }: Pick<Store, 'database'>, { endpoint }: Lease): Promise<void> {
  await database.query(
    sql`update webhook_endpoints set lease_until = '-infinity' where id = ${endpoint.id} and fence = ${endpoint.fence}`,
  );
}

/** State of a delivery. `release` ends the lease, so that another node can continue. */
export interface Standing {
  at: Anchor;
  attempts: number;
  failingSince: Date | null;
  nextAt: Date;
  lastError: string | null;
  state: WebhookEndpoint['state'];
  release: boolean;
}

/**
 * Writes the state and the attempts of a delivery, if the lease is still valid and the log contains the event up to
 * which everything is delivered. Returns false if another node has the endpoint or the database was restored; the
 * caller must then stop.
 */
export async function saveStanding(
  { database }: Pick<Store, 'database'>,
  { endpoint }: Lease,
  { at, attempts, failingSince, nextAt, lastError, state, release }: Standing,
  made: readonly Attempt[],
): Promise<boolean> {
  const place = once(at.place);
  const continues = at.id === null ? sql`true` : sql`${standingOf(place)} in (${at.id}, '')`;
  const held = await database.query(
    sql`with held as (
        update webhook_endpoints w set place = ${place}, attempts = ${attempts}, failing_since = ${failingSince},
          next_at = ${nextAt}, last_error = ${lastError}, state = ${state},
          lease_until = case when ${release}::boolean then '-infinity' else lease_until end
        where id = ${endpoint.id} and fence = ${endpoint.fence} and ${continues}
        returning id
      ), logged as (
        insert into webhook_deliveries (endpoint_id, id, event_organization_id, event_position, event_id, attempt,
          status, duration_ms, error, answer, delivered, at)
        select held.id, record.* from held, (${fromAttempts(made)}) record
      )
      select 1 from held`,
  );
  return held.length === 1;
}
