/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** Kind of credential or process that makes a change. */
export type ActorKind =
  /** An API key of an organization or of the platform. */
  | 'API'
  /** An IdP through SCIM. */
  | 'SCIM'
  /** A setup link. Only `Viewer.kind` has this value: events record changes through a setup link as USER. */
  | 'SETUP_LINK'
  /** A sign-in of a user through a connection. */
  | 'SSO'
  /** The server itself, such as a timer. */
  | 'SYSTEM'
  /** A signed-in user with an access token. */
  | 'USER';

/** An attribute mapping: see `AttributeMapping`. */
export type AttributeMappingInput = {
  /** A SCIM path, such as addresses[type eq "work"].locality, or the name of a claim. */
  source: string;
  /** A core attribute, such as title or name.givenName, or the name of a custom attribute. */
  target: string;
};

/** Authentication of a client at a token endpoint. */
export type ClientAuthMethod =
  /** Secret in the Authorization header. */
  | 'CLIENT_SECRET_BASIC'
  /** Secret in the request body. */
  | 'CLIENT_SECRET_POST'
  /** No authentication: a public client, which must use PKCE. */
  | 'NONE'
  /** Assertion signed with the client's private key. */
  | 'PRIVATE_KEY_JWT';

/** Determines whether a connection provisions users and signs them in. */
export type ConnectionState =
  /** The IdP can provision users, and users can sign in. */
  | 'ACTIVE'
  /** Not yet used: only test sign-ins are possible. */
  | 'DRAFT'
  /** The IdP cannot provision users, and users cannot sign in. */
  | 'INACTIVE';

/** Settings of a new API key. */
export type CreateApiKeyInput = {
  /** Expiry of the key. Default: it does not expire. */
  expiresAt?: string | null | undefined;
  /** Name for display, such as in `Actor.label`, 1 to 200 characters. */
  name: string;
  /** Organization of the key. Default: a platform key, which only a platform key can create. */
  organizationId?: string | number | null | undefined;
  /** Permissions of the key, at least one. They cannot be changed later. */
  scopes: Array<Scope>;
};

/** Settings of a new connection. */
export type CreateConnectionInput = {
  /** Attribute mappings, at most 100. */
  attributeMappings?: Array<AttributeMappingInput> | null | undefined;
  /** Entitlements that the IdP can assign, published at /Entitlements. */
  entitlements?: Array<string> | null | undefined;
  /** Roles that this IdP can grant. Default: the roles in `groupMappings`. */
  grantableRoles?: Array<string> | null | undefined;
  /** Group mappings, at most 1,000. */
  groupMappings?: Array<GroupMappingInput> | null | undefined;
  /** Policy for what a sign-in can create and change. */
  jit?: JitPolicyInput | null | undefined;
  /** Name for display, 1 to 256 characters. */
  name: string;
  /** OpenID Connect configuration. It cannot be combined with `saml`. */
  oidc?: OidcInput | null | undefined;
  /**
   * Handling of a SCIM POST for an existing unmanaged user.
   * @deprecated Use provisioning.onExisting.
   */
  onExisting?: OnExisting | null | undefined;
  /** Id of the organization. Fails with NOT_FOUND if it is unknown or belongs to another organization. */
  organizationId: string | number;
  /** Product of the IdP, which selects tolerances and defaults. GENERIC fits any IdP. */
  provider: Provider;
  /** SCIM settings. Default: SCIM is disabled. */
  provisioning?: ScimInput | null | undefined;
  /** SAML configuration. It cannot be combined with `oidc`. */
  saml?: SamlInput | null | undefined;
  /**
   * True if the IdP provisions users through SCIM.
   * @deprecated Use provisioning.enabled.
   */
  scim?: boolean | null | undefined;
  /**
   * Extension schemas of this IdP (RFC 7643 section 7).
   * @deprecated Use provisioning.extensions.
   */
  scimExtensions?: Array<unknown> | null | undefined;
  /** Issuer of the IdP's messages that end sessions. Default: the OIDC issuer. */
  signalsIssuer?: string | null | undefined;
  /** State of the connection. Default: ACTIVE with `oidc`, `saml` or `provisioning`, otherwise DRAFT, for a setup link. ACTIVE requires one of them. */
  state?: ConnectionState | null | undefined;
};

