import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { UserState } from '../../events/payloads.js';
import type { ConnectionId, OrganizationId, UserId } from '../../kernel/ids.js';
import { JsonScalar, NodeInterface } from '../../kernel/node.js';
import { customAttributes, enterpriseOf, overlay, type Profile, type StoredProfile } from './profile.js';

export const userStatuses = {
  PENDING: 'PENDING',
  ACTIVE: 'ACTIVE',
  SUSPENDED: 'SUSPENDED',
  DEPROVISIONED: 'DEPROVISIONED',
} as const;
export type UserStatus = keyof typeof userStatuses;
registerEnumType(userStatuses, { name: 'UserStatus', description: 'PENDING: invited, listed, no access yet.' });
export const origins = { SCIM: 'SCIM', JIT: 'JIT', API: 'API', IMPORT: 'IMPORT' } as const;
export type Origin = keyof typeof origins;
registerEnumType(origins, { name: 'Origin', description: 'Where it came from.' });
export const deprovisionReasons = {
  IDP_DEACTIVATED: 'IDP_DEACTIVATED',
  IDP_DELETED: 'IDP_DELETED',
  API: 'API',
  DORMANT: 'DORMANT',
  SIGN_IN_GROUP_LOST: 'SIGN_IN_GROUP_LOST',
  CONNECTION_DELETED: 'CONNECTION_DELETED',
} as const;
export type DeprovisionReason = keyof typeof deprovisionReasons;
registerEnumType(deprovisionReasons, { name: 'DeprovisionReason' });

@ObjectType('Email', { simpleResolvers: true })
export class EmailObject {
  @Field(() => String)
  value: string;
  @Field(() => String, { nullable: true })
  type?: string;
  @Field(() => Boolean)
  primary: boolean;
}

const text = () => Field(() => String, { nullable: true });

/** A user's account in one organization. */
@Entity('users')
@ForeignKey('connections', ['organizationId', 'scimConnectionId'], ['organizationId', 'id'])
@Index('users_by_id', ['id'], { type: 'hash' })
@Index('users_closed', ['organizationId', 'id'], { where: '(NOT active) OR (deleted_at IS NOT NULL)' })
@Index('users_created', ['organizationId', 'createdAt', 'id'])
@Index('users_display_name', ['organizationId', 'displayNameKey'])
@Index('users_email', ['organizationId', 'emailKey'])
@Index('users_emails', { synchronize: false })
@Index('users_former_name', ['organizationId', 'formerNameKey'], { where: 'former_name_key IS NOT NULL' })
@Index('users_invited', ['organizationId', 'id'], { where: 'invited_at IS NOT NULL' })
@Index('users_last_sign_in', ['organizationId', 'lastSignInAt'], { where: "(origin = 'JIT'::text) AND active" })
@Index('users_managed', ['organizationId', 'scimConnectionId', 'id'], { where: 'deleted_at IS NULL' })
@Index('users_manager', ['organizationId', 'managerId'], { where: 'manager_id IS NOT NULL' })
@Index('users_never_signed_in', ['organizationId', 'id'], { where: 'last_sign_in_at IS NULL' })
@Index('users_order_display_name', { synchronize: false })
@Index('users_order_family_name', { synchronize: false })
@Index('users_order_sign_in', { synchronize: false })
@Index('users_order_user_name', ['organizationId', 'userNameKey', 'id'])
@Index('users_origin', ['organizationId', 'origin', 'id'])
@Index('users_protected', ['organizationId'], { where: 'protected' })
@Index('users_signed_in', ['organizationId', 'id'], { where: 'last_sign_in_at IS NOT NULL' })
@Index('users_suspended', ['organizationId', 'id'], { where: 'suspended_at IS NOT NULL' })
@Index('users_tombstones', ['deletedAt'], { where: 'deleted_at IS NOT NULL' })
@Index('users_updated', ['organizationId', 'updatedAt', 'id'])
@Index('users_user_name', ['organizationId', 'userNameKey'], { unique: true, where: 'deleted_at IS NULL' })
@Index('users_with_roles', ['organizationId', 'id'], { where: 'cardinality(roles) > 0' })
@Index('users_words', { synchronize: false })
@ObjectType('User', {
  simpleResolvers: true,
  implements: NodeInterface,
  description: "A person's account in one organization.",
})
export class User {
  @PrimaryColumn('text', { collation: 'C' })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId;

  @PrimaryColumn('text', { collation: 'C' })
  @Field(() => ID)
  id: UserId;

  @Column('text')
  @Field(() => String)
  userName: string;
  @Column({ type: 'text', collation: 'C' })
  userNameKey: string;

  @Column('text', { nullable: true })
  @Field(() => String, { nullable: true, description: 'The address that counts: the primary one.' })
  email: string | null;
  @Column({ type: 'text', collation: 'C', nullable: true })
  emailKey: string | null;
  @Column('text', { array: true })
  emailKeys: string[];

  @Column('text', { nullable: true, name: 'display_name' })
  shownName: string | null;
  @Column({ type: 'text', collation: 'C', nullable: true })
  displayNameKey: string | null;
  @Column('text', { nullable: true, name: 'family_name' })
  familyNameKey: string | null;

  /** The profile without userName, and a copy with every string case-folded. */
  @Column('jsonb')
  profile: StoredProfile;
  @Column('jsonb')
  folded: Record<string, unknown>;

  /** Attributes that the connection's mappings set; the application sees the profile with these merged into it. */
  @Column('jsonb', { default: {} })
  mapped: StoredProfile;

