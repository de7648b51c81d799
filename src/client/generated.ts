/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
export type ActorKind =
  | 'API'
  | 'SCIM'
  | 'SSO'
  | 'SYSTEM'
  | 'USER';

export type AttributeMappingInput = {
  source: string;
  target: string;
};

/** How a client proves who it is at the token endpoint. */
export type ClientAuthMethod =
  | 'CLIENT_SECRET_BASIC'
  | 'CLIENT_SECRET_POST'
  | 'NONE'
  | 'PRIVATE_KEY_JWT';

/** Only an ACTIVE one provisions and signs people in. */
export type ConnectionState =
  | 'ACTIVE'
  | 'DRAFT'
  | 'INACTIVE';

export type CreateApiKeyInput = {
  expiresAt?: string | null | undefined;
  name: string;
  /** Without it a platform key, which only a platform key can make. */
  organizationId?: string | number | null | undefined;
  scopes: Array<Scope>;
};

export type CreateConnectionInput = {
  attributeMappings?: Array<AttributeMappingInput> | null | undefined;
  /** Entitlements to publish to the IdP at /Entitlements. */
  entitlements?: Array<string> | null | undefined;
  grantableRoles?: Array<string> | null | undefined;
  groupMappings?: Array<GroupMappingInput> | null | undefined;
  jit?: JitPolicyInput | null | undefined;
  name: string;
  oidc?: OidcInput | null | undefined;
  onExisting?: OnExisting | null | undefined;
  organizationId: string | number;
  provider: Provider;
  saml?: SamlInput | null | undefined;
  scim?: boolean | null | undefined;
  /** Extension schemas of this IdP in the form of RFC 7643 section 7, with `resourceType` User (unless said) or Group. */
  scimExtensions?: Array<unknown> | null | undefined;
  signalsIssuer?: string | null | undefined;
  /** Default: ACTIVE with `oidc`, `saml` or `scim`, or else DRAFT, for a setup link. ACTIVE is refused without any of them. */
  state?: ConnectionState | null | undefined;
};

export type CreateConsumerInput = {
  /** Where it begins. Absent: now. */
  after?: string | null | undefined;
  /** Letters, digits, ".", ":", "_" and "-". An existing one of the name is given back. */
  name: string;
  /** Absent, for keys of the platform: the log of all organizations. */
  organizationId?: string | number | null | undefined;
  types?: Array<EventType> | null | undefined;
};

export type EmailInput = {
  primary?: boolean | null | undefined;
  type?: string | null | undefined;
  value: string;
};