/** Settings of a new consumer. */
export type CreateConsumerInput = {
  /** Cursor after which the consumer starts. Default: the current end of the log. */
  after?: string | null | undefined;
  /** Name of letters, digits, ".", ":", "_" and "-". If a consumer with this name exists, it is returned. */
  name: string;
  /** Organization whose log the consumer reads. Default for platform keys: the log of all organizations. */
  organizationId?: string | number | null | undefined;
  /** Event types that the consumer receives. Default: all. */
  types?: Array<EventType> | null | undefined;
};

/** Cause of the status DEPROVISIONED. */
export type DeprovisionReason =
  /** The application deprovisioned the user. */
  | 'API'
  /** The connection that managed the user was deleted. */
  | 'CONNECTION_DELETED'
  /** The user did not sign in for `dormantAfterDays`. */
  | 'DORMANT'
  /** The IdP deactivated the user. */
  | 'IDP_DEACTIVATED'
  /** The IdP deleted the user. */
  | 'IDP_DELETED'
  /** The user signed in without any of the required groups. */
  | 'SIGN_IN_GROUP_LOST';

/** An email address of a user. */
export type EmailInput = {
  /** True for the primary address. */
  primary?: boolean | null | undefined;
  /** Type of the address, such as work. */
  type?: string | null | undefined;
  /** Address such as name@example.com, at most 254 characters (RFC 5321). */
  value: string;
};

/** Conditions for events. All of them must match; an entry of a list matches alone. A list has at most 100 entries. */
export type EventFilter = {
  /** Id of the connection, API key or user that caused the events. */
  actorId?: string | number | null | undefined;
  /** Kinds, one of which the originators of the events have. */
  actorKinds?: Array<ActorKind> | null | undefined;
  /** Ids of connections that the events concern, or that caused them. */
  connectionIds?: Array<string | number> | null | undefined;
  /** Ids of groups that the events concern. */
  groupIds?: Array<string | number> | null | undefined;
  /** Id of the request that caused the events. */
  requestId?: string | null | undefined;
  /** Earliest time at which an event occurred. */
  since?: string | null | undefined;
  /** Ids of users, groups, connections or other subjects that the events concern. */
  subjectIds?: Array<string | number> | null | undefined;
  /** Event types, one of which the events have. */
  types?: Array<EventType> | null | undefined;
  /** Time before which an event occurred. */
  until?: string | null | undefined;
  /** Ids of users that the events concern. */
  userIds?: Array<string | number> | null | undefined;
};

/** Kind of event. docs/events.md shows each payload. New versions add values. */
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

/** A group mapping: see `GroupMapping`. */
export type GroupMappingInput = {
  /** Name or externalId of the IdP's group. */
  group: string;
  /** Roles of the group's members. */
  roles: Array<string>;
};

/** Outcome of one row of an import. */
export type ImportOutcome =
  /** The user was created. */
  | 'CREATED'
  /** The row is invalid or conflicts with another user. Nothing was changed. */
  | 'REFUSED'
  /** The existing user already has these values. */
  | 'UNCHANGED'
  /** An existing user was changed. */
  | 'UPDATED';

/** One row of an import. Absent fields of an existing user stay unchanged. */
export type ImportUserInput = {
  /** Custom attributes, by SCIM name or URN. */
  attributes?: unknown;
  /** SCIM attribute `department` of the enterprise extension (RFC 7643 section 4.3). */
  department?: string | null | undefined;
  /** SCIM attribute `displayName`, which is shown instead of the given and family name. */
  displayName?: string | null | undefined;
  /** All addresses of the user: the list replaces the existing one. One of them can be primary. */
  emails?: Array<EmailInput> | null | undefined;
  /** SCIM attribute `employeeNumber` of the enterprise extension (RFC 7643 section 4.3). */
  employeeNumber?: string | null | undefined;
  /** Permanent id of the user at the IdP. Requires `connectionId`. */
  externalId?: string | null | undefined;
  /** SCIM attribute `name.familyName`. */
  familyName?: string | null | undefined;
  /** SCIM attribute `name.givenName`. */
  givenName?: string | null | undefined;
  /** SCIM attribute `locale` (RFC 7643 section 4.1.1), such as en-US. */
  locale?: string | null | undefined;
  /** Id of the manager, who is a user of the organization. An import also accepts the userName of a user that it creates later. */
  managerId?: string | number | null | undefined;
  /** Roles assigned directly to the user. */
  roles?: Array<string> | null | undefined;
  /** Status of the user in the exported directory. A new user is created only if it is ACTIVE or absent. The status of an existing user does not change. */
  status?: UserStatus | null | undefined;
  /** SCIM attribute `timezone` (RFC 7643 section 4.1.1), such as Europe/Berlin. */
  timezone?: string | null | undefined;
  /** SCIM attribute `title`, a job title. */
  title?: string | null | undefined;
  /** Name of the user, by which existing users are found, compared case-insensitively. */
  userName: string;
};

