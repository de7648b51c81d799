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

/** Settings of a new application. */
export type CreateApplicationInput = {
  /** Scopes of this API that the application can request: directory.read, directory.manage, events.read. Default: none. */
  apiScopes?: Array<string> | null | undefined;
  /** True if an authorization request without a scope of this API receives all `apiScopes`. Default: false. */
  apiScopesUnasked?: boolean | null | undefined;
  /** URL that receives a logout token when a session ends (OpenID Connect Back-Channel Logout). */
  backchannelLogoutUri?: string | null | undefined;
  /** Color of buttons on sign-in pages, such as #1a56db; their text is black or white. Null removes it. */
  color?: string | null | undefined;
  /** URL that starts a sign-in after one that began at the IdP (OpenID Connect Core section 4). */
  initiateLoginUri?: string | null | undefined;
  /** JWK Set of public keys (RFC 7517). Required if `tokenEndpointAuthMethod` is PRIVATE_KEY_JWT. */
  jwks?: unknown;
  /** Logo on sign-in pages: a PNG or WebP image in base64, at most 65,536 bytes and 2,048 pixels. Null removes it. */
  logo?: string | null | undefined;
  /** Name for display, also on sign-in pages, 1 to 256 characters. */
  name: string;
  /** Organization whose users can sign in. Default: users of every organization; this requires a platform key. */
  organizationId?: string | number | null | undefined;
  /** URIs to which users can return after sign-out, compared character by character. */
  postLogoutRedirectUris?: Array<string> | null | undefined;
  /** Complete redirect URIs, compared character by character. */
  redirectUris: Array<string>;
  /** Grace period in seconds, 0 to 3600, in which a used refresh token is accepted once more, so that two tabs can refresh at once. Default: 10 if `tokenEndpointAuthMethod` is NONE, otherwise 0. */
  refreshGraceSeconds?: number | null | undefined;
  /** Support contact on sign-in pages: an email address or an https URL. Null removes it. */
  supportContact?: string | null | undefined;
  /** Authentication at the token endpoint. Default: CLIENT_SECRET_BASIC. NONE is for browser and native applications, which use PKCE. */
  tokenEndpointAuthMethod?: ClientAuthMethod | null | undefined;
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

/** Settings of a new group. */
export type CreateGroupInput = {
  /** Name of 1 to 1,024 characters. Several groups can have the same one. */
  displayName: string;
  /** Users and groups that are direct members. */
  memberIds?: Array<string | number> | null | undefined;
  /** Id of the organization. Fails with NOT_FOUND if it is unknown or belongs to another organization. */
  organizationId: string | number;
  /** Roles that all members receive. */
  roles?: Array<string> | null | undefined;
};

/** Settings of a new organization. */
export type CreateOrganizationInput = {
  /** Color of buttons on sign-in pages, such as #1a56db; their text is black or white. Null removes it. */
  color?: string | null | undefined;
  /** Email domains to claim. Each must be verified to have an effect. */
  domains?: Array<string> | null | undefined;
  /** Unique id of the customer in your application. */
  externalId?: string | null | undefined;
  /** Logo on sign-in pages: a PNG or WebP image in base64, at most 65,536 bytes and 2,048 pixels. Null removes it. */
  logo?: string | null | undefined;
  /** JSON object for the use of your application. */
  metadata?: unknown;
  /** Name for display, 1 to 256 characters. It does not need to be unique. */
  name: string;
  /** Number of additional seats if `seatPolicy` is GRACE. */
  seatGrace?: number | null | undefined;
  /** Days in which the additional seats can be used if `seatPolicy` is GRACE. */
  seatGraceDays?: number | null | undefined;
  /** Maximum number of users in a seat. Default: no limit. */
  seatLimit?: number | null | undefined;
  /** Handling of new users beyond `seatLimit`. */
  seatPolicy?: SeatPolicy | null | undefined;
  /** Support contact on sign-in pages: an email address or an https URL. Null removes it. */
  supportContact?: string | null | undefined;
};

/** Settings of a new SCIM client. */
export type CreateScimClientInput = {
  /** Id of the connection. Fails with NOT_FOUND if it is unknown or belongs to another organization. */
  connectionId: string | number;
  /** JWK Set of public keys (RFC 7517) of a client that authenticates with private_key_jwt. Default: the client receives a secret. */
  jwks?: unknown;
  /** Name for display, 1 to 256 characters. */
  name: string;
};

/** Profile of a new user. */
export type CreateUserInput = {
  /** Custom attributes, by SCIM name or URN. */
  attributes?: unknown;
  /** Connection to which `externalId` belongs. Required if `externalId` is set. */
  connectionId?: string | number | null | undefined;
  /** SCIM attribute `department` of the enterprise extension (RFC 7643 section 4.3). */
  department?: string | null | undefined;
  /** SCIM attribute `displayName`, which is shown instead of the given and family name. */
  displayName?: string | null | undefined;
  /** All addresses of the user: the list replaces the existing one. One of them can be primary. */
  emails?: Array<EmailInput> | null | undefined;
  /** SCIM attribute `employeeNumber` of the enterprise extension (RFC 7643 section 4.3). */
  employeeNumber?: string | null | undefined;
  /** Permanent id of the user at the IdP. The first sign-in through the connection is matched by it. */
  externalId?: string | null | undefined;
  /** SCIM attribute `name.familyName`. */
  familyName?: string | null | undefined;
  /** SCIM attribute `name.givenName`. */
  givenName?: string | null | undefined;
  /** SCIM attribute `locale` (RFC 7643 section 4.1.1), such as en-US. */
  locale?: string | null | undefined;
  /** Id of the manager, who is a user of the organization. An import also accepts the userName of a user that it creates later. */
  managerId?: string | number | null | undefined;
  /** Id of the organization. Fails with NOT_FOUND if it is unknown or belongs to another organization. */
  organizationId: string | number;
  /** Roles assigned directly to the user. */
  roles?: Array<string> | null | undefined;
  /** SCIM attribute `timezone` (RFC 7643 section 4.1.1), such as Europe/Berlin. */
  timezone?: string | null | undefined;
  /** SCIM attribute `title`, a job title. */
  title?: string | null | undefined;
  /** Name of the user, often an email address: 1 to 1,024 characters. Fails with USER_NAME_TAKEN if another user of the organization has it in any case. */
  userName: string;
};

/** Settings of a new webhook endpoint. */
export type CreateWebhookEndpointInput = {
  /** Cursor after which delivery starts. Default: new events only. */
  after?: string | null | undefined;
  /** The `aud` of security event tokens. Default: the URL of the endpoint. */
  audience?: string | null | undefined;
  /** Determines the body and the signature of the messages. Default for a new endpoint: JSON. */
  format?: WebhookFormat | null | undefined;
  /** Organization whose events are delivered. Default for platform keys: the events of all organizations. */
  organizationId?: string | number | null | undefined;
  /** Event types to deliver. Default: all. */
  types?: Array<EventType> | null | undefined;
  /** Complete https URL of at most 2,000 characters, without user name, password or fragment. */
  url: string;
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

/** Handling of new users beyond `seatLimit`. */
export type SeatPolicy =
  /** New users are rejected with SEAT_LIMIT_REACHED. */
  | 'BLOCK'
  /** `seatGrace` additional users are accepted for `seatGraceDays` days. */
  | 'GRACE'
  /** New users are accepted, and ORGANIZATION_SEATS_EXCEEDED is emitted. */
  | 'NOTIFY';

/** Code of a denied sign-in. docs/errors.md shows what to do. */
export type SignInDenialCode =
  /** The email address belongs to an account that the sign-in does not prove to be the same user. */
  | 'ACCOUNT_EXISTS'
  /** The identity provider sent a sign-in that is not valid. */
  | 'ASSERTION_INVALID'
  /** The connection of the organization is not active. */
  | 'CONNECTION_INACTIVE'
  /** Addresses of the email domain cannot sign in. */
  | 'DOMAIN_NOT_ALLOWED'
  /** The identity provider sent no verified email address. */
  | 'EMAIL_UNVERIFIED'
  /** The user is not in a group that can sign in. */
  | 'GROUP_REQUIRED'
  /** The identity provider of the organization is overloaded or under maintenance. */
  | 'IDP_BUSY'
  /** The sign-in was cancelled at the identity provider, or the identity provider refused it. */
  | 'IDP_DECLINED'
  /** The identity provider of the organization reported an internal error. */
  | 'IDP_FAILED'
  /** The identity provider requires the user to sign in there first, and showed no page for it. */
  | 'IDP_LOGIN_REQUIRED'
  /** The connection to the identity provider of the organization is not configured correctly. */
  | 'IDP_MISCONFIGURED'
  /** The identity provider of the organization cannot be reached. */
  | 'IDP_UNREACHABLE'
  /** The user has been invited and must enter the code of the invitation. */
  | 'INVITATION_CODE_REQUIRED'
  /** The user has not been invited. */
  | 'INVITATION_REQUIRED'
  /** An administrator must confirm that the existing account belongs to the user. */
  | 'LINK_CONFIRMATION_REQUIRED'
  /** The user has no account, and the connection creates none at sign-in. */
  | 'NOT_PROVISIONED'
  /** The organization is disabled. */
  | 'ORGANIZATION_DISABLED'
  /** All seats of the organization are taken. */
  | 'SEAT_LIMIT_REACHED'
  /** The sign-in began at the identity provider. */
  | 'UNSOLICITED'
  /** The account of the user is closed. */
  | 'USER_DEPROVISIONED'
  /** The account of the user is suspended. */
  | 'USER_SUSPENDED';

/** Fields of a user to change. Absent fields stay unchanged, null clears a field whose description contains "Null", and is refused in the others. */
export type UpdateUserInput = {
  /** Roles to assign to the user directly, as `User.assignedRoles` returns them. */
  assignedRoles?: Array<string> | null | undefined;
  /** Custom attributes, by SCIM name or URN. Null clears it. */
  attributes?: unknown;
  /** SCIM attribute `department` of the enterprise extension (RFC 7643 section 4.3). Null clears it. */
  department?: string | null | undefined;
  /** SCIM attribute `displayName`, which is shown instead of the given and family name. Null clears it. */
  displayName?: string | null | undefined;
  /** All addresses of the user: the list replaces the existing one. One of them can be primary. Null clears it. */
  emails?: Array<EmailInput> | null | undefined;
  /** SCIM attribute `employeeNumber` of the enterprise extension (RFC 7643 section 4.3). Null clears it. */
  employeeNumber?: string | null | undefined;
  /** The `updatedAt` that you last read. Fails with CONFLICT if the object has changed since. */
  expectedUpdatedAt?: string | null | undefined;
  /** SCIM attribute `name.familyName`. Null clears it. */
  familyName?: string | null | undefined;
  /** SCIM attribute `name.givenName`. Null clears it. */
  givenName?: string | null | undefined;
  /** Id of the user. Fails with NOT_FOUND if it is unknown or belongs to another organization. */
  id: string | number;
  /** SCIM attribute `locale` (RFC 7643 section 4.1.1), such as en-US. Null clears it. */
  locale?: string | null | undefined;
  /** Id of the manager, who is a user of the organization. An import also accepts the userName of a user that it creates later. Null clears it. */
  managerId?: string | number | null | undefined;
  /**
   * Roles to assign to the user directly. Cannot be combined with `assignedRoles`.
   * @deprecated Sets the assigned roles, while `User.roles` contains roles from all sources. Use `assignedRoles`.
   */
  roles?: Array<string> | null | undefined;
  /** SCIM attribute `timezone` (RFC 7643 section 4.1.1), such as Europe/Berlin. Null clears it. */
  timezone?: string | null | undefined;
  /** SCIM attribute `title`, a job title. Null clears it. */
  title?: string | null | undefined;
  /** Name of the user, often an email address: 1 to 1,024 characters. Fails with USER_NAME_TAKEN if another user of the organization has it in any case. */
  userName?: string | null | undefined;
};

/** Determines the body and the signature of webhook messages. */
export type WebhookFormat =
  /** JSON, signed as specified by Standard Webhooks. */
  | 'JSON'
  /** Security event tokens (RFC 8417, pushed by RFC 8935) with SCIM provisioning events (RFC 9967). */
  | 'SCIM_EVENTS'
  /** Security event tokens (RFC 8417, pushed by RFC 8935) with CAEP and RISC events. */
  | 'SHARED_SIGNALS';

export type CreateOrganizationMutationVariables = Exact<{
  input: CreateOrganizationInput;
}>;


export type CreateOrganizationMutation = { createOrganization: { organization: { id: string } } };

export type CreateConnectionMutationVariables = Exact<{
  input: CreateConnectionInput;
}>;


export type CreateConnectionMutation = { createConnection: { secret: string | null, connection: { id: string } } };

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


export type CreateApplicationMutation = { createApplication: { secret: string | null, application: { id: string } } };

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

export type TypedEventsQueryVariables = Exact<{
  organizationId: string | number;
}>;


export type TypedEventsQuery = { organization: { events: { nodes: Array<
        | (
          { subjectId: string, scrubbed: boolean }
          & { __typename: 'ConnectionAttentionEvent' | 'ConnectionCreatedEvent' | 'ConnectionDeletedEvent' | 'ConnectionMassChangeEvent' | 'ConnectionTokenRotatedEvent' | 'ConsumerLaggingEvent' | 'DomainLapsedEvent' | 'DomainVerifiedEvent' | 'GroupCreatedEvent' | 'GroupDeletedEvent' | 'GroupMemberAddedEvent' | 'GroupMemberRemovedEvent' | 'GroupUpdatedEvent' | 'OrganizationCreatedEvent' | 'OrganizationDeletedEvent' | 'OrganizationSeatsExceededEvent' | 'OrganizationSeatsFreedEvent' | 'OrganizationUpdatedEvent' | 'SessionRevokedEvent' | 'SessionStartedEvent' }
        )
        | (
          { subjectId: string, scrubbed: boolean }
          & { __typename: 'UserAdoptedEvent' | 'UserDeletedEvent' | 'UserEmailChangedEvent' | 'UserInvitationExpiredEvent' | 'UserInvitedEvent' | 'UserProvisionedEvent' | 'UserReactivatedEvent' | 'UserSuspendedEvent' | 'UserUnsuspendedEvent' | 'WebhookFailingEvent' }
        )
        | (
          { previousState: ConnectionState | null, subjectId: string, scrubbed: boolean }
          & { __typename: 'ConnectionUpdatedEvent' }
        )
        | (
          { denial: SignInDenialCode | null, subjectId: string, scrubbed: boolean }
          & { __typename: 'SignInDeniedEvent' }
        )
        | (
          { userId: string, deprovisionReason: DeprovisionReason | null, rolesLost: Array<string>, subjectId: string, scrubbed: boolean }
          & { __typename: 'UserDeprovisionedEvent' }
        )
        | (
          { rolesAdded: Array<string> | null, subjectId: string, scrubbed: boolean, userAfter: { userName: string } | null }
          & { __typename: 'UserRolesChangedEvent' }
        )
        | (
          { protected: boolean | null, subjectId: string, scrubbed: boolean }
          & { __typename: 'UserUpdatedEvent' }
        )
      > } } | null };

export type LogQueryVariables = Exact<{
  id: string | number;
}>;


export type LogQuery = { organization: { events: { nodes: Array<
        | { id: string, cursor: string, position: number, previousPosition: number, type: EventType, subjectId: string, data: unknown, requestId: string | null, changes: Array<{ path: string, before: unknown, after: unknown }>, actor: { kind: ActorKind } }
        | { id: string, cursor: string, position: number, previousPosition: number, type: EventType, subjectId: string, data: unknown, requestId: string | null, changes: Array<{ path: string, before: unknown, after: unknown }>, actor: { kind: ActorKind } }
      > } } | null };

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


export type PendingLinksQuery = { connection: { pendingLinks: { nodes: Array<{ id: string, email: string | null }> } | null } | null };

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
    secret
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
    secret
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
export const TypedEventsDocument = new TypedDocumentString(`
    query TypedEvents($organizationId: ID!) {
  organization(id: $organizationId) {
    events(last: 200) {
      nodes {
        __typename
        subjectId
        scrubbed
        ... on UserDeprovisionedEvent {
          userId
          deprovisionReason
          rolesLost
        }
        ... on UserRolesChangedEvent {
          rolesAdded
          userAfter {
            userName
          }
        }
        ... on UserUpdatedEvent {
          protected
        }
        ... on SignInDeniedEvent {
          denial
        }
        ... on ConnectionUpdatedEvent {
          previousState
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<TypedEventsQuery, TypedEventsQueryVariables>;
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
      nodes {
        id
        email
      }
    }
  }
}
    `) as unknown as TypedDocumentString<PendingLinksQuery, PendingLinksQueryVariables>;
export const NowDocument = new TypedDocumentString(`
    query Now {
  eventCursor
}
    `) as unknown as TypedDocumentString<NowQuery, NowQueryVariables>;