/** What happened. docs/events.md shows each payload. New versions add values. */
export type EventType =
  /** A connection needs attention. `kind` is the cause. The subject is the user if no connection is known. */
  | 'CONNECTION_ATTENTION'
  /** A connection was created. */
  | 'CONNECTION_CREATED'
  /** A connection was deleted, after one event for each user that it managed. */
  | 'CONNECTION_DELETED'
  /** An IdP deprovisioned more than 50 users and more than 5 % of the users that it manages within ten minutes. */
  | 'CONNECTION_MASS_CHANGE'
  /** A SCIM token or SCIM client was created, or revoked. */
  | 'CONNECTION_TOKEN_ROTATED'
  /** Settings or secrets of a connection changed; see `changes`. */
  | 'CONNECTION_UPDATED'
  /** A named consumer is half of the retention period behind. At most once a day. */
  | 'CONSUMER_LAGGING'
  /** The TXT record of a verified domain has been missing for seven days. */
  | 'DOMAIN_LAPSED'
  /** A domain was verified. */
  | 'DOMAIN_VERIFIED'
  /** A group was created. */
  | 'GROUP_CREATED'
  /** A group was deleted, after one `GROUP_MEMBER_REMOVED` per member. */
  | 'GROUP_DELETED'
  /** A user or group became a member. One event per member. */
  | 'GROUP_MEMBER_ADDED'
  /** A user or group is no longer a member. One event per member. */
  | 'GROUP_MEMBER_REMOVED'
  /** Name, ids, attributes or roles changed; see `changes`. */
  | 'GROUP_UPDATED'
  /** An organization was created. */
  | 'ORGANIZATION_CREATED'
  /** An organization was deleted. The last event of its log. */
  | 'ORGANIZATION_DELETED'
  /** A user was created beyond the seat limit, or was refused. At most once an hour. */
  | 'ORGANIZATION_SEATS_EXCEEDED'
  /** A seat is free again. */
  | 'ORGANIZATION_SEATS_FREED'
  /** Settings of an organization changed; see `changes`. */
  | 'ORGANIZATION_UPDATED'
  /** Sessions ended before they expired. The subject is the connection if all sessions through it ended. A suspension or a deprovisioning ends sessions without this event. */
  | 'SESSION_REVOKED'
  /** A user signed in. */
  | 'SESSION_STARTED'
  /** A sign-in was denied. The subject is the connection if no user was found. */
  | 'SIGN_IN_DENIED'
  /** A SCIM connection became the manager of an unmanaged user. */
  | 'USER_ADOPTED'
  /** The user was purged. Only the id is left. */
  | 'USER_DELETED'
  /** ACTIVE or SUSPENDED became DEPROVISIONED. */
  | 'USER_DEPROVISIONED'
  /** The primary email address changed. Always next to `USER_UPDATED`. */
  | 'USER_EMAIL_CHANGED'
  /** An invitation expired. The invited user was deleted. */
  | 'USER_INVITATION_EXPIRED'
  /** A user was invited. The status is PENDING until the first sign-in. */
  | 'USER_INVITED'
  /** A user was created, or accepted an invitation. */
  | 'USER_PROVISIONED'
  /** DEPROVISIONED became ACTIVE or SUSPENDED, under the same id. */
  | 'USER_REACTIVATED'
  /** The effective roles changed. One event per user and cause. */
  | 'USER_ROLES_CHANGED'
  /** The user was blocked locally. */
  | 'USER_SUSPENDED'
  /** The local block was removed. */
  | 'USER_UNSUSPENDED'
  /** Profile, identities, manager or protection changed; see `changes`. */
  | 'USER_UPDATED'
  /** No delivery to a webhook endpoint has succeeded for `WEBHOOK_FAILING_HOURS`. */
  | 'WEBHOOK_FAILING';

export type GroupMappingInput = {
  group: string;
  roles: Array<string>;
};

export type ImportOutcome =
  | 'CREATED'
  | 'REFUSED'
  | 'UNCHANGED'
  | 'UPDATED';

export type ImportUserInput = {
  attributes?: unknown;
  department?: string | null | undefined;
  displayName?: string | null | undefined;
  emails?: Array<EmailInput> | null | undefined;
  employeeNumber?: string | null | undefined;
  /** The IdP's lasting id of the person; needs `connectionId`. */
  externalId?: string | null | undefined;
  familyName?: string | null | undefined;
  givenName?: string | null | undefined;
  locale?: string | null | undefined;
  /** The id of a user of the organization. An import can also name one who comes later, by userName. */
  managerId?: string | number | null | undefined;
  roles?: Array<string> | null | undefined;
  /** Status of the user where the row was exported. A user that does not exist is created only if it is ACTIVE or absent. The status of an existing user does not change. */
  status?: UserStatus | null | undefined;
  timezone?: string | null | undefined;
  title?: string | null | undefined;
  userName: string;
};

export type ImportUsersInput = {
  /** The connection whose IdP knows the people by `externalId`. */
  connectionId?: string | number | null | undefined;
  organizationId: string | number;
  /** 500 at most; a file goes in several requests. */
  users: Array<ImportUserInput>;
};

/** Whether a sign-in may create an account. INVITED: only for people who were invited. */
export type JitMode =
  | 'DISABLED'
  | 'ENABLED'
  | 'INVITED'
  | 'UNLESS_SCIM';