/** Users to import into an organization. */
export type ImportUsersInput = {
  /** Connection to which the values of `externalId` belong. Required if a row has an `externalId`. */
  connectionId?: string | number | null | undefined;
  /** Id of the organization. Fails with NOT_FOUND if it is unknown or belongs to another organization. */
  organizationId: string | number;
  /** Users to import, at most 500. Split a larger file into several requests. */
  users: Array<ImportUserInput>;
};

/** Condition under which a sign-in creates a user. */
export type JitMode =
  /** A sign-in never creates a user. */
  | 'DISABLED'
  /** A sign-in can create a user. */
  | 'ENABLED'
  /** Only invited users can sign in for the first time. */
  | 'INVITED'
  /** A sign-in can create a user if the connection does not use SCIM. */
  | 'UNLESS_SCIM';

/** Settings of the sign-in policy. Absent fields stay unchanged. In a change, null clears a field whose description contains "Null", and is refused in the others. */
export type JitPolicyInput = {
  /** Email domains for which a sign-in can create a user. Empty: all domains. */
  allowedDomains?: Array<string> | null | undefined;
  /** Groups of users that a sign-in creates: unmanaged groups of the organization, at most 100. Default for a new connection: none. */
  defaultGroupIds?: Array<string | number> | null | undefined;
  /** Roles of users that a sign-in creates. Default for a new connection: none. */
  defaultRoles?: Array<string> | null | undefined;
  /** True if a sign-in without any of `requiredGroups` deprovisions the user. */
  deprovisionOnGroupLoss?: boolean | null | undefined;
  /** Days without a sign-in after which JIT users that no SCIM connection manages are deprovisioned. Null disables it. */
  dormantAfterDays?: number | null | undefined;
  /** Claim or attribute that contains the user's groups. Default for a new connection: `groups`. */
  groupsClaim?: string | null | undefined;
  /** Condition under which a sign-in creates a user. Default for a new connection: UNLESS_SCIM. */
  mode?: JitMode | null | undefined;
  /** True if a sign-in reactivates a user that was deprovisioned for inactivity. */
  reactivateOnSignIn?: boolean | null | undefined;
  /** True if sign-ins update the profile of users that no SCIM connection manages. */
  refreshProfile?: boolean | null | undefined;
  /** True if the IdP must have verified the email address of a new user. */
  requireVerifiedEmail?: boolean | null | undefined;
  /** Groups in the claims, at least one of which is required to sign in. Empty: none is required. */
  requiredGroups?: Array<string> | null | undefined;
  /** True if sign-ins create the groups in the claims and update their members. */
  syncGroups?: boolean | null | undefined;
  /** True if the operator guarantees that no user of this IdP can choose another user's address. */
  trustsEmail?: boolean | null | undefined;
  /**
   * True if the operator guarantees that no user of this IdP can choose another user's address.
   * @deprecated Use trustsEmail.
   */
  vouchesForEmail?: boolean | null | undefined;
};

