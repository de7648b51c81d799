/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** What happened. docs/events.md shows each payload. */
export type EventType =
  | 'CONNECTION_ATTENTION'
  | 'CONNECTION_CREATED'
  | 'CONNECTION_DELETED'
  | 'CONNECTION_MASS_CHANGE'
  | 'CONNECTION_TOKEN_ROTATED'
  | 'CONNECTION_UPDATED'
  | 'CONSUMER_LAGGING'
  | 'DOMAIN_LAPSED'
  | 'DOMAIN_VERIFIED'
  | 'GROUP_CREATED'
  | 'GROUP_DELETED'
  | 'GROUP_MEMBER_ADDED'
  | 'GROUP_MEMBER_REMOVED'
  | 'GROUP_UPDATED'
  | 'ORGANIZATION_CREATED'
  | 'ORGANIZATION_SEATS_EXCEEDED'
  | 'ORGANIZATION_SEATS_FREED'
  | 'ORGANIZATION_UPDATED'
  | 'SESSION_REVOKED'
  | 'SESSION_STARTED'
  | 'SIGN_IN_DENIED'
  | 'USER_ADOPTED'
  | 'USER_DELETED'
  | 'USER_DEPROVISIONED'
  | 'USER_EMAIL_CHANGED'
  | 'USER_INVITATION_EXPIRED'
  | 'USER_INVITED'
  | 'USER_PROVISIONED'
  | 'USER_REACTIVATED'
  | 'USER_ROLES_CHANGED'
  | 'USER_SUSPENDED'
  | 'USER_UNSUSPENDED'
  | 'USER_UPDATED'
  | 'WEBHOOK_FAILING';

/** Where it came from. */
export type Origin =
  | 'API'
  | 'IMPORT'
  | 'JIT'
  | 'SCIM';

export type UserFilter = {
  connectionId?: string | number | null | undefined;
  email?: string | null | undefined;
  groupId?: string | number | null | undefined;
  hasSignedIn?: boolean | null | undefined;
  origin?: Origin | null | undefined;
  /** A SCIM filter expression (RFC 7644 section 3.4.2.2), the same language that IdPs use. */
  scim?: string | null | undefined;
  /** Words matched against names, userName and e-mail. */
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

export type EventsSubscriptionVariables = Exact<{
  organizationId?: string | number | null | undefined;
  types?: Array<EventType> | EventType | null | undefined;
  after?: string | null | undefined;
}>;


export type EventsSubscription = { events: { id: string, cursor: string, position: number, previousPosition: number, type: EventType, occurredAt: string, subjectId: string, requestId: string | null, data: unknown, changes: Array<{ path: string, before: unknown, after: unknown }> } };

export type EventPageQueryVariables = Exact<{
  organizationId: string | number;
  first?: number | null | undefined;
  after?: string | null | undefined;
  types?: Array<EventType> | EventType | null | undefined;
}>;


export type EventPageQuery = { organization: { events: { nodes: Array<{ id: string, cursor: string, position: number, type: EventType, occurredAt: string, subjectId: string, data: unknown }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

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
