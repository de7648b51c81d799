import type { ApiScope, Principal, PrincipalKind, Scope } from './principal.js';

/** Object of an authorization check, with the fields that the rules use. */
export interface Target {
  organizationId?: string | null;
  id?: string;
  userId?: string;
  connectionId?: string | null;
  scimConnectionId?: string | null;
}

type Rule<P> = (principal: P, target: Target) => boolean;
type Rules = {
  /**
   * Scopes of API keys. Any one of them allows the action. ADMIN allows every action, and is listed only where no other
   * scope does.
   */
  apiKey: readonly Scope[];
} & { [K in Exclude<PrincipalKind, 'apiKey' | 'system' | 'user'>]?: Rule<Extract<Principal, { kind: K }>> } & (
    | { user?: undefined }
    | {
        user: Rule<Extract<Principal, { kind: 'user' }>>;
        /** Scopes of access tokens. The user's access token of an application must have one of them. */
        token: readonly ApiScope[];
      }
  );

const reading = ['directory.read', 'directory.manage'] as const;
const managing = ['directory.manage'] as const;
const following = ['events.read'] as const;

const ownConnection: Rule<{ connectionId: string }> = ({ connectionId }, target) => target.id === connectionId;
// A SCIM connection can change its own users and users that no SCIM connection manages. The adoption rules apply later.
const managedOrFree: Rule<{ connectionId: string }> = ({ connectionId }, { scimConnectionId }) =>
  (scimConnectionId ?? connectionId) === connectionId;
const ownGroup: Rule<{ connectionId: string }> = (principal, target) => target.connectionId === principal.connectionId;
const always = () => true;
/** True for users with an administrative role. */
const administrator: Rule<{ administrative: boolean }> = ({ administrative }) => administrative;
const selfOrAdministrator: Rule<{ userId: string; administrative: boolean }> = ({ userId, administrative }, { id }) =>
  administrative || id === userId;
const ownSession: Rule<{ userId: string; administrative: boolean }> = ({ userId, administrative }, target) =>
  administrative || target.userId === userId;

/**
 * Permissions by action. A kind of principal without a rule is not allowed. The server itself (`system`) can do
 * everything.
 */