  @Column('text', { array: true })
  @Field(() => [String], { description: 'Every role that holds: assigned directly, by the IdP, or through groups.' })
  roles: string[];
  /** Roles assigned by the application, and roles from the IdP that the connection can grant. */
  @Column('text', { array: true, default: [] })
  directRoles: string[];
  @Column('text', { array: true, default: [] })
  idpRoles: string[];

  @Column('boolean')
  @Field(() => Boolean, { description: 'What the IdP says, or the operator for accounts that no IdP manages.' })
  active: boolean;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  @Field(() => Date, { nullable: true, description: 'Set while the application blocks the account; no IdP lifts it.' })
  suspendedAt: Date | null;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  @Field(() => Date, { nullable: true })
  deprovisionedAt: Date | null;

  @Column('text', { nullable: true })
  @Field(() => deprovisionReasons, { nullable: true })
  deprovisionReason: DeprovisionReason | null;

  /** Set on a tombstone: SCIM no longer returns the account, the API does. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  deletedAt: Date | null;

  @Column('text')
  @Field(() => origins)
  origin: Origin;

  /** The SCIM connection that manages the account. */
  @Column({ type: 'text', collation: 'C', nullable: true })
  scimConnectionId: ConnectionId | null;

  @Column({ type: 'text', collation: 'C', nullable: true })
  managerId: string | null;

  /** Set while the account is an invitation that was not accepted yet. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  invitedAt: Date | null;

  @Column('boolean', { default: false })
  @Field(() => Boolean, {
    description: 'Break-glass: no IdP and no rule can deprovision, demote or take over this account.',
  })
  protected: boolean;
  @Column('text', { nullable: true })
  protectedReason: string | null;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  @Field(() => Date, { nullable: true })
  lastSignInAt: Date | null;

  /** The folded userName from before the IdP's soft delete renamed the account. */
  @Column({ type: 'text', collation: 'C', nullable: true })
  formerNameKey: string | null;

  /** Revision of the connection's settings under which the account was mapped. */
  @Column('integer', { default: 0 })
  settingsRevision: number;

  /** Number of changes; the ETag in SCIM. */
  @Column('integer')
  revision: number;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date)
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date)
  updatedAt: Date;

  /** True if the stored row occupies one of the organization's seats. */
  seated: boolean;

  /** The connection that counts the stored row as managed. */
  countedFor: ConnectionId | null;

  /** The `externalId` at the managing connection, joined from the identity. */
  externalId: string | null;

  @Field(() => userStatuses)
  get status(): UserStatus {
    if (!this.active || this.deletedAt) return 'DEPROVISIONED';
    if (this.invitedAt) return 'PENDING';
    return this.suspendedAt ? 'SUSPENDED' : 'ACTIVE';
  }
  @Field(() => Boolean, { description: 'True while a SCIM connection manages this account.' })
  get scimManaged(): boolean {
    return this.scimConnectionId !== null;
  }
  @Field(() => Boolean)
  get hasSignedIn(): boolean {
    return this.lastSignInAt !== null;
  }
  /** The profile as the application sees it: the profile from the IdP with mapped attributes merged into it. */
  get shown(): StoredProfile {
    return overlay(this.profile, this.mapped);
  }
  @Field(() => [EmailObject])
  get emails(): EmailObject[] {
    return (this.profile.emails ?? []).map((email) => ({ ...email, primary: email.primary ?? false }));
  }
  @text()
  get displayName(): string | null {
    if (this.shownName !== null && Object.keys(this.mapped).length === 0) return this.shownName;
    const { name, displayName } = this.shown;
    const parts = [name?.givenName, name?.familyName].filter(Boolean).join(' ');
    return displayName ?? name?.formatted ?? (parts || null);
  }
  @text()
  get givenName(): string | undefined {
    return this.shown.name?.givenName;
  }
  @text()
  get familyName(): string | undefined {
    return this.shown.name?.familyName;
  }
  @text()
  get title(): string | undefined {
    return this.shown.title;
  }
  @text()
  get department(): unknown {
    return enterpriseOf(shownProfile(this)).department;
  }
  @text()
  get employeeNumber(): unknown {
    return enterpriseOf(shownProfile(this)).employeeNumber;
  }
  @text()
  get locale(): string | undefined {
    return this.shown.locale;
  }
  @text()
  get timezone(): string | undefined {
    return this.shown.timezone;
  }
  @Field(() => JsonScalar, { description: 'Every attribute that has no field of its own, under its SCIM name or URN.' })
  get attributes(): Record<string, unknown> {
    return customAttributes(shownProfile(this));
  }
}

/** Returns true if the account occupies a seat. */
export const takesSeat = ({ active, deletedAt, invitedAt }: User): boolean => active && !deletedAt && !invitedAt;

/** Returns the complete profile as it was sent. */
export const profileOf = (user: User): Profile => ({ userName: user.userName, ...user.profile });

/** Returns the complete profile as the application sees it, with mapped attributes merged into it. */
export const shownProfile = (user: User): Profile => ({ userName: user.userName, ...user.shown });

/** Returns the subject of the account's events. */
export const subjectOf = ({ id }: Pick<User, 'id'>) => ({ type: 'user', id }) as const;

/** Returns the account in the form that events contain. */
export function userState(user: User): UserState {
  const { id, status, active, userName, email, displayName, givenName, familyName, roles, origin } = user;
  const connectionId = user.scimConnectionId;
  const shown = {
    id,
    status,
    active,
    userName,
    email,
    displayName,
    givenName,
    familyName,
    roles,
    origin,
    connectionId,
  };
  return { ...shown, externalId: user.externalId ?? null, profile: user.shown };
}
