import type { FastifyRequest } from 'fastify';
import { newTrace, type Principal, type ScimPrincipal, type Trace } from '../../../access/principal.js';
import type { Store } from '../../../access/store.js';
import { inactiveConnectionOf } from '../../../authentication/inactive-connection.js';
import { type ResourceTypes, resourceTypesOf } from '../../../directory/connections/rules/extension-schemas.js';
import { type ProviderName, profileOfIdp } from '../../../identity-providers/profiles/index.js';
import type { IdpProfile } from '../../../identity-providers/profiles/profile.js';
import { Unauthenticated } from '../../../kernel/errors.js';
import { type ConnectionId, parseId } from '../../../kernel/ids.js';
import type { Json } from '../../../kernel/json.js';
import type { BulkWork } from '../patch/work.js';
import { ScimError } from './errors.js';
import { urlParameters } from './parameters.js';

/** Authenticated SCIM request, as handlers receive it. */
export interface ScimRequest {
  store: Store;
  principal: ScimPrincipal & { trace: Trace };
  idp: IdpProfile;
  /** Resource types with the extensions that the connection declares. */
  types: ResourceTypes;
  base: { url: string };
  query: Json;
  body: unknown;
  /** Id in the path; empty for collections. */
  id: string;
  ifMatch: string | undefined;
  ifNoneMatch: string | undefined;
  /** Work that the bulk request may still do; null for any other request. */
  bulkWork: BulkWork | null;
  /** Logs an internal error that does not end the request. */
  report: (error: unknown) => void;
}

export interface ScimResponse {
  status: number;
  body?: Json;
  /** Body in chunks, for responses that are too large for memory. */
  stream?: AsyncIterable<string>;
  headers?: Record<string, string>;
}

export type Handler = (request: ScimRequest) => Promise<ScimResponse>;

/**
 * Returns the connection that a path contains: its id, or the id without "conn_", because Okta accepts no underscore in
 * a base URL.
 */
export function connectionOf(segment: string): ConnectionId | null {
  return parseId('conn', segment) ?? parseId('conn', `conn_${segment}`);
}

const tokenIn = ({ headers }: FastifyRequest): string | null =>
  /^bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1] ?? null;

/** Returns the principal of the request's bearer token, of any kind; null if it is missing or invalid. */
export async function callerOf(store: Store, request: FastifyRequest): Promise<Principal | null> {
  const token = tokenIn(request);
  return token ? store.credentials.find(token, request.id) : null;
}

/**
 * Returns the principal of the request. A wrong token for an existing connection and a valid token for another
 * connection fail with the same error.
 *
 * @throws Unauthenticated; ScimError 403 for the valid token of an inactive connection
 */
export async function authenticate(store: Store, request: FastifyRequest): Promise<ScimPrincipal> {
  const { connectionId = '' } = request.params as { connectionId?: string };
  const principal = await callerOf(store, request);
  if (principal?.kind !== 'scim' || principal.connectionId !== connectionOf(connectionId)) {
    if (principal === null) await refuseInactive(store, request, connectionOf(connectionId));
    throw new Unauthenticated(
      'The SCIM token is missing, unknown, expired, revoked or of another connection. Send "Authorization: Bearer <SCIM token>" to the base URL of its connection, ".../scim/v2/<connection id>".',
    );
  }
  return principal;
}

/**
 * Reports to an IdP with a valid token that its connection is inactive. Otherwise the IdP would report the token as
 * wrong.
 * @throws ScimError
 */
async function refuseInactive(
  { database, now }: Store,
  request: FastifyRequest,
  connectionId: ConnectionId | null,
): Promise<void> {
  const secret = tokenIn(request);
  if (secret === null || connectionId === null) return;
  const inactive = await inactiveConnectionOf(database, { secret, connectionId, now: now() });
  if (inactive === null) return;
  const { state, scimEnabled } = inactive;
  const fault = scimEnabled
    ? `The token is valid, but the connection is not active (${state}). Activate it on its setup page, or ask the operator of the application to set its state to ACTIVE.`
    : 'SCIM is disabled for this connection, and its tokens are revoked. Ask the operator of the application to enable SCIM, then enter the new token.';
  throw new ScimError(403, null, fault);
}

/** Returns the principal with an empty trace, for one request. */
export const traced = (principal: ScimPrincipal): ScimPrincipal & { trace: Trace } => ({
  ...principal,
  trace: newTrace(),
});

/** Returns a request in the form of the handlers. */
export function requestOf(
  store: Store,
  principal: ScimPrincipal & { trace: Trace },
  base: { url: string },
  given: Partial<Pick<ScimRequest, 'query' | 'body' | 'id' | 'ifMatch' | 'ifNoneMatch' | 'report'>>,
): ScimRequest {
  return {
    store,
    principal,
    base,
    idp: profileOfIdp(principal.provider as ProviderName),
    types: resourceTypesOf(principal.settings.extensions),
    query: {},
    body: undefined,
    id: '',
    ifMatch: undefined,
    ifNoneMatch: undefined,
    bulkWork: null,
    report: () => {},
    ...given,
  };
}

/** Returns an HTTP request in the form of the handlers. */
export function scimRequest(
  store: Store,
  principal: ScimPrincipal & { trace: Trace },
  publicUrl: string,
  request: FastifyRequest,
): ScimRequest {
  const { connectionId = '', id = '' } = request.params as { connectionId?: string; id?: string };
  const { headers } = request;
  return requestOf(
    store,
    principal,
    { url: `${publicUrl}/scim/v2/${connectionId}` },
    {
      query: urlParameters(request.query),
      body: request.body,
      id,
      ifMatch: headers['if-match'],
      ifNoneMatch: headers['if-none-match'],
      report: (error) => request.log.error({ err: error }, 'a SCIM operation failed'),
    },
  );
}