/** OpenID Connect configuration of a connection. Absent fields keep their value, or have their default in a new configuration. In a change, null clears a field whose description contains "Null", and is refused in the others. */
export type OidcInput = {
  /** Client id of Rollcall at the IdP. Required in a new configuration. */
  clientId?: string | null | undefined;
  /** Client secret of Rollcall at the IdP. It is stored encrypted and never returned. */
  clientSecret?: string | null | undefined;
  /** True if users can sign in with this configuration. Default: true. */
  enabled?: boolean | null | undefined;
  /** Hosted domains whose users can sign in (the claim `hd`). Default: no restriction. Required for Google's issuer, because all its customers share it. */
  hostedDomains?: Array<string> | null | undefined;
  /** Issuer of the OpenID provider, exactly as its discovery document contains it. Required in a new configuration. */
  issuer?: string | null | undefined;
  /** Scopes to request. Default: openid, email and profile. */
  scopes?: Array<string> | null | undefined;
  /** Claim that identifies the user permanently. Default: "sub", or the provider's stable claim. */
  subjectClaim?: string | null | undefined;
  /** Authentication at the IdP's token endpoint. Default: CLIENT_SECRET_BASIC. */
  tokenEndpointAuthMethod?: ClientAuthMethod | null | undefined;
};

/** Handling of a SCIM POST for an existing unmanaged user. */
export type OnExisting =
  /** The connection adopts the user if the user's domain is verified and assigned to it. Otherwise the IdP receives 409. */
  | 'ADOPT'
  /** The IdP receives 409 and can adopt the user with a PUT. */
  | 'CONFLICT'
  /** As ADOPT, but a user of another domain waits for `resolveAdoption`. */
  | 'REVIEW';

/** Entry point that created an object. */
export type Origin =
  /** Created through GraphQL. */
  | 'API'
  /** Created by an import. */
  | 'IMPORT'
  /** Created by a sign-in. */
  | 'JIT'
  /** Provisioned by an IdP through SCIM. */
  | 'SCIM';

/** Product of an identity provider. It selects the tolerances and defaults of the connection. */
export type Provider =
  /** authentik (https://docs.goauthentik.io/add-secure-apps/providers/scim/). */
  | 'AUTHENTIK'
  /** CyberArk (https://identity-developer.cyberark.com/). */
  | 'CYBERARK'
  /** Duo (https://duo.com/docs/). */
  | 'DUO'
  /** Microsoft Entra ID (https://learn.microsoft.com/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups). */
  | 'ENTRA'
  /** Generic (https://www.rfc-editor.org/rfc/rfc7644). */
  | 'GENERIC'
  /** Google Workspace (https://support.google.com/a/topic/6400789). */
  | 'GOOGLE'
  /** JumpCloud (https://jumpcloud.com/support/create-a-custom-scim-integration). */
  | 'JUMPCLOUD'
  /** Keycloak (https://www.keycloak.org/documentation). */
  | 'KEYCLOAK'
  /** Okta (https://developer.okta.com/docs/reference/scim/scim-20/). */
  | 'OKTA'
  /** OneLogin (https://developers.onelogin.com/scim). */
  | 'ONELOGIN'
  /** Ping Identity (https://docs.pingidentity.com/pingone/integrations/p1_scim_outbound.html). */
  | 'PING'
  /** Rippling (https://developer.rippling.com/documentation). */
  | 'RIPPLING'
  /** The built-in test IdP (docs/sign-in.md). */
  | 'TEST';

/** Binding of authentication requests to the IdP. */
export type SamlBinding =
  /** HTTP-POST: the browser posts the request in a form. */
  | 'POST'
  /** HTTP-Redirect: the request is in the query of the URL. */
  | 'REDIRECT';

/** SAML configuration of a connection. A new one requires `metadataXml` or `metadataUrl`, or else `idpEntityId`, `ssoUrl` and `certificates`. Absent fields keep their value, or have their default in a new configuration. In a change, null clears a field whose description contains "Null", and is refused in the others. */
export type SamlInput = {
  /** True if sign-ins that start at the IdP are accepted. Default: false. */
  allowIdpInitiated?: boolean | null | undefined;
  /** X.509 certificates of the IdP in PEM. */
  certificates?: Array<string> | null | undefined;
  /** True if users can sign in with this configuration. Default: true. */
  enabled?: boolean | null | undefined;
  /** Entity ID of the IdP, which must be the Issuer of its responses. */
  idpEntityId?: string | null | undefined;
  /** URL of the IdP's metadata, which is read once. */
  metadataUrl?: string | null | undefined;
  /** The IdP's metadata as XML. */
  metadataXml?: string | null | undefined;
  /** NameID format that requests ask for and responses must have. Default: any. Null clears it. */
  nameIdFormat?: string | null | undefined;
  /** True if requests to the IdP are signed. Default: true. */
  signRequests?: boolean | null | undefined;
  /** URL of the IdP that receives logout requests. Null clears it. */
  sloUrl?: string | null | undefined;
  /** Binding by which Rollcall sends authentication requests to `ssoUrl`. Default: REDIRECT. */
  ssoBinding?: SamlBinding | null | undefined;
  /** URL of the IdP that receives authentication requests. */
  ssoUrl?: string | null | undefined;
  /** Attribute that identifies the user permanently. Default: the NameID. Null clears it. */
  subjectAttribute?: string | null | undefined;
};