export type JitPolicyInput = {
  allowedDomains?: Array<string> | null | undefined;
  defaultGroupIds?: Array<string | number> | null | undefined;
  defaultRoles?: Array<string> | null | undefined;
  deprovisionOnGroupLoss?: boolean | null | undefined;
  /** Null lets accounts stand. */
  dormantAfterDays?: number | null | undefined;
  groupsClaim?: string | null | undefined;
  mode?: JitMode | null | undefined;
  reactivateOnSignIn?: boolean | null | undefined;
  refreshProfile?: boolean | null | undefined;
  requireVerifiedEmail?: boolean | null | undefined;
  requiredGroups?: Array<string> | null | undefined;
  syncGroups?: boolean | null | undefined;
  vouchesForEmail?: boolean | null | undefined;
};

export type OidcInput = {
  clientId: string;
  /** Kept sealed; never shown again. */
  clientSecret?: string | null | undefined;
  enabled?: boolean | null | undefined;
  hostedDomains?: Array<string> | null | undefined;
  issuer: string;
  scopes?: Array<string> | null | undefined;
  subjectClaim?: string | null | undefined;
  /** CLIENT_SECRET_BASIC unless said otherwise. */
  tokenEndpointAuthMethod?: ClientAuthMethod | null | undefined;
};

/** What a POST for a person whom no SCIM connection manages does. */
export type OnExisting =
  | 'ADOPT'
  | 'CONFLICT'
  | 'REVIEW';

/** Where it came from. */
export type Origin =
  | 'API'
  | 'IMPORT'
  | 'JIT'
  | 'SCIM';

/** The IdP's make; it chooses the dialect. */
export type Provider =
  | 'AUTHENTIK'
  | 'CYBERARK'
  | 'DUO'
  | 'ENTRA'
  | 'GENERIC'
  | 'GOOGLE'
  | 'JUMPCLOUD'
  | 'KEYCLOAK'
  | 'OKTA'
  | 'ONELOGIN'
  | 'PING'
  | 'RIPPLING'
  | 'TEST';

/** How requests reach the IdP. */
export type SamlBinding =
  | 'POST'
  | 'REDIRECT';

/** Either metadata (XML or a URL to it) or the three values it holds. */
export type SamlInput = {
  allowIdpInitiated?: boolean | null | undefined;
  certificates?: Array<string> | null | undefined;
  enabled?: boolean | null | undefined;
  idpEntityId?: string | null | undefined;
  metadataUrl?: string | null | undefined;
  metadataXml?: string | null | undefined;
  nameIdFormat?: string | null | undefined;
  signRequests?: boolean | null | undefined;
  sloUrl?: string | null | undefined;
  ssoBinding?: SamlBinding | null | undefined;
  ssoUrl?: string | null | undefined;
  subjectAttribute?: string | null | undefined;
};

/** What an API key may do. ADMIN includes the others. */
export type Scope =
  | 'ADMIN'
  | 'CONNECTIONS_MANAGE'
  | 'DIRECTORY_READ'
  | 'DIRECTORY_WRITE'
  | 'EVENTS_READ'
  | 'SIGN_IN';

export type UserFilter = {
  connectionId?: string | number | null | undefined;
  email?: string | null | undefined;
  groupId?: string | number | null | undefined;
  hasSignedIn?: boolean | null | undefined;
  origin?: Origin | null | undefined;
  /** A SCIM filter expression (RFC 7644 section 3.4.2.2), the same language that IdPs use. */
  scim?: string | null | undefined;
  /** Words that names, userName or email have in them, in any order; words of one or two letters where a name begins. */
  search?: string | null | undefined;
  status?: Array<UserStatus> | null | undefined;
  updatedAfter?: string | null | undefined;
  userName?: string | null | undefined;
};

/** PENDING: invited, listed, no access yet. */
export type UserStatus =
  | 'ACTIVE'
  | 'DEPROVISIONED'
  | 'PENDING'
  | 'SUSPENDED';

export type CreateConnectionMutationVariables = Exact<{
  input: CreateConnectionInput;
}>;