export const policy = {
  'organization.create': { apiKey: ['ADMIN'] },
  'organization.read': {
    apiKey: ['DIRECTORY_READ', 'DIRECTORY_WRITE', 'CONNECTIONS_MANAGE', 'EVENTS_READ'],
    user: always,
    token: reading,
  },
  'organization.update': { apiKey: ['ADMIN'] },
  'organization.delete': { apiKey: ['ADMIN'] },
  // The settings and the database of the server: only the operator reads them.
  'deployment.read': { apiKey: ['ADMIN'] },
  'domain.manage': { apiKey: ['CONNECTIONS_MANAGE'] },
  'domain.force': { apiKey: ['ADMIN'] },
  'connection.read': {
    apiKey: ['DIRECTORY_READ', 'CONNECTIONS_MANAGE'],
    scim: ownConnection,
    sso: ownConnection,
    user: administrator,
    token: reading,
    setup: ownConnection,
  },
  'connection.manage': { apiKey: ['CONNECTIONS_MANAGE'] },
  // How and whether the IdP is connected: the customer's own administrator knows these settings.
  'connection.configure': { apiKey: ['CONNECTIONS_MANAGE'], setup: ownConnection },
  'request.read': {
    apiKey: ['DIRECTORY_READ', 'CONNECTIONS_MANAGE'],
    user: administrator,
    token: reading,
    setup: ownConnection,
  },
  'request.replay': { apiKey: ['CONNECTIONS_MANAGE'] },
  'user.read': {
    apiKey: ['DIRECTORY_READ', 'DIRECTORY_WRITE'],
    scim: managedOrFree,
    sso: always,
    user: always,
    token: reading,
  },
  // Fields that other users of the organization must not see, listed in adapters/graphql/lists/private-fields.ts.
  'user.readPrivate': {
    apiKey: ['DIRECTORY_READ', 'DIRECTORY_WRITE'],
    sso: always,
    user: selfOrAdministrator,
    token: reading,
  },
  'organization.readPrivate': {
    apiKey: ['DIRECTORY_READ', 'DIRECTORY_WRITE', 'CONNECTIONS_MANAGE'],
    user: administrator,
    token: reading,
  },
  // The roles of the organization, with the number of users and groups that have each.
  'role.read': { apiKey: ['DIRECTORY_READ', 'DIRECTORY_WRITE'], user: administrator, token: reading },
  'user.create': { apiKey: ['DIRECTORY_WRITE'], scim: always, sso: always, user: administrator, token: managing },
  'user.update': {
    apiKey: ['DIRECTORY_WRITE'],
    scim: managedOrFree,
    sso: always,
    user: administrator,
    token: managing,
  },
  'user.adopt': { apiKey: ['ADMIN'], scim: managedOrFree },
  'user.protect': { apiKey: ['ADMIN'] },
  'user.invite': { apiKey: ['DIRECTORY_WRITE'], user: administrator, token: managing },
  'user.resolve': { apiKey: ['DIRECTORY_WRITE'], user: administrator, token: managing },
  'user.unlink': { apiKey: ['DIRECTORY_WRITE'], user: administrator, token: managing },
  'user.suspend': { apiKey: ['DIRECTORY_WRITE'], user: administrator, token: managing },
  'user.deprovision': {
    apiKey: ['DIRECTORY_WRITE'],
    scim: managedOrFree,
    sso: always,
    user: administrator,
    token: managing,
  },
  'user.erase': { apiKey: ['ADMIN'] },
  'user.reactivate': {
    apiKey: ['DIRECTORY_WRITE'],
    scim: managedOrFree,
    sso: always,
    user: administrator,
    token: managing,
  },
  'group.read': { apiKey: ['DIRECTORY_READ', 'DIRECTORY_WRITE'], scim: ownGroup, user: always, token: reading },
  'group.create': { apiKey: ['DIRECTORY_WRITE'], scim: always, sso: always, user: administrator, token: managing },
  'group.update': { apiKey: ['DIRECTORY_WRITE'], scim: ownGroup, sso: always, user: administrator, token: managing },
  // An IdP never decides what the members can do in the application.
  'group.grant': { apiKey: ['DIRECTORY_WRITE'], user: administrator, token: managing },
  'group.delete': { apiKey: ['DIRECTORY_WRITE'], scim: ownGroup, user: administrator, token: managing },
  // What needs attention. Each kind of item also needs the permission to read its objects.
  'attention.read': {
    apiKey: ['DIRECTORY_READ', 'DIRECTORY_WRITE', 'CONNECTIONS_MANAGE', 'EVENTS_READ'],
    user: administrator,
    token: [...reading, ...following],
  },
  // Numbers of events and requests by time.
  'activity.read': { apiKey: ['EVENTS_READ'], user: administrator, token: following },
  'event.read': { apiKey: ['EVENTS_READ'], user: administrator, token: following },
  'consumer.read': { apiKey: ['EVENTS_READ'], user: administrator, token: following },
  'consumer.manage': { apiKey: ['EVENTS_READ'] },
  'webhook.read': { apiKey: ['EVENTS_READ'], user: administrator, token: following },
  'webhook.manage': { apiKey: ['ADMIN'], user: administrator, token: managing },
  'session.read': {
    apiKey: ['DIRECTORY_READ', 'DIRECTORY_WRITE'],
    user: ownSession,
    token: reading,
  },
  'session.start': { apiKey: ['ADMIN'], sso: always },
  'session.revoke': { apiKey: ['DIRECTORY_WRITE'], sso: always, user: ownSession, token: managing },
  'signIn.exchange': { apiKey: ['SIGN_IN'] },
  'application.read': { apiKey: ['CONNECTIONS_MANAGE'] },
  'application.manage': { apiKey: ['ADMIN'] },
  'apiKey.read': { apiKey: ['ADMIN'] },
  'apiKey.manage': { apiKey: ['ADMIN'] },
} as const satisfies Record<string, Rules>;

export type Action = keyof typeof policy;
