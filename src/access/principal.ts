import { randomUUID } from 'node:crypto';
import { invariant } from '../errors.js';
import type { Actor } from '../events/types.js';
import type { ApiKeyId, ConnectionId, OrganizationId, ScimTokenId, SessionId, SetupLinkId, UserId } from '../ids.js';
import type { ScimSettings } from './scim-settings.js';

export const scopes = {
  DIRECTORY_READ: 'DIRECTORY_READ',
  DIRECTORY_WRITE: 'DIRECTORY_WRITE',
  EVENTS_READ: 'EVENTS_READ',
  CONNECTIONS_MANAGE: 'CONNECTIONS_MANAGE',
  SIGN_IN: 'SIGN_IN',
  ADMIN: 'ADMIN',
} as const;
/** What an API key may do. ADMIN includes the others. */
export type Scope = keyof typeof scopes;

/** What an access token of a user may do, as OAuth scopes. The user's own rights are the upper limit. */
export const apiScopes = ['directory.read', 'directory.manage', 'events.read'] as const;
export type ApiScope = (typeof apiScopes)[number];

/** Who is calling, and through which request. A platform key has no organization until it acts in one. */
export type Principal = { requestId: string } & (
  | { kind: 'apiKey'; keyId: ApiKeyId; organizationId: OrganizationId | null; platform: boolean; scopes: Scope[] }
  | ScimPrincipal
  | { kind: 'sso'; organizationId: OrganizationId; connectionId: ConnectionId; trace?: Trace }
  | {
      kind: 'user';
      organizationId: OrganizationId;
      userId: UserId;
      sessionId: SessionId;
      /** Holds a role that runs the organization. */
      administrative: boolean;
      /** The scopes of an application's access token; null for a session's own secret, which has all. */
      apiScopes: ApiScope[] | null;
    }
  /** Whoever holds a setup link: may configure one connection. */
  | { kind: 'setup'; organizationId: OrganizationId; connectionId: ConnectionId; linkId: SetupLinkId }
  | { kind: 'system'; organizationId: OrganizationId | null }
);
/** The IdP behind one connection. */
export interface ScimPrincipal {
  kind: 'scim';
  requestId: string;
  organizationId: OrganizationId;
  connectionId: ConnectionId;
  /** Null when the server runs a request of the log again. */
  tokenId: ScimTokenId | null;
  provider: string;
  settings: ScimSettings;
  /** Told what the request came upon, for its record. */
  trace?: Trace;
}

/** What a request's record tells beside its answer. */
export interface Trace {
  /** Tolerances that were applied, and what was asked for and not done. */
  quirks: Set<string>;
  userId: string | null;
  /** The log's positions that the request was given. */
  positions: { first: number; last: number } | null;
}
export type PrincipalKind = Principal['kind'];

/** The connection whose IdP is calling; null for every other caller. */
export const idpConnectionOf = (principal: Principal): ConnectionId | null =>
  principal.kind === 'scim' ? principal.connectionId : null;

/** The record that an IdP's request is being written into, if any. */
export const traceOf = (principal: Principal): Trace | undefined =>
  principal.kind === 'scim' || principal.kind === 'sso' ? principal.trace : undefined;

/** An empty record. */
export const newTrace = (): Trace => ({ quirks: new Set(), userId: null, positions: null });

/** The server itself: start-up, timers. */
export const system = (organizationId: OrganizationId | null = null): Principal => ({
  kind: 'system',
  organizationId,
  requestId: randomUUID(),
});

/** The same caller, acting in one organization: its own, or the one that a platform key has chosen. */
export function within(principal: Principal, organizationId: OrganizationId): Principal {
  if (principal.organizationId === organizationId) return principal;
  invariant(principal.organizationId === null, 'a principal cannot leave its organization');
  return { ...principal, organizationId };
}

/** The actor as the event log names it. */
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
