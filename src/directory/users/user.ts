import { Field, ID, ObjectType } from 'type-graphql';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { UserState } from '../../events/payloads.js';
import { guardedUpdatedAt, typeId } from '../../kernel/descriptions.js';
import type { ConnectionId, OrganizationId, UserId } from '../../kernel/ids.js';
import { enumType, JsonScalar, NodeInterface } from '../../kernel/node.js';
import { EmailObject } from './email-object.js';
import { customAttributes, enterpriseOf, overlay, type Profile, type StoredProfile } from './profile.js';
import { profileTexts as about } from './profile-descriptions.js';

export const userStatuses = enumType('UserStatus', 'Determines whether a user can sign in.', {
  PENDING: 'Invited. The user has no access until the first sign-in.',
  ACTIVE: 'The user can sign in.',
  SUSPENDED: 'Blocked by the application. Occupies a seat.',
  DEPROVISIONED: 'Deactivated or deleted. The user cannot sign in and occupies no seat.',
});
export type UserStatus = keyof typeof userStatuses;
export const origins = enumType('Origin', 'Entry point that created an object.', {
  SCIM: 'Provisioned by an IdP through SCIM.',
  JIT: 'Created by a sign-in.',
  API: 'Created through GraphQL.',
  IMPORT: 'Created by an import.',
});
export type Origin = keyof typeof origins;
export const deprovisionReasons = enumType('DeprovisionReason', 'Cause of the status DEPROVISIONED.', {
  IDP_DEACTIVATED: 'The IdP deactivated the user.',
  IDP_DELETED: 'The IdP deleted the user.',
  API: 'The application deprovisioned the user.',
  DORMANT: 'The user did not sign in for `dormantAfterDays`.',
  SIGN_IN_GROUP_LOST: 'The user signed in without any of the required groups.',
  CONNECTION_DELETED: 'The connection that managed the user was deleted.',
});
export type DeprovisionReason = keyof typeof deprovisionReasons;

export const useAccess = {
  nullable: true,
  deprecationReason: 'Fails for callers without the permission. Use `access`, which is null for them.',
} as const;

const text = (description: string) => Field(() => String, { nullable: true, description });

/** A user's account in one organization. */
@Entity('users')
@ForeignKey('connections', ['organizationId', 'scimConnectionId'], ['organizationId', 'id'])
@Index('users_by_id', ['id'], { type: 'hash' })
@Index('users_by_user_name', ['userNameKey'])
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
  description: 'A user of one organization.',
})
export class User {
  @PrimaryColumn('text', { collation: 'C' })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId;

  @PrimaryColumn('text', { collation: 'C' })
  @Field(() => ID, { description: typeId('user') })
  id: UserId;

  @Column('text')
  @Field(() => String, { description: about.userName })
  userName: string;
  @Column({ type: 'text', collation: 'C' })
  userNameKey: string;

  @Column('text', { nullable: true })
  @Field(() => String, { nullable: true, description: 'Primary email address. Null if there is none.' })
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
  @Field(() => [String], {
    description: 'Effective roles: assigned directly, by the IdP, or through groups.',
    ...useAccess,
  })
  roles: string[];
  /** Roles assigned by the application, and roles from the IdP that the connection can grant. */
  @Column('text', { array: true, default: [] })
  directRoles: string[];
  @Column('text', { array: true, default: [] })
  idpRoles: string[];

  @Column('boolean')
  @Field(() => Boolean, {
    description: 'True if the user is active: the value of the IdP, or of the operator if no IdP manages the user.',
  })
  active: boolean;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  @Field(() => Date, {
    nullable: true,
    description: 'Time of the suspension, which an IdP cannot remove. Null if the user is not suspended.',
  })
  suspendedAt: Date | null;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  @Field(() => Date, {
    nullable: true,
    description: 'Time of the deprovisioning. Null if the user is not deprovisioned.',
  })
  deprovisionedAt: Date | null;

  @Column('text', { nullable: true })
  @Field(() => deprovisionReasons, {
    nullable: true,
    description: 'Cause of the deprovisioning. Null if the user is not deprovisioned.',
  })
  deprovisionReason: DeprovisionReason | null;

  /** Set on a tombstone: SCIM no longer returns the account, the API does. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  deletedAt: Date | null;

  @Column('text')
  @Field(() => origins, { description: about.origin, ...useAccess })
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
    description: 'True if no IdP and no rule can deprovision, demote or adopt the user (break-glass).',
    ...useAccess,
  })
  protected: boolean;
  @Column('text', { nullable: true })
  protectedReason: string | null;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  @Field(() => Date, { nullable: true, description: 'Time of the last sign-in. Null if there was none.' })
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
  @Field(() => Date, { description: about.createdAt })
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date, { description: guardedUpdatedAt })
  updatedAt: Date;

  /** True if the stored row occupies one of the organization's seats. */
  seated: boolean;

  /** The connection that counts the stored row as managed. */
  countedFor: ConnectionId | null;

  /** The `externalId` at the managing connection, joined from the identity. */
  externalId: string | null;

  @Field(() => userStatuses, { description: about.status })
  get status(): UserStatus {
    if (!this.active || this.deletedAt) return 'DEPROVISIONED';
    if (this.invitedAt) return 'PENDING';
    return this.suspendedAt ? 'SUSPENDED' : 'ACTIVE';
  }
  @Field(() => Boolean, { description: 'True if a SCIM connection manages the user.' })
  get scimManaged(): boolean {
    return this.scimConnectionId !== null;
  }
  @Field(() => Boolean, { description: 'True if the user has signed in at least once.', ...useAccess })
  get hasSignedIn(): boolean {
    return this.lastSignInAt !== null;
  }
  /** The profile as the application sees it: the profile from the IdP with mapped attributes merged into it. */
  get shown(): StoredProfile {
    return overlay(this.profile, this.mapped);
  }
  @Field(() => [EmailObject], { description: about.emails })
  get emails(): EmailObject[] {
    return (this.profile.emails ?? []).map((email) => ({ ...email, primary: email.primary ?? false }));
  }
  @text(about.displayName)
  get displayName(): string | null {
    if (this.shownName !== null && Object.keys(this.mapped).length === 0) return this.shownName;
    const { name, displayName } = this.shown;
    const parts = [name?.givenName, name?.familyName].filter(Boolean).join(' ');
    return displayName ?? name?.formatted ?? (parts || null);
  }
  @text(about.givenName)
  get givenName(): string | undefined {
    return this.shown.name?.givenName;
  }
  @text(about.familyName)
  get familyName(): string | undefined {
    return this.shown.name?.familyName;
  }
  @text(about.title)
  get title(): string | undefined {
    return this.shown.title;
  }
  @text(about.department)
  get department(): unknown {
    return enterpriseOf(shownProfile(this)).department;
  }
  @text(about.employeeNumber)
  get employeeNumber(): unknown {
    return enterpriseOf(shownProfile(this)).employeeNumber;
  }
  @text(about.locale)
  get locale(): string | undefined {
    return this.shown.locale;
  }
  @text(about.timezone)
  get timezone(): string | undefined {
    return this.shown.timezone;
  }
  @Field(() => JsonScalar, {
    description: 'Attributes without a field of their own, by SCIM name or URN.',
    ...useAccess,
  })
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
  const shown = { id, status, active, userName, email, displayName, givenName, familyName, roles, origin };
  const { scimConnectionId: connectionId, externalId } = user;
  return { ...shown, connectionId, externalId: externalId ?? null, profile: user.shown };
}
