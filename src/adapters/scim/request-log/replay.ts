import { authorize } from '../../../access/authorize.js';
import type { ScimPrincipal } from '../../../access/principal.js';
import type { Store } from '../../../access/store.js';
import type { Read } from '../../../access/write.js';
import { settingsOf } from '../../../directory/connections/connection.js';
import { findConnection } from '../../../directory/connections/find-connections.js';
import type { ProvisioningRequest } from '../../../directory/requests/provisioning-request.js';
import type { RequestLog } from '../../../directory/requests/request-log.js';
import { storableRequest } from '../../../directory/requests/storable-request.js';
import type { EventType, PendingEvent } from '../../../events/types.js';
import { BadInput } from '../../../kernel/errors.js';
import { isObject, type Json } from '../../../kernel/json.js';
import { allRoutes } from '../http/all-routes.js';
import { failure } from '../http/answer.js';
import { urlParameters } from '../http/parameters.js';
import { requestOf, traced } from '../http/request.js';
import { routeOf } from '../http/resource-routes.js';
import { record } from './record.js';

interface Services {
  store: Store;
  requests: RequestLog;
  publicUrl: () => string;
  report: (error: unknown) => void;
}

type Running = Omit<Services, 'requests'> & { log: Parameters<typeof record>[0] };

/** Result of replaying a logged request. */
export interface Replayed {
  request: ProvisioningRequest;
  /** Types of the events that the request would have emitted in a dry run, in order. */
  wouldEmit: EventType[];
}

/**
 * Executes a logged SCIM request again, as its connection would send it, with the logged parts of it. The log gets a
 * new entry for it. A dry run changes nothing and is not logged.
 *
 * @throws Forbidden; BadInput if the request cannot be replayed
 */
export async function replay(
  services: Services,
  read: Read,
  { entry, rehearsal }: { entry: ProvisioningRequest; rehearsal: boolean },
): Promise<Replayed> {
  authorize(read, 'request.replay', { organizationId: read.organizationId });
  const wouldEmit: EventType[] = [];
  const rehearse = (events: readonly PendingEvent[]) => void wouldEmit.push(...events.map(({ type }) => type));
  const store = rehearsal ? { ...services.store, rehearse } : services.store;
  const log = rehearsal ? { record: storableRequest } : services.requests;
  return { request: await run({ ...services, store, log }, read, entry), wouldEmit };
}

async function run(services: Running, read: Read, entry: ProvisioningRequest): Promise<ProvisioningRequest> {
  const principal = traced(await principalOf(read, entry));
  const [path = '', query = ''] = entry.path.split('?');
  const route = routeOf(entry.method, path, allRoutes);
  if (!route)
    throw new BadInput(`The request "${entry.method} ${path}" has no endpoint and cannot be run again.`, 'id');
  const body = entry.requestBody ?? undefined;
  if (isObject(body) && typeof body.omitted === 'string')
    throw new BadInput(
      'The body of this request was too large to be stored. Send the request again from the IdP.',
      'id',
    );

  const { store, publicUrl, report, log } = services;
  const base = { url: `${publicUrl()}/scim/v2/${entry.connectionId.slice('conn_'.length)}` };
  const given = urlParameters(parametersIn(query));
  const request = requestOf(store, principal, base, { body, query: given, id: route.id, report });
  const started = performance.now();
  const answer = await route.handle(request).catch((error) => failure(error, principal.requestId, report));
  return record(log, principal, {
    method: entry.method,
    path: entry.path,
    status: answer.status,
    durationMs: performance.now() - started,
    at: store.now(),
    requestBody: body,
    responseBody: answer.body,
  });
}

/** Returns the parameters of a query. A repeated parameter becomes a list, as the HTTP server parses it. */
function parametersIn(query: string): Json {
  const parameters = new URLSearchParams(query);
  const values = [...new Set(parameters.keys())].map((name) => [name, parameters.getAll(name)] as const);
  return Object.fromEntries(values.map(([name, all]) => [name, all.length === 1 ? all[0] : all]));
}

async function principalOf(read: Read, { connectionId, protocol }: ProvisioningRequest): Promise<ScimPrincipal> {
  const connection = await findConnection(read, connectionId);
  if (protocol !== 'SCIM') throw new BadInput('Only SCIM requests can be run again.', 'id');
  if (!connection.scimEnabled || connection.state !== 'ACTIVE')
    throw new BadInput(
      'The connection is not active or SCIM is disabled. Activate the connection and enable SCIM first.',
      'id',
    );
  const { organizationId, provider } = connection;
  const { requestId } = read.principal;
  return {
    kind: 'scim',
    requestId,
    organizationId,
    connectionId: connection.id,
    tokenId: null,
    provider,
    settings: settingsOf(connection),
  };
}
