import type { FastifyRequest } from 'fastify';
import type { Principal } from '../access/principal.js';
import type { Store } from '../access/store.js';
import { Unauthenticated } from '../errors.js';
import { type ProviderName, profileOfIdp } from '../idp/index.js';
import type { IdpProfile } from '../idp/profile.js';
import { type ConnectionId, parseId } from '../ids.js';
import { isObject, type Json } from '../json.js';
import { ScimError } from './errors.js';

/** One authenticated SCIM request, as handlers take it. */
export interface ScimRequest {
  store: Store;
  principal: Principal & { kind: 'scim' };
  idp: IdpProfile;
  base: { url: string };
  query: Json;
  body: unknown;
  /** The id in the path; empty for collections. */
  id: string;
  ifMatch: string | undefined;
  ifNoneMatch: string | undefined;
}

export interface ScimResponse {
  status: number;
  body?: Json;
  headers?: Record<string, string>;
}

/** The connection that a path names: its id, or the id without "conn_", as Okta takes no underscore in a base URL. */
export function connectionOf(segment: string): ConnectionId | null {
  return parseId('conn', segment) ?? parseId('conn', `conn_${segment}`);
}

/**
 * Who is asking. A wrong token for an existing connection and a right token for another one are alike.
 *
 * @throws Unauthenticated
 */
export async function authenticate(store: Store, request: FastifyRequest): Promise<Principal & { kind: 'scim' }> {
  const { connectionId = '' } = request.params as { connectionId?: string };
  const [, token] = /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '') ?? [];
  const principal = token ? await store.credentials.find(token, request.id) : null;
  if (principal?.kind !== 'scim' || principal.connectionId !== connectionOf(connectionId)) {
    throw new Unauthenticated('Send this connection\'s SCIM token in the header "Authorization: Bearer ...".');
  }
  return principal;
}

/** The request in the handlers' form. */
export async function scimRequest(store: Store, publicUrl: string, request: FastifyRequest): Promise<ScimRequest> {
  const principal = await authenticate(store, request);
  const { connectionId = '', id = '' } = request.params as { connectionId?: string; id?: string };
  return {
    store,
    principal,
    idp: profileOfIdp(principal.provider as ProviderName),
    base: { url: `${publicUrl}/scim/v2/${connectionId}` },
    query: isObject(request.query) ? request.query : {},
    body: request.body,
    id,
    ifMatch: request.headers['if-match'],
    ifNoneMatch: request.headers['if-none-match'],
  };
}

const tagsIn = (header: string) => header.split(',').map((tag) => tag.trim().replace(/^W\//, ''));

/** Whether the header names the version, weakly compared; `*` names any. */
export function names(header: string, etag: string): boolean {
  return tagsIn(header).some((tag) => tag === '*' || tag === etag.replace(/^W\//, ''));
}

/** @throws ScimError 412 when the caller changes another version than it has read (RFC 7644 section 3.14) */
export function checkVersion(ifMatch: string | undefined, etag: string): void {
  if (ifMatch === undefined || names(ifMatch, etag)) return;
  throw new ScimError(412, null, 'The resource has changed since you read it. Read it again and repeat the change.');
}