/** SCIM settings of a connection, as `ScimFacet` returns them. Absent fields keep their value, or have their default in a new connection. In a change, null clears a field whose description contains "Null", and is refused in the others. */
export type ScimInput = {
  /** True if the IdP provisions users through SCIM. Enabling it creates a token. Disabling it revokes all tokens, and fails while the connection is ACTIVE without enabled `oidc` or `saml`. Default for a new connection: true. */
  enabled?: boolean | null | undefined;
  /** Extension schemas of this IdP in the form of RFC 7643 section 7, with `resourceType` User (default) or Group. Default: none. */
  extensions?: Array<unknown> | null | undefined;
  /** Handling of a SCIM POST for an existing unmanaged user. Default: ADOPT. */
  onExisting?: OnExisting | null | undefined;
};

/** Permission of an API key. */
export type Scope =
  /** All permissions, including those of the other scopes. */
  | 'ADMIN'
  /** Reads and changes connections and domains. */
  | 'CONNECTIONS_MANAGE'
  /** Reads users, groups and connections. */
  | 'DIRECTORY_READ'
  /** Reads and changes users and groups. */
  | 'DIRECTORY_WRITE'
  /** Reads and follows the event log, and manages consumers. */
  | 'EVENTS_READ'
  /** Signs users in with ID tokens. */
  | 'SIGN_IN';

/** Conditions for users. All of them must match. An empty list matches no user. */
export type UserFilter = {
  /** Connection at which the users have an identity. */
  connectionId?: string | number | null | undefined;
  /** Connections, at one of which the users have an identity. */
  connectionIds?: Array<string | number> | null | undefined;
  /** Time after which the users were created. */
  createdAfter?: string | null | undefined;
  /** Time before which the users were created. */
  createdBefore?: string | null | undefined;
  /** Causes, for one of which the users were deprovisioned. Other users do not match. */
  deprovisionReasons?: Array<DeprovisionReason> | null | undefined;
  /** Time after which the users were deprovisioned. */
  deprovisionedAfter?: string | null | undefined;
  /** Any email address of the users, compared case-insensitively. */
  email?: string | null | undefined;
  /** Id of the users at an IdP, compared exactly. */
  externalId?: string | null | undefined;
  /** Group of which the users are direct members. */
  groupId?: string | number | null | undefined;
  /** Groups, of one of which the users are direct members. */
  groupIds?: Array<string | number> | null | undefined;
  /** True for users who have signed in, false for users who never have. */
  hasSignedIn?: boolean | null | undefined;
  /** Ids, one of which the users have. */
  ids?: Array<string | number> | null | undefined;
  /** Time after which the users last signed in. */
  lastSignInAfter?: string | null | undefined;
  /** Time before which the users last signed in. Users who never signed in match too. */
  lastSignInBefore?: string | null | undefined;
  /** True for users that a SCIM connection manages, false for the others. */
  managed?: boolean | null | undefined;
  /** Entry point that created the users. */
  origin?: Origin | null | undefined;
  /** Origins, one of which the users have. */
  origins?: Array<Origin> | null | undefined;
  /** True for protected users, false for the others. */
  protected?: boolean | null | undefined;
  /** Roles from any source, one of which the users have. */
  roles?: Array<string> | null | undefined;
  /** SCIM filter expression (RFC 7644 section 3.4.2.2) over the attributes that the IdP has sent. Its `roles` are the roles of the IdP: use the field `roles` for roles from any source. */
  scim?: string | null | undefined;
  /** Words that the names, the userName or the email address contain, in any order. Words of one or two letters match only the beginning of a name. */
  search?: string | null | undefined;
  /** Statuses, one of which the users have. */
  status?: Array<UserStatus> | null | undefined;
  /** Time after which the users were last changed. */
  updatedAfter?: string | null | undefined;
  /** Time before which the users were last changed. */
  updatedBefore?: string | null | undefined;
  /** The userName, compared case-insensitively. */
  userName?: string | null | undefined;
  /** Group of which the users are members, directly or through nested groups. */
  withinGroupId?: string | number | null | undefined;
};

