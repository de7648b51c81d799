import { randomUUID } from 'node:crypto';
import type { Actor } from '../events/types.js';
import { invariant } from '../kernel/errors.js';
import type {
  ApiKeyId,
  ConnectionId,
  OrganizationId,
  ScimTokenId,
  SessionId,
  SetupLinkId,
  UserId,
} from '../kernel/ids.js';
import type { ConnectionSettings } from './connection-settings.js';

export const scopes = {
  DIRECTORY_READ: 'DIRECTORY_READ',
  DIRECTORY_WRITE: 'DIRECTORY_WRITE',
  EVENTS_READ: 'EVENTS_READ',
  CONNECTIONS_MANAGE: 'CONNECTIONS_MANAGE',
  SIGN_IN: 'SIGN_IN',
  ADMIN: 'ADMIN',
} as const;
/** Permission of an API key. ADMIN includes the others. */
export type Scope = keyof typeof scopes;

/** Permissions of a user's access token, as OAuth scopes. The user's own permissions are the upper limit. */
export const apiScopes = ['directory.read', 'directory.manage', 'events.read'] as const;
export type ApiScope = (typeof apiScopes)[number];

/** Caller of a request, with the request id. A platform key has no organization until it acts in one. */
export type Principal = { requestId: string } & (
  | { kind: 'apiKey'; keyId: ApiKeyId; organizationId: OrganizationId | null; platform: boolean; scopes: Scope[] }
  | ScimPrincipal
  | { kind: 'sso'; organizationId: OrganizationId; connectionId: ConnectionId; trace?: Trace }
  | {
      kind: 'user';
      organizationId: OrganizationId;
      userId: UserId;
      sessionId: SessionId;
      /** True if the user has an administrative role. */
      administrative: boolean;
      /** Scopes of an application's access token; null for a session's own secret, which has all. */
      apiScopes: ApiScope[] | null;
    }
  /** Holder of a setup link, who can configure one connection. */
  | { kind: 'setup'; organizationId: OrganizationId; connectionId: ConnectionId; linkId: SetupLinkId }
  | { kind: 'system'; organizationId: OrganizationId | null }
);
/** IdP of a connection, as the caller of the SCIM endpoint. */
export interface ScimPrincipal {
  kind: 'scim';
  requestId: string;
  organizationId: OrganizationId;
  connectionId: ConnectionId;
  /** Null if the server replays a request from the request log. */
  tokenId: ScimTokenId | null;
  provider: string;
  settings: ConnectionSettings;
  /** Collects details of the request for its record. */
  trace?: Trace;
}

/** Details that the record of a request contains in addition to the response. */
export interface Trace {
  /** Applied tolerances, and requested changes that were not made. */
  quirks: Set<string>;
  userId: string | null;
  /** Positions of the request's events in the log. */
  positions: { first: number; last: number } | null;
}
export type PrincipalKind = Principal['kind'];

/** Returns the connection whose IdP is calling; null for any other caller. */
export const idpConnectionOf = (principal: Principal): ConnectionId | null =>
  principal.kind === 'scim' ? principal.connectionId : null;

/** Returns the trace of an IdP's request; undefined for other requests. */
export const traceOf = (principal: Principal): Trace | undefined =>
  principal.kind === 'scim' || principal.kind === 'sso' ? principal.trace : undefined;

/** Returns an empty trace. */
export const newTrace = (): Trace => ({ quirks: new Set(), userId: null, positions: null });

/** Returns the principal of the server itself, for startup and timers. */
export const system = (organizationId: OrganizationId | null = null): Principal => ({
  kind: 'system',
  organizationId,
  requestId: randomUUID(),
});

/** Returns the caller acting in one organization: its own, or the one that a platform key has chosen. */
export function within(principal: Principal, organizationId: OrganizationId): Principal {
  if (principal.organizationId === organizationId) return principal;
  invariant(principal.organizationId === null, 'a principal cannot leave its organization');
  return { ...principal, organizationId };
}

/** Returns the actor that the event log records for the principal. */
export function actorOf(principal: Principal): Actor {
  switch (principal.kind) {
    case 'apiKey':
      return { kind: 'API', id: principal.keyId };
    case 'scim':
      return { kind: 'SCIM', id: principal.connectionId };
    case 'sso':
      return { kind: 'SSO', id: principal.connectionId };
    case 'user':
      return { kind: 'USER', id: principal.userId };
    case 'setup':
      return { kind: 'USER', id: principal.linkId };
    case 'system':
      return { kind: 'SYSTEM', id: null };
  }
}
