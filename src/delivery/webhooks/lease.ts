import type { Store } from '../../access/store.js';
import type { Anchor } from '../../events/cursor.js';
import { standing } from '../../events/read.js';
import type { EventId, WebhookEndpointId } from '../../ids.js';
import { rowsOf } from '../../storage/rows.js';
import { once, type Sql, sql } from '../../storage/sql.js';
import { type Attempt, fromAttempts } from './deliveries.js';
import { WebhookEndpoint } from './endpoint.js';

const leaseSeconds = 10;
/** Ours ends a second before the database's, so that nobody else holds the endpoint while we think that we do. */
const trustedMs = (leaseSeconds - 1) * 1_000;

/** The right to deliver to one endpoint: until its time is over by the monotonic clock, or somebody else has it. */
export class Lease {
  #goodUntil: number;
  constructor(
    readonly endpoint: WebhookEndpoint,
    /** Where the endpoint stood when it was taken. */
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

/** The id of the event at the place, in the log that the endpoint `w` follows. */
function standingOf(place: Sql): Sql {
  return sql`case when w.organization_id is null then ${standing.all(place)}
    else ${standing.one(sql`w.organization_id`, place)} end`;
}

// Endpoints that have something to deliver and that nobody holds; the one that has waited longest first. One that has not failed
// need not wait, though a clock that ran ahead may have left it a time in the future.
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

/** Takes up to `most` endpoints that are due, except those that this node is at work on. */
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

/** Renews all leases in one statement. Those that have changed hands are lost; one that was let go meanwhile stays free. */
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

/** Lets go of an endpoint that could not be worked on, so that nobody waits for the lease to end. */
export async function letGo({ database }: Pick<Store, 'database'>, { endpoint }: Lease): Promise<void> {
  await database.query(
    sql`update webhook_endpoints set lease_until = '-infinity' where id = ${endpoint.id} and fence = ${endpoint.fence}`,
  );
}

/** Where delivery stands; `release` lets another node go on. */
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
 * Writes where delivery stands, with what was tried since, if the lease still holds and the log has the event up to which
 * everything is delivered. False: another node has the endpoint, or the database was restored. Stop.
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
