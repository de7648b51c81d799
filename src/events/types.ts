/** Every type of event that is written today, by its name in GraphQL. The catalogue with payloads is docs/events.md. */
export const eventTypes = {
  USER_INVITED: 'user.invited',
  USER_INVITATION_EXPIRED: 'user.invitation_expired',
  USER_PROVISIONED: 'user.provisioned',
  USER_ADOPTED: 'user.adopted',
  USER_UPDATED: 'user.updated',
  USER_EMAIL_CHANGED: 'user.email_changed',
  USER_ROLES_CHANGED: 'user.roles_changed',
  USER_SUSPENDED: 'user.suspended',
  USER_UNSUSPENDED: 'user.unsuspended',
  USER_DEPROVISIONED: 'user.deprovisioned',
  USER_REACTIVATED: 'user.reactivated',
  USER_DELETED: 'user.deleted',
  GROUP_CREATED: 'group.created',
  GROUP_UPDATED: 'group.updated',
  GROUP_DELETED: 'group.deleted',
  GROUP_MEMBER_ADDED: 'group.member_added',
  GROUP_MEMBER_REMOVED: 'group.member_removed',
  CONNECTION_CREATED: 'connection.created',
  CONNECTION_UPDATED: 'connection.updated',
  CONNECTION_DELETED: 'connection.deleted',
  CONNECTION_ATTENTION: 'connection.attention',
  CONNECTION_MASS_CHANGE: 'connection.mass_change',
  CONNECTION_TOKEN_ROTATED: 'connection.token_rotated',
  SESSION_STARTED: 'session.started',
  SESSION_REVOKED: 'session.revoked',
  SIGN_IN_DENIED: 'sign_in.denied',
  ORGANIZATION_CREATED: 'organization.created',
  ORGANIZATION_UPDATED: 'organization.updated',
  ORGANIZATION_DELETED: 'organization.deleted',
  ORGANIZATION_SEATS_EXCEEDED: 'organization.seats_exceeded',
  ORGANIZATION_SEATS_FREED: 'organization.seats_freed',
  DOMAIN_VERIFIED: 'domain.verified',
  DOMAIN_LAPSED: 'domain.lapsed',
  CONSUMER_LAGGING: 'consumer.lagging',
  WEBHOOK_FAILING: 'webhook.failing',
} as const;

export type EventType = (typeof eventTypes)[keyof typeof eventTypes];

/** One attribute that an update moved: a path in SCIM's notation, and the values around the change. */
export interface Change {
  path: string;
  before: unknown;
  after: unknown;
}

/** Who did it: the kind of door, and the connection, key or user behind it. */
export interface Actor {
  kind: 'SCIM' | 'SSO' | 'API' | 'USER' | 'SYSTEM';
  id: string | null;
}

/** What an operation says of a change; the log adds the position, the actor and the time. */
export interface NewEvent {
  type: EventType;
  subject: { type: 'user' | 'group' | 'connection' | 'organization' | 'domain' | 'consumer' | 'webhook'; id: string };
  /** The ids by which readers find the event, beside the subject's own. */
  userId?: string | null;
  groupId?: string | null;
  connectionId?: string | null;
  /** The subject right after the change, and what is special to the type. */
  data: Record<string, unknown>;
  changes?: Change[];
}