/** Determines whether a user can sign in. */
export type UserStatus =
  /** The user can sign in. */
  | 'ACTIVE'
  /** Deactivated or deleted. The user cannot sign in and occupies no seat. */
  | 'DEPROVISIONED'
  /** Invited. The user has no access until the first sign-in. */
  | 'PENDING'
  /** Blocked by the application. Occupies a seat. */
  | 'SUSPENDED';

export type CreateConnectionMutationVariables = Exact<{
  input: CreateConnectionInput;
}>;


export type CreateConnectionMutation = { createConnection: { secret: string | null, connection: { id: string, name: string, provider: Provider, state: ConnectionState, scim: { baseUrl: string } | null, oidc: { redirectUri: string } | null, saml: { acsUrl: string, spEntityId: string, metadataUrl: string } | null } } };

export type RotateScimTokenMutationVariables = Exact<{
  connectionId: string | number;
  overlapSeconds?: number | null | undefined;
}>;


export type RotateScimTokenMutation = { rotateScimToken: { secret: string, expiresAt: string | null } };

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
  after?: string | null | undefined;
}>;


export type ListOrganizationApiKeysQuery = { organization: { keys: { nodes: Array<{ id: string, name: string, scopes: Array<Scope>, hint: string, createdAt: string, expiresAt: string | null, lastUsedAt: string | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null } | null };

type EventFields_AVFphxRyzaAjOmkQ9ItOvavGohccOdoZw1vq0WAhTq_Fragment = { id: string, cursor: string, position: number, previousPosition: number, type: EventType, occurredAt: string, subjectId: string, requestId: string | null, data: unknown, organization: { id: string }, actor: { kind: ActorKind }, changes: Array<{ path: string, before: unknown, after: unknown }> };

type EventFields_Pt6pn8oVp0AxefUr6MAwGOg5j6c21YXuaVpQi5GaCw_Fragment = { id: string, cursor: string, position: number, previousPosition: number, type: EventType, occurredAt: string, subjectId: string, requestId: string | null, data: unknown, organization: { id: string }, actor: { kind: ActorKind }, changes: Array<{ path: string, before: unknown, after: unknown }> };

export type EventFieldsFragment =
  | EventFields_AVFphxRyzaAjOmkQ9ItOvavGohccOdoZw1vq0WAhTq_Fragment
  | EventFields_Pt6pn8oVp0AxefUr6MAwGOg5j6c21YXuaVpQi5GaCw_Fragment
;

export type EventsSubscriptionVariables = Exact<{
  organizationId?: string | number | null | undefined;
  filter?: EventFilter | null | undefined;
  after?: string | null | undefined;
}>;


export type EventsSubscription = { events:
    | { id: string, cursor: string, position: number, previousPosition: number, type: EventType, occurredAt: string, subjectId: string, requestId: string | null, data: unknown, organization: { id: string }, actor: { kind: ActorKind }, changes: Array<{ path: string, before: unknown, after: unknown }> }
    | { id: string, cursor: string, position: number, previousPosition: number, type: EventType, occurredAt: string, subjectId: string, requestId: string | null, data: unknown, organization: { id: string }, actor: { kind: ActorKind }, changes: Array<{ path: string, before: unknown, after: unknown }> }
   };

export type EventPageQueryVariables = Exact<{
  organizationId?: string | number | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  filter?: EventFilter | null | undefined;
}>;


export type EventPageQuery = { events: { nodes: Array<
      | { id: string, cursor: string, position: number, previousPosition: number, type: EventType, occurredAt: string, subjectId: string, requestId: string | null, data: unknown, organization: { id: string }, actor: { kind: ActorKind }, changes: Array<{ path: string, before: unknown, after: unknown }> }
      | { id: string, cursor: string, position: number, previousPosition: number, type: EventType, occurredAt: string, subjectId: string, requestId: string | null, data: unknown, organization: { id: string }, actor: { kind: ActorKind }, changes: Array<{ path: string, before: unknown, after: unknown }> }
    >, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type EventCursorQueryVariables = Exact<{
  organizationId?: string | number | null | undefined;
}>;


export type EventCursorQuery = { eventCursor: string };

export type SnapshotQueryVariables = Exact<{
  organizationId: string | number;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type SnapshotQuery = { organization: { snapshot: { cursor: string, next: string | null, users: Array<{ id: string, status: UserStatus, active: boolean, userName: string, email: string | null, displayName: string | null, givenName: string | null, familyName: string | null, access: { roles: Array<string>, origin: Origin } | null }>, groups: Array<{ id: string, displayName: string, externalId: string | null, origin: Origin, roles: Array<string> }>, memberships: Array<{ groupId: string, userId: string | null, memberGroupId: string | null }> } | null } | null };

export type CheckCursorQueryVariables = Exact<{
  organizationId?: string | number | null | undefined;
  after: string;
}>;


export type CheckCursorQuery = { events: { nodes: Array<
      | { id: string }
      | { id: string }
    > } };

export type CreateConsumerMutationVariables = Exact<{
  input: CreateConsumerInput;
}>;


export type CreateConsumerMutation = { createConsumer: { consumer: { id: string, name: string, cursor: string, epoch: string, lag: number } } };

export type AcknowledgeMutationVariables = Exact<{
  consumerId: string | number;
  cursor: string;
}>;


export type AcknowledgeMutation = { acknowledgeEvents: { consumer: { id: string, cursor: string, lag: number } } };

export type ImportUsersMutationVariables = Exact<{
  input: ImportUsersInput;
  dryRun?: boolean | null | undefined;
}>;


export type ImportUsersMutation = { importUsers: { created: number, updated: number, unchanged: number, refused: number, rows: Array<{ row: number, outcome: ImportOutcome, code: string | null, field: string | null, message: string | null }> } };

export type ExportUsersQueryVariables = Exact<{
  organizationId: string | number;
  after?: string | null | undefined;
}>;


export type ExportUsersQuery = { organization: { users: { nodes: Array<{ id: string, userName: string, status: UserStatus, displayName: string | null, givenName: string | null, familyName: string | null, title: string | null, department: string | null, employeeNumber: string | null, locale: string | null, timezone: string | null, emails: Array<{ value: string, type: string | null, primary: boolean }>, manager: { userName: string } | null, access: { origin: Origin, assignedRoles: Array<string>, attributes: unknown } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

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


export type UserQuery = { user: { id: string, status: UserStatus, userName: string, email: string | null, displayName: string | null, scimManaged: boolean, lastSignInAt: string | null, access: { roles: Array<string> } | null } | null };

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


export type SignInWithIdTokenMutation = { signInWithIdToken: { provisioned: boolean, accessToken: string, expiresAt: string, user: { id: string, status: UserStatus, email: string | null, access: { roles: Array<string> } | null } } };

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
    secret
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
    secret
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
    query ListOrganizationApiKeys($organizationId: ID!, $after: Cursor) {
  organization(id: $organizationId) {
    keys(first: 200, after: $after) {
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
}
    `) as unknown as TypedDocumentString<ListOrganizationApiKeysQuery, ListOrganizationApiKeysQueryVariables>;
export const EventsDocument = new TypedDocumentString(`
    subscription Events($organizationId: ID, $filter: EventFilter, $after: Cursor) {
  events(organizationId: $organizationId, filter: $filter, after: $after) {
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
    query EventPage($organizationId: ID, $first: Int, $after: Cursor, $filter: EventFilter) {
  events(
    organizationId: $organizationId
    first: $first
    after: $after
    filter: $filter
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
        access {
          roles
          origin
        }
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
  acknowledgeEvents(consumerId: $consumerId, cursor: $cursor) {
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
        access {
          origin
          assignedRoles
          attributes
        }
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
    access {
      roles
    }
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
      access {
        roles
      }
    }
  }
}
    `) as unknown as TypedDocumentString<SignInWithIdTokenMutation, SignInWithIdTokenMutationVariables>;