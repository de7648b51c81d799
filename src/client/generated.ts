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

export type CreateConsumerInput = {
  /** Where it begins. Absent: now. */
  after?: string | null | undefined;
  /** Letters, digits, ".", ":", "_" and "-". An existing one of the name is given back. */
  name: string;
  /** Absent, for keys of the platform: the log of all organizations. */
  organizationId?: string | number | null | undefined;
  types?: Array<EventType> | null | undefined;
};

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
  | 'ORGANIZATION_DELETED'
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
  /** Words that names, userName or e-mail have in them, in any order; words of one or two letters where a name begins. */
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

export type CreateConsumerMutationVariables = Exact<{
  input: CreateConsumerInput;
}>;


export type CreateConsumerMutation = { createConsumer: { consumer: { id: string, name: string, cursor: string, lag: number } } };

export type AcknowledgeMutationVariables = Exact<{
  consumerId: string | number;
  cursor: string;
}>;


export type AcknowledgeMutation = { acknowledge: { consumer: { id: string, cursor: string, lag: number } } };

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
export const CreateConsumerDocument = new TypedDocumentString(`
    mutation CreateConsumer($input: CreateConsumerInput!) {
  createConsumer(input: $input) {
    consumer {
      id
      name
      cursor
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