import { authorize } from '../../access/authorize.js';
import type { Read } from '../../access/write.js';
import { NotFound } from '../../errors.js';
import { EventRecord } from '../../events/event.js';
import { parseId } from '../../ids.js';
import { type Protocol, ProvisioningRequest } from './provisioning-request.js';

/** Which requests a list shows. An absent part shows all. */
export interface RequestCriteria {
  failed?: boolean | null;
  protocol?: Protocol | null;
  userId?: string | null;
}

/** Requests of a connection, newest first, from before the id `before`. @throws Forbidden */
export async function findRequests(
  read: Read,
  connectionId: string,
  { failed, protocol, userId }: RequestCriteria,
  { before, limit }: { before: string | null; limit: number },
): Promise<ProvisioningRequest[]> {
  authorize(read, 'request.read', { organizationId: read.organizationId, id: connectionId });
  return read.session.rows(
    ProvisioningRequest,
    `organization_id = $1 and connection_id = $2 and ($3::text is null or id < $3)
     and ($4::boolean is null or (status >= 400) = $4) and ($5::text is null or protocol = $5)
     and ($6::text is null or user_id = $6) order by id desc limit $7`,
    [read.organizationId, connectionId, before, failed ?? null, protocol ?? null, userId ?? null, limit],
  );
}

/** A moment in a list that is ordered by time, newest first: what lies before it is next. */
export interface Moment {
  at: Date;
  id: string;
}

/** Requests about one user, through any connection, newest first, from before that moment. @throws Forbidden */
export async function requestsAbout(
  read: Read,
  userId: string,
  { before, limit }: { before: Moment | null; limit: number },
): Promise<ProvisioningRequest[]> {
  authorize(read, 'request.read', { organizationId: read.organizationId });
  return read.session.rows(
    ProvisioningRequest,
    `organization_id = $1 and user_id = $2 and ($3::timestamptz is null or (at, id) < ($3, $4))
     order by at desc, id desc limit $5`,
    [read.organizationId, userId, before?.at ?? null, before?.id ?? null, limit],
  );
}

/** What the IdP has said of a userName lately, whether or not anybody has it: newest first. @throws Forbidden */
export async function requestsNaming(
  read: Read,
  connectionId: string,
  userName: string,
): Promise<ProvisioningRequest[]> {
  authorize(read, 'request.read', { organizationId: read.organizationId, id: connectionId });
  const inPath = encodeURIComponent(userName).toLowerCase();
  // In the log as it is kept: some thousand requests of each connection.
  return read.session.rows(
    ProvisioningRequest,
    `organization_id = $1 and connection_id = $2 and (position($3 in lower(path)) > 0 or position($4 in lower(path)) > 0
       or position($4 in lower(request_body)) > 0) order by id desc limit 50`,
    [read.organizationId, connectionId, inPath, userName.toLowerCase()],
  );
}

/** The newest requests that brought something along, for a look at what an IdP sends. @throws Forbidden */
export async function requestsWithBodies(
  read: Read,
  connectionId: string,
  limit: number,
): Promise<ProvisioningRequest[]> {
  authorize(read, 'request.read', { organizationId: read.organizationId, id: connectionId });
  return read.session.rows(
    ProvisioningRequest,
    'organization_id = $1 and connection_id = $2 and request_body is not null order by id desc limit $3',
    [read.organizationId, connectionId, limit],
  );
}

/** One request. @throws NotFound, Forbidden */
export async function findRequest(read: Read, id: string): Promise<ProvisioningRequest> {
  const key = parseId('req', id);
  const [found] = key
    ? await read.session.rows(ProvisioningRequest, 'organization_id = $1 and id = $2', [read.organizationId, key])
    : [];
  if (!found) throw new NotFound('request');
  authorize(read, 'request.read', { organizationId: found.organizationId, id: found.connectionId });
  return found;
}

/** The events that the request caused, in order. @throws Forbidden */
export async function eventsOfRequest(read: Read, request: ProvisioningRequest): Promise<EventRecord[]> {
  authorize(read, 'event.read', { organizationId: read.organizationId });
  if (request.firstPosition === null) return [];
  const events = await read.session.rows(
    EventRecord,
    'organization_id = $1 and position between $2 and $3 and request_id = $4 order by position limit 1000',
    [read.organizationId, request.firstPosition, request.lastPosition, request.requestId],
  );
  return events.map((event, n) => Object.assign(event, { previousPosition: events[n - 1]?.position ?? 0 }));
}

/** How an IdP has been faring. */
export interface RecentTraffic {
  lastRequestAt: Date | null;
  /** The share of refused requests of the last hour, from 0 to 1. */
  errorRate: number;
}

/** When the connection's IdP was last heard of, and how many of its last hour's requests were refused. @throws Forbidden */
export async function recentTraffic(read: Read, connectionId: string, now: Date): Promise<RecentTraffic> {
  authorize(read, 'connection.read', { organizationId: read.organizationId, id: connectionId });
  const [row] = await read.session.query<{ last: Date | null; all: number; refused: number }>(
    `select (select at from provisioning_requests where organization_id = $1 and connection_id = $2
         order by id desc limit 1) as last,
       count(*) as all, count(*) filter (where status >= 400) as refused
     from (select status, at from provisioning_requests where organization_id = $1 and connection_id = $2
       order by id desc limit 10000) recent
     where at > $3`,
    [read.organizationId, connectionId, new Date(now.getTime() - 3_600_000)],
  );
  const all = row?.all ?? 0;
  return { lastRequestAt: row?.last ?? null, errorRate: all === 0 ? 0 : (row?.refused ?? 0) / all };
}