export type CreateConnectionMutation = { createConnection: { scimToken: string | null, connection: { id: string, name: string, provider: Provider, state: ConnectionState, scim: { baseUrl: string } | null, oidc: { redirectUri: string } | null, saml: { acsUrl: string, spEntityId: string, metadataUrl: string } | null } } };

export type RotateScimTokenMutationVariables = Exact<{
  connectionId: string | number;
  overlapSeconds?: number | null | undefined;
}>;


export type RotateScimTokenMutation = { rotateScimToken: { token: string, expiresAt: string | null } };

export type CreateApiKeyMutationVariables = Exact<{
  input: CreateApiKeyInput;
}>;


export type CreateApiKeyMutation = { createApiKey: { secret: string, apiKey: { id: string, name: string, scopes: Array<Scope>, expiresAt: string | null } } };

export type RevokeApiKeyMutationVariables = Exact<{
  id: string | number;
}>;


export type RevokeApiKeyMutation = { revokeApiKey: { deletedId: string } };

export type ListApiKeysQueryVariables = Exact<{
  after?: string | null | undefined;
}>;


export type ListApiKeysQuery = { apiKeys: { nodes: Array<{ id: string, name: string, scopes: Array<Scope>, hint: string, createdAt: string, expiresAt: string | null, lastUsedAt: string | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type ListOrganizationApiKeysQueryVariables = Exact<{
  organizationId: string | number;
}>;


export type ListOrganizationApiKeysQuery = { organization: { apiKeys: Array<{ id: string, name: string, scopes: Array<Scope>, hint: string, createdAt: string, expiresAt: string | null, lastUsedAt: string | null }> } | null };

export type EventFieldsFragment = { id: string, cursor: string, position: number, previousPosition: number, type: EventType, occurredAt: string, subjectId: string, requestId: string | null, data: unknown, organization: { id: string }, actor: { kind: ActorKind }, changes: Array<{ path: string, before: unknown, after: unknown }> };

export type EventsSubscriptionVariables = Exact<{
  organizationId?: string | number | null | undefined;
  types?: Array<EventType> | EventType | null | undefined;
  subjectId?: string | number | null | undefined;
  after?: string | null | undefined;
}>;


export type EventsSubscription = { events: { id: string, cursor: string, position: number, previousPosition: number, type: EventType, occurredAt: string, subjectId: string, requestId: string | null, data: unknown, organization: { id: string }, actor: { kind: ActorKind }, changes: Array<{ path: string, before: unknown, after: unknown }> } };

export type EventPageQueryVariables = Exact<{
  organizationId?: string | number | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  types?: Array<EventType> | EventType | null | undefined;
  subjectId?: string | number | null | undefined;
}>;


export type EventPageQuery = { events: { nodes: Array<{ id: string, cursor: string, position: number, previousPosition: number, type: EventType, occurredAt: string, subjectId: string, requestId: string | null, data: unknown, organization: { id: string }, actor: { kind: ActorKind }, changes: Array<{ path: string, before: unknown, after: unknown }> }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type EventCursorQueryVariables = Exact<{
  organizationId?: string | number | null | undefined;
}>;


export type EventCursorQuery = { eventCursor: string };

export type SnapshotQueryVariables = Exact<{
  organizationId: string | number;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type SnapshotQuery = { organization: { snapshot: { cursor: string, next: string | null, users: Array<{ id: string, status: UserStatus, active: boolean, userName: string, email: string | null, displayName: string | null, givenName: string | null, familyName: string | null, roles: Array<string>, origin: Origin }>, groups: Array<{ id: string, displayName: string, externalId: string | null, origin: Origin, roles: Array<string> }>, memberships: Array<{ groupId: string, userId: string | null, memberGroupId: string | null }> } } | null };

export type CheckCursorQueryVariables = Exact<{
  organizationId?: string | number | null | undefined;
  after: string;
}>;


export type CheckCursorQuery = { events: { nodes: Array<{ id: string }> } };

export type CreateConsumerMutationVariables = Exact<{
  input: CreateConsumerInput;
}>;


export type CreateConsumerMutation = { createConsumer: { consumer: { id: string, name: string, cursor: string, epoch: string, lag: number } } };

export type AcknowledgeMutationVariables = Exact<{
  consumerId: string | number;
  cursor: string;
}>;


export type AcknowledgeMutation = { acknowledge: { consumer: { id: string, cursor: string, lag: number } } };

export type ImportUsersMutationVariables = Exact<{
  input: ImportUsersInput;
  dryRun?: boolean | null | undefined;
}>;


export type ImportUsersMutation = { importUsers: { created: number, updated: number, unchanged: number, refused: number, rows: Array<{ row: number, outcome: ImportOutcome, code: string | null, field: string | null, message: string | null }> } };

export type ExportUsersQueryVariables = Exact<{
  organizationId: string | number;
  after?: string | null | undefined;
}>;


export type ExportUsersQuery = { organization: { users: { nodes: Array<{ id: string, userName: string, status: UserStatus, origin: Origin, displayName: string | null, givenName: string | null, familyName: string | null, title: string | null, department: string | null, employeeNumber: string | null, locale: string | null, timezone: string | null, roles: Array<string>, attributes: unknown, emails: Array<{ value: string, type: string | null, primary: boolean }>, manager: { userName: string } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

export type ExportGroupsQueryVariables = Exact<{
  organizationId: string | number;
  after?: string | null | undefined;
}>;


export type ExportGroupsQuery = { organization: { groups: { nodes: Array<{ id: string, displayName: string, externalId: string | null, origin: Origin, roles: Array<string>, memberCount: number }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

export type ExportMembersQueryVariables = Exact<{
  groupId: string | number;
  after?: string | null | undefined;
}>;


export type ExportMembersQuery = { group: { members: { nodes: Array<{ id: string, userName: string }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

export type UserQueryVariables = Exact<{
  id: string | number;
}>;


export type UserQuery = { user: { id: string, status: UserStatus, userName: string, email: string | null, displayName: string | null, roles: Array<string>, scimManaged: boolean, lastSignInAt: string | null } | null };

export type UsersQueryVariables = Exact<{
  organizationId: string | number;
  first?: number | null | undefined;
  after?: string | null | undefined;
  filter?: UserFilter | null | undefined;
}>;


export type UsersQuery = { organization: { users: { nodes: Array<{ id: string, status: UserStatus, userName: string, email: string | null, displayName: string | null, groups: { nodes: Array<{ id: string, displayName: string }> } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

export type SignInWithIdTokenMutationVariables = Exact<{
  connectionId: string | number;
  idToken: string;
  nonce?: string | null | undefined;
}>;


export type SignInWithIdTokenMutation = { signInWithIdToken: { provisioned: boolean, accessToken: string, expiresAt: string, user: { id: string, status: UserStatus, email: string | null, roles: Array<string> } } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const EventFieldsFragmentDoc = new TypedDocumentString(`
    fragment EventFields on Event {
  id
  cursor
  position
  previousPosition
  type
  organization {
    id
  }
  occurredAt
  actor {
    kind
  }
  subjectId
  requestId
  data
  changes {
    path
    before
    after
  }
}
    `, {"fragmentName":"EventFields"}) as unknown as TypedDocumentString<EventFieldsFragment, unknown>;
export const CreateConnectionDocument = new TypedDocumentString(`
    mutation CreateConnection($input: CreateConnectionInput!) {
  createConnection(input: $input) {
    scimToken
    connection {
      id
      name
      provider
      state
      scim {
        baseUrl
      }
      oidc {
        redirectUri
      }
      saml {
        acsUrl
        spEntityId
        metadataUrl
      }
    }
  }
}
    `) as unknown as TypedDocumentString<CreateConnectionMutation, CreateConnectionMutationVariables>;
export const RotateScimTokenDocument = new TypedDocumentString(`
    mutation RotateScimToken($connectionId: ID!, $overlapSeconds: Int) {
  rotateScimToken(connectionId: $connectionId, overlapSeconds: $overlapSeconds) {
    token
    expiresAt
  }
}
    `) as unknown as TypedDocumentString<RotateScimTokenMutation, RotateScimTokenMutationVariables>;
export const CreateApiKeyDocument = new TypedDocumentString(`
    mutation CreateApiKey($input: CreateApiKeyInput!) {
  createApiKey(input: $input) {
    secret
    apiKey {
      id
      name
      scopes
      expiresAt
    }
  }
}
    `) as unknown as TypedDocumentString<CreateApiKeyMutation, CreateApiKeyMutationVariables>;
export const RevokeApiKeyDocument = new TypedDocumentString(`
    mutation RevokeApiKey($id: ID!) {
  revokeApiKey(id: $id) {
    deletedId
  }
}
    `) as unknown as TypedDocumentString<RevokeApiKeyMutation, RevokeApiKeyMutationVariables>;
export const ListApiKeysDocument = new TypedDocumentString(`
    query ListApiKeys($after: Cursor) {
  apiKeys(first: 200, after: $after) {
    nodes {
      id
      name
      scopes
      hint
      createdAt
      expiresAt
      lastUsedAt
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<ListApiKeysQuery, ListApiKeysQueryVariables>;
export const ListOrganizationApiKeysDocument = new TypedDocumentString(`
    query ListOrganizationApiKeys($organizationId: ID!) {
  organization(id: $organizationId) {
    apiKeys {
      id
      name
      scopes
      hint
      createdAt
      expiresAt
      lastUsedAt
    }
  }
}
    `) as unknown as TypedDocumentString<ListOrganizationApiKeysQuery, ListOrganizationApiKeysQueryVariables>;
export const EventsDocument = new TypedDocumentString(`
    subscription Events($organizationId: ID, $types: [EventType!], $subjectId: ID, $after: Cursor) {
  events(
    organizationId: $organizationId
    types: $types
    subjectId: $subjectId
    after: $after
  ) {
    ...EventFields
  }
}
    fragment EventFields on Event {
  id
  cursor
  position
  previousPosition
  type
  organization {
    id
  }
  occurredAt
  actor {
    kind
  }
  subjectId
  requestId
  data
  changes {
    path
    before
    after
  }
}`) as unknown as TypedDocumentString<EventsSubscription, EventsSubscriptionVariables>;
export const EventPageDocument = new TypedDocumentString(`
    query EventPage($organizationId: ID, $first: Int, $after: Cursor, $types: [EventType!], $subjectId: ID) {
  events(
    organizationId: $organizationId
    first: $first
    after: $after
    types: $types
    subjectId: $subjectId
  ) {
    nodes {
      ...EventFields
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    fragment EventFields on Event {
  id
  cursor
  position
  previousPosition
  type
  organization {
    id
  }
  occurredAt
  actor {
    kind
  }
  subjectId
  requestId
  data
  changes {
    path
    before
    after
  }
}`) as unknown as TypedDocumentString<EventPageQuery, EventPageQueryVariables>;
export const EventCursorDocument = new TypedDocumentString(`
    query EventCursor($organizationId: ID) {
  eventCursor(organizationId: $organizationId)
}
    `) as unknown as TypedDocumentString<EventCursorQuery, EventCursorQueryVariables>;
export const SnapshotDocument = new TypedDocumentString(`
    query Snapshot($organizationId: ID!, $first: Int, $after: Cursor) {
  organization(id: $organizationId) {
    snapshot(first: $first, after: $after) {
      cursor
      next
      users {
        id
        status
        active
        userName
        email
        displayName
        givenName
        familyName
        roles
        origin
      }
      groups {
        id
        displayName
        externalId
        origin
        roles
      }
      memberships {
        groupId
        userId
        memberGroupId
      }
    }
  }
}
    `) as unknown as TypedDocumentString<SnapshotQuery, SnapshotQueryVariables>;
export const CheckCursorDocument = new TypedDocumentString(`
    query CheckCursor($organizationId: ID, $after: Cursor!) {
  events(organizationId: $organizationId, after: $after, first: 1) {
    nodes {
      id
    }
  }
}
    `) as unknown as TypedDocumentString<CheckCursorQuery, CheckCursorQueryVariables>;
export const CreateConsumerDocument = new TypedDocumentString(`
    mutation CreateConsumer($input: CreateConsumerInput!) {
  createConsumer(input: $input) {
    consumer {
      id
      name
      cursor
      epoch
      lag
    }
  }
}
    `) as unknown as TypedDocumentString<CreateConsumerMutation, CreateConsumerMutationVariables>;
export const AcknowledgeDocument = new TypedDocumentString(`
    mutation Acknowledge($consumerId: ID!, $cursor: Cursor!) {
  acknowledge(consumerId: $consumerId, cursor: $cursor) {
    consumer {
      id
      cursor
      lag
    }
  }
}
    `) as unknown as TypedDocumentString<AcknowledgeMutation, AcknowledgeMutationVariables>;
export const ImportUsersDocument = new TypedDocumentString(`
    mutation ImportUsers($input: ImportUsersInput!, $dryRun: Boolean) {
  importUsers(input: $input, dryRun: $dryRun) {
    created
    updated
    unchanged
    refused
    rows {
      row
      outcome
      code
      field
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ImportUsersMutation, ImportUsersMutationVariables>;
export const ExportUsersDocument = new TypedDocumentString(`
    query ExportUsers($organizationId: ID!, $after: Cursor) {
  organization(id: $organizationId) {
    users(first: 200, after: $after) {
      nodes {
        id
        userName
        status
        origin
        emails {
          value
          type
          primary
        }
        displayName
        givenName
        familyName
        title
        department
        employeeNumber
        locale
        timezone
        manager {
          userName
        }
        roles
        attributes
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ExportUsersQuery, ExportUsersQueryVariables>;
export const ExportGroupsDocument = new TypedDocumentString(`
    query ExportGroups($organizationId: ID!, $after: Cursor) {
  organization(id: $organizationId) {
    groups(first: 50, after: $after) {
      nodes {
        id
        displayName
        externalId
        origin
        roles
        memberCount
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ExportGroupsQuery, ExportGroupsQueryVariables>;
export const ExportMembersDocument = new TypedDocumentString(`
    query ExportMembers($groupId: ID!, $after: Cursor) {
  group(id: $groupId) {
    members(first: 200, after: $after) {
      nodes {
        id
        userName
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ExportMembersQuery, ExportMembersQueryVariables>;
export const UserDocument = new TypedDocumentString(`
    query User($id: ID!) {
  user(id: $id) {
    id
    status
    userName
    email
    displayName
    roles
    scimManaged
    lastSignInAt
  }
}
    `) as unknown as TypedDocumentString<UserQuery, UserQueryVariables>;
export const UsersDocument = new TypedDocumentString(`
    query Users($organizationId: ID!, $first: Int, $after: Cursor, $filter: UserFilter) {
  organization(id: $organizationId) {
    users(first: $first, after: $after, filter: $filter) {
      nodes {
        id
        status
        userName
        email
        displayName
        groups(first: 20) {
          nodes {
            id
            displayName
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
    `) as unknown as TypedDocumentString<UsersQuery, UsersQueryVariables>;
export const SignInWithIdTokenDocument = new TypedDocumentString(`
    mutation SignInWithIdToken($connectionId: ID!, $idToken: String!, $nonce: String) {
  signInWithIdToken(connectionId: $connectionId, idToken: $idToken, nonce: $nonce) {
    provisioned
    accessToken
    expiresAt
    user {
      id
      status
      email
      roles
    }
  }
}
    `) as unknown as TypedDocumentString<SignInWithIdTokenMutation, SignInWithIdTokenMutationVariables>;