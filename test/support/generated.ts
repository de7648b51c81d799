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

export type CreateApplicationInput = {
  /** Scopes of this API that the application can request: directory.read, directory.manage, events.read. None unless given. */
  apiScopes?: Array<string> | null | undefined;
  /** Whether a request that names no scope of this API has all `apiScopes`. False unless given. */
  apiScopesUnasked?: boolean | null | undefined;
  backchannelLogoutUri?: string | null | undefined;
  /** Color of buttons on sign-in pages, such as #1a56db; their text is black or white. Null removes it. */
  color?: string | null | undefined;
  initiateLoginUri?: string | null | undefined;
  /** Public keys (RFC 7517), for PRIVATE_KEY_JWT. */
  jwks?: unknown;
  /** Logo on sign-in pages: a PNG or WebP image in base64, at most 65,536 bytes and 2,048 pixels. Null removes it. */
  logo?: string | null | undefined;
  name: string;
  /** Whose people may sign in; absent: those of every organization. */
  organizationId?: string | number | null | undefined;
  postLogoutRedirectUris?: Array<string> | null | undefined;
  /** Whole URLs, compared character by character. */
  redirectUris: Array<string>;
  /** Seconds within which a used refresh token works once more, for two tabs that refresh at once; 0 to 3600. Unless given, 10 for NONE and 0 for others. */
  refreshGraceSeconds?: number | null | undefined;
  /** Support contact on sign-in pages: an email address or an https URL. Null removes it. */
  supportContact?: string | null | undefined;
  /** CLIENT_SECRET_BASIC unless said otherwise; NONE for browser and native applications, by PKCE alone. */
  tokenEndpointAuthMethod?: ClientAuthMethod | null | undefined;
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

export type CreateGroupInput = {
  displayName: string;
  memberIds?: Array<string | number> | null | undefined;
  organizationId: string | number;
  /** What the application grants to the members. */
  roles?: Array<string> | null | undefined;
};

export type CreateOrganizationInput = {
  /** Color of buttons on sign-in pages, such as #1a56db; their text is black or white. Null removes it. */
  color?: string | null | undefined;
  domains?: Array<string> | null | undefined;
  externalId?: string | null | undefined;
  /** Logo on sign-in pages: a PNG or WebP image in base64, at most 65,536 bytes and 2,048 pixels. Null removes it. */
  logo?: string | null | undefined;
  metadata?: unknown;
  name: string;
  seatGrace?: number | null | undefined;
  seatGraceDays?: number | null | undefined;
  seatLimit?: number | null | undefined;
  seatPolicy?: SeatPolicy | null | undefined;
  /** Support contact on sign-in pages: an email address or an https URL. Null removes it. */
  supportContact?: string | null | undefined;
};

export type CreateScimClientInput = {
  connectionId: string | number;
  /** Public keys (RFC 7517) of a client that signs its requests; without them it gets a secret. */
  jwks?: unknown;
  name: string;
};

export type CreateUserInput = {
  attributes?: unknown;
  /** With externalId: the connection whose IdP knows the person by it. */
  connectionId?: string | number | null | undefined;
  department?: string | null | undefined;
  displayName?: string | null | undefined;
  emails?: Array<EmailInput> | null | undefined;
  employeeNumber?: string | null | undefined;
  /** The IdP's lasting id of the person: their first sign-in is matched by it. */
  externalId?: string | null | undefined;
  familyName?: string | null | undefined;
  givenName?: string | null | undefined;
  locale?: string | null | undefined;
  /** The id of a user of the organization. An import can also name one who comes later, by userName. */
  managerId?: string | number | null | undefined;
  organizationId: string | number;
  roles?: Array<string> | null | undefined;
  timezone?: string | null | undefined;
  title?: string | null | undefined;
  userName: string;
};

export type CreateWebhookEndpointInput = {
  /** Where it begins. Absent: with what happens from now on. */
  after?: string | null | undefined;
  /** The `aud` of security event tokens. */
  audience?: string | null | undefined;
  format?: WebhookFormat | null | undefined;
  /** Absent, for keys of the platform: the events of all organizations. */
  organizationId?: string | number | null | undefined;
  /** Absent: every type. */
  types?: Array<EventType> | null | undefined;
  url: string;
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

/** What happens to a new account beyond seatLimit. BLOCK refuses it; GRACE lets seatGrace more in, for seatGraceDays; NOTIFY only tells. */
export type SeatPolicy =
  | 'BLOCK'
  | 'GRACE'
  | 'NOTIFY';

export type UpdateUserInput = {
  /** Roles to assign to the user directly, as `User.assignedRoles` returns them. Absent or null changes nothing. */
  assignedRoles?: Array<string> | null | undefined;
  attributes?: unknown;
  department?: string | null | undefined;
  displayName?: string | null | undefined;
  emails?: Array<EmailInput> | null | undefined;
  employeeNumber?: string | null | undefined;
  /** The updatedAt that you read: refused with CONFLICT when somebody has changed it since. */
  expectedUpdatedAt?: string | null | undefined;
  familyName?: string | null | undefined;
  givenName?: string | null | undefined;
  id: string | number;
  locale?: string | null | undefined;
  /** The id of a user of the organization. An import can also name one who comes later, by userName. */
  managerId?: string | number | null | undefined;
  /** @deprecated Sets the assigned roles, while `User.roles` contains roles from all sources. Use `assignedRoles`. */
  roles?: Array<string> | null | undefined;
  timezone?: string | null | undefined;
  title?: string | null | undefined;
  userName?: string | null | undefined;
};

/** JSON by the Standard Webhooks rules, or security event tokens (RFC 8417) pushed by RFC 8935: SCIM provisioning events (RFC 9967), or the CAEP and RISC events of Shared Signals. */
export type WebhookFormat =
  | 'JSON'
  | 'SCIM_EVENTS'
  | 'SHARED_SIGNALS';

export type CreateOrganizationMutationVariables = Exact<{
  input: CreateOrganizationInput;
}>;


export type CreateOrganizationMutation = { createOrganization: { organization: { id: string } } };

export type CreateConnectionMutationVariables = Exact<{
  input: CreateConnectionInput;
}>;


export type CreateConnectionMutation = { createConnection: { scimToken: string | null, connection: { id: string } } };

export type CreateApiKeyMutationVariables = Exact<{
  input: CreateApiKeyInput;
}>;


export type CreateApiKeyMutation = { createApiKey: { secret: string, apiKey: { id: string } } };

export type CreateUserMutationVariables = Exact<{
  input: CreateUserInput;
}>;


export type CreateUserMutation = { createUser: { user: { id: string } } };

export type CreateGroupMutationVariables = Exact<{
  input: CreateGroupInput;
}>;


export type CreateGroupMutation = { createGroup: { group: { id: string } } };

export type AddDomainMutationVariables = Exact<{
  organizationId: string | number;
  domain: string;
  connectionIds?: Array<string | number> | string | number | null | undefined;
}>;


export type AddDomainMutation = { addDomain: { domain: { id: string } } };

export type VerifyDomainMutationVariables = Exact<{
  id: string | number;
}>;


export type VerifyDomainMutation = { verifyDomain: { domain: { id: string } } };

export type CreateWebhookEndpointMutationVariables = Exact<{
  input: CreateWebhookEndpointInput;
}>;


export type CreateWebhookEndpointMutation = { createWebhookEndpoint: { secret: string | null, webhookEndpoint: { id: string } } };

export type CreateConsumerMutationVariables = Exact<{
  input: CreateConsumerInput;
}>;


export type CreateConsumerMutation = { createConsumer: { consumer: { id: string } } };

export type CreateApplicationMutationVariables = Exact<{
  input: CreateApplicationInput;
}>;


export type CreateApplicationMutation = { createApplication: { clientSecret: string | null, application: { id: string } } };

export type CreateScimClientMutationVariables = Exact<{
  input: CreateScimClientInput;
}>;


export type CreateScimClientMutation = { createScimClient: { client: { id: string } } };

export type CreateSetupLinkMutationVariables = Exact<{
  connectionId: string | number;
}>;


export type CreateSetupLinkMutation = { createSetupLink: { url: string } };

export type SignInWithIdTokenMutationVariables = Exact<{
  connectionId: string | number;
  idToken: string;
}>;


export type SignInWithIdTokenMutation = { signInWithIdToken: { accessToken: string, session: { id: string }, user: { id: string } } };

export type UpdateUserMutationVariables = Exact<{
  input: UpdateUserInput;
}>;


export type UpdateUserMutation = { updateUser: { user: { id: string } } };

export type LogQueryVariables = Exact<{
  id: string | number;
}>;


export type LogQuery = { organization: { events: { nodes: Array<{ id: string, cursor: string, position: number, previousPosition: number, type: EventType, subjectId: string, data: unknown, requestId: string | null, changes: Array<{ path: string, before: unknown, after: unknown }>, actor: { kind: ActorKind } }> } } | null };

export type ScimTokensQueryVariables = Exact<{
  id: string | number;
}>;


export type ScimTokensQuery = { connection: { scim: { tokens: Array<{ id: string }> } | null } | null };

export type LastRequestQueryVariables = Exact<{
  id: string | number;
}>;


export type LastRequestQuery = { connection: { requests: { nodes: Array<{ id: string }> } } | null };

export type PendingLinksQueryVariables = Exact<{
  id: string | number;
}>;


export type PendingLinksQuery = { connection: { pendingLinks: Array<{ id: string, email: string | null }> } | null };

export type NowQueryVariables = Exact<{ [key: string]: never; }>;


export type NowQuery = { eventCursor: string };

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

export const CreateOrganizationDocument = new TypedDocumentString(`
    mutation CreateOrganization($input: CreateOrganizationInput!) {
  createOrganization(input: $input) {
    organization {
      id
    }
  }
}
    `) as unknown as TypedDocumentString<CreateOrganizationMutation, CreateOrganizationMutationVariables>;
export const CreateConnectionDocument = new TypedDocumentString(`
    mutation CreateConnection($input: CreateConnectionInput!) {
  createConnection(input: $input) {
    scimToken
    connection {
      id
    }
  }
}
    `) as unknown as TypedDocumentString<CreateConnectionMutation, CreateConnectionMutationVariables>;
export const CreateApiKeyDocument = new TypedDocumentString(`
    mutation CreateApiKey($input: CreateApiKeyInput!) {
  createApiKey(input: $input) {
    secret
    apiKey {
      id
    }
  }
}
    `) as unknown as TypedDocumentString<CreateApiKeyMutation, CreateApiKeyMutationVariables>;
export const CreateUserDocument = new TypedDocumentString(`
    mutation CreateUser($input: CreateUserInput!) {
  createUser(input: $input) {
    user {
      id
    }
  }
}
    `) as unknown as TypedDocumentString<CreateUserMutation, CreateUserMutationVariables>;
export const CreateGroupDocument = new TypedDocumentString(`
    mutation CreateGroup($input: CreateGroupInput!) {
  createGroup(input: $input) {
    group {
      id
    }
  }
}
    `) as unknown as TypedDocumentString<CreateGroupMutation, CreateGroupMutationVariables>;
export const AddDomainDocument = new TypedDocumentString(`
    mutation AddDomain($organizationId: ID!, $domain: String!, $connectionIds: [ID!]) {
  addDomain(
    organizationId: $organizationId
    domain: $domain
    connectionIds: $connectionIds
  ) {
    domain {
      id
    }
  }
}
    `) as unknown as TypedDocumentString<AddDomainMutation, AddDomainMutationVariables>;
export const VerifyDomainDocument = new TypedDocumentString(`
    mutation VerifyDomain($id: ID!) {
  verifyDomain(id: $id, force: true) {
    domain {
      id
    }
  }
}
    `) as unknown as TypedDocumentString<VerifyDomainMutation, VerifyDomainMutationVariables>;
export const CreateWebhookEndpointDocument = new TypedDocumentString(`
    mutation CreateWebhookEndpoint($input: CreateWebhookEndpointInput!) {
  createWebhookEndpoint(input: $input) {
    secret
    webhookEndpoint {
      id
    }
  }
}
    `) as unknown as TypedDocumentString<CreateWebhookEndpointMutation, CreateWebhookEndpointMutationVariables>;
export const CreateConsumerDocument = new TypedDocumentString(`
    mutation CreateConsumer($input: CreateConsumerInput!) {
  createConsumer(input: $input) {
    consumer {
      id
    }
  }
}
    `) as unknown as TypedDocumentString<CreateConsumerMutation, CreateConsumerMutationVariables>;
export const CreateApplicationDocument = new TypedDocumentString(`
    mutation CreateApplication($input: CreateApplicationInput!) {
  createApplication(input: $input) {
    clientSecret
    application {
      id
    }
  }
}
    `) as unknown as TypedDocumentString<CreateApplicationMutation, CreateApplicationMutationVariables>;
export const CreateScimClientDocument = new TypedDocumentString(`
    mutation CreateScimClient($input: CreateScimClientInput!) {
  createScimClient(input: $input) {
    client {
      id
    }
  }
}
    `) as unknown as TypedDocumentString<CreateScimClientMutation, CreateScimClientMutationVariables>;
export const CreateSetupLinkDocument = new TypedDocumentString(`
    mutation CreateSetupLink($connectionId: ID!) {
  createSetupLink(connectionId: $connectionId) {
    url
  }
}
    `) as unknown as TypedDocumentString<CreateSetupLinkMutation, CreateSetupLinkMutationVariables>;
export const SignInWithIdTokenDocument = new TypedDocumentString(`
    mutation SignInWithIdToken($connectionId: ID!, $idToken: String!) {
  signInWithIdToken(connectionId: $connectionId, idToken: $idToken) {
    accessToken
    session {
      id
    }
    user {
      id
    }
  }
}
    `) as unknown as TypedDocumentString<SignInWithIdTokenMutation, SignInWithIdTokenMutationVariables>;
export const UpdateUserDocument = new TypedDocumentString(`
    mutation UpdateUser($input: UpdateUserInput!) {
  updateUser(input: $input) {
    user {
      id
    }
  }
}
    `) as unknown as TypedDocumentString<UpdateUserMutation, UpdateUserMutationVariables>;
export const LogDocument = new TypedDocumentString(`
    query Log($id: ID!) {
  organization(id: $id) {
    events(first: 1000) {
      nodes {
        id
        cursor
        position
        previousPosition
        type
        subjectId
        data
        requestId
        changes {
          path
          before
          after
        }
        actor {
          kind
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<LogQuery, LogQueryVariables>;
export const ScimTokensDocument = new TypedDocumentString(`
    query ScimTokens($id: ID!) {
  connection(id: $id) {
    scim {
      tokens {
        id
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ScimTokensQuery, ScimTokensQueryVariables>;
export const LastRequestDocument = new TypedDocumentString(`
    query LastRequest($id: ID!) {
  connection(id: $id) {
    requests(first: 1) {
      nodes {
        id
      }
    }
  }
}
    `) as unknown as TypedDocumentString<LastRequestQuery, LastRequestQueryVariables>;
export const PendingLinksDocument = new TypedDocumentString(`
    query PendingLinks($id: ID!) {
  connection(id: $id) {
    pendingLinks {
      id
      email
    }
  }
}
    `) as unknown as TypedDocumentString<PendingLinksQuery, PendingLinksQueryVariables>;
export const NowDocument = new TypedDocumentString(`
    query Now {
  eventCursor
}
    `) as unknown as TypedDocumentString<NowQuery, NowQueryVariables>;