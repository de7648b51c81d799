import { authorize } from '../../access/authorize.js';
import { scopeOf } from '../../access/scope.js';
import type { Read } from '../../access/write.js';
import { EventRecord } from '../../events/event.js';
import type { EventType } from '../../events/types.js';
import { hourMs } from '../../kernel/durations.js';
import { NotFound } from '../../kernel/errors.js';
import { parseId } from '../../kernel/ids.js';
import { storableText } from '../../kernel/text.js';
import { sql } from '../../storage/sql.js';
import { ProvisioningRequest } from './provisioning-request.js';
import { conditionsOf, type RequestCriteria } from './request-criteria.js';

/** Returns requests of a connection with ids before `before`, newest first. @throws Forbidden */
export async function findRequests(
  read: Read,
  connectionId: string,
  criteria: RequestCriteria,
  { before, limit }: { before: string | null; limit: number },
): Promise<ProvisioningRequest[]> {
  authorize(read, 'request.read', { organizationId: read.organizationId, id: connectionId });
  return read.session.rows(
    ProvisioningRequest,
    sql`organization_id = ${scopeOf(read)} and connection_id = ${connectionId}
      and (${before}::text is null or id < ${before})
      and ${conditionsOf(criteria)} order by id desc limit ${limit}`,
  );
}

/** A position in a list that is ordered by time, newest first. The next page contains earlier entries. */
export interface Moment {
  at: Date;
  id: string;
}

/** Returns requests about one user through any connection, older than `before`, newest first. @throws Forbidden */
export async function requestsAbout(
  read: Read,
  userId: string,
  { before, limit }: { before: Moment | null; limit: number },
): Promise<ProvisioningRequest[]> {
  authorize(read, 'request.read', { organizationId: read.organizationId });
  return read.session.rows(
    ProvisioningRequest,
    sql`organization_id = ${scopeOf(read)} and user_id = ${userId}
      and (${before?.at ?? null}::timestamptz is null
        or (at, id) < (${before?.at ?? null}, ${before?.id ?? null}))
      order by at desc, id desc limit ${limit}`,
  );
}

/**
 * Returns the latest requests of the IdP that contain a userName, newest first. No user needs to have it.
 *
 * @throws Forbidden
 */
export async function requestsNaming(
  read: Read,
  connectionId: string,
  userName: string,
): Promise<ProvisioningRequest[]> {
  authorize(read, 'request.read', { organizationId: read.organizationId, id: connectionId });
  const inPath = encodeURIComponent(storableText(userName, 2_000)).toLowerCase();
  // A sequential search is acceptable: the log keeps a few thousand requests per connection.
  return read.session.rows(
    ProvisioningRequest,
    sql`organization_id = ${scopeOf(read)} and connection_id = ${connectionId}
      and (position(${inPath} in lower(path)) > 0
        or position(${userName.toLowerCase()} in lower(path)) > 0
        or position(${userName.toLowerCase()} in lower(request_body)) > 0)
      order by id desc limit 50`,
  );
}

/** Returns the latest requests with a body, newest first. @throws Forbidden */
export async function requestsWithBodies(
  read: Read,
  connectionId: string,
  limit: number,
): Promise<ProvisioningRequest[]> {
  authorize(read, 'request.read', { organizationId: read.organizationId, id: connectionId });
  return read.session.rows(
    ProvisioningRequest,
    sql`organization_id = ${scopeOf(read)}
    and connection_id = ${connectionId}
    and request_body is not null order by id desc limit ${limit}`,
  );
}

/** Returns one request. @throws NotFound, Forbidden */
export async function findRequest(read: Read, id: string): Promise<ProvisioningRequest> {
  const key = parseId('req', id);
  const [found] = key
    ? await read.session.rows(ProvisioningRequest, sql`organization_id = ${scopeOf(read)} and id = ${key}`)
    : [];
  if (!found) throw new NotFound('request');
  authorize(read, 'request.read', { organizationId: found.organizationId, id: found.connectionId });
  return found;
}

/** Returns the events that the request caused, in order. @throws Forbidden */
export async function eventsOfRequest(read: Read, request: ProvisioningRequest): Promise<EventRecord[]> {
  authorize(read, 'event.read', { organizationId: read.organizationId });
  if (request.firstPosition === null) return [];
  const events = await read.session.rows(
    EventRecord,
    sql`organization_id = ${scopeOf(read)}
    and position between ${request.firstPosition}
    and ${request.lastPosition}
    and request_id = ${request.requestId}
    order by position limit 1000`,
  );
  for (const [n, event] of events.entries()) event.previousPosition = events[n - 1]?.position ?? 0;
  return events;
}

/**
 * Returns the types of the events that each request emitted, each type once, by the id of the request. A request counts
 * with its first 1,000 events. The caller checks that the requests are visible.
 */
export async function eventTypesOf(
  read: Read,
  requests: readonly ProvisioningRequest[],
): Promise<Map<string, EventType[]>> {
  const rows = await read.session.query<{ id: string; types: EventType[] }>(
    sql`select r.id, array_agg(distinct e.type) as types
      from unnest(${requests.map(({ id }) => id)}::text[], ${requests.map(({ requestId }) => requestId)}::text[],
        ${requests.map(({ firstPosition }) => firstPosition)}::bigint[],
        ${requests.map(({ lastPosition }) => lastPosition)}::bigint[]) r(id, request_id, first, last)
      cross join lateral (
        select type from events
        where organization_id = ${scopeOf(read)} and position between r.first and r.last and request_id = r.request_id
        order by position limit 1000
      ) e
      group by r.id`,
  );
  return new Map(rows.map(({ id, types }) => [id, types]));
}

/** The recent activity of an IdP. */
export interface RecentTraffic {
  lastRequestAt: Date | null;
  /** The share of failed requests in the last hour, from 0 to 1. */
  errorRate: number;
}

/** Returns the time of the IdP's latest request and the share of failed requests in the last hour. @throws Forbidden */
export async function recentTraffic(read: Read, connectionId: string, now: Date): Promise<RecentTraffic> {
  authorize(read, 'connection.read', { organizationId: read.organizationId, id: connectionId });
  const [row] = await read.session.query<{ last: Date | null; all: number; refused: number }>(
    sql`select (
          select at from provisioning_requests
          where organization_id = ${scopeOf(read)} and connection_id = ${connectionId}
          order by id desc limit 1
        ) as last,
        count(*) as all, count(*) filter (where status >= 400) as refused
      from (
        select status, at from provisioning_requests
        where organization_id = ${scopeOf(read)} and connection_id = ${connectionId}
        order by id desc limit 10000
      ) recent
      where at > ${new Date(now.getTime() - hourMs)}`,
  );
  const all = row?.all ?? 0;
  return { lastRequestAt: row?.last ?? null, errorRate: all === 0 ? 0 : (row?.refused ?? 0) / all };
}
