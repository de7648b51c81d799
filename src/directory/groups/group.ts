import { Field, ID, Int, ObjectType } from 'type-graphql';
import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { GroupState } from '../../events/payloads.js';
import { guardedUpdatedAt, typeId } from '../../kernel/descriptions.js';
import { fold } from '../../kernel/fold.js';
import type { ConnectionId, GroupId, OrganizationId } from '../../kernel/ids.js';
import { NodeInterface } from '../../kernel/node.js';
import { folded } from '../users/profile.js';
import { type Origin, origins } from '../users/user.js';

/** A named set of users and groups. */
@Entity('groups')
@ForeignKey('connections', ['organizationId', 'connectionId'], ['organizationId', 'id'])
@Unique(['organizationId', 'connectionId', 'externalId'])
@Index('groups_by_external_id', ['externalId', 'organizationId'], { where: 'external_id IS NOT NULL' })
@Index('groups_by_id', ['id'], { type: 'hash' })
@Index('groups_created', ['organizationId', 'createdAt', 'id'])
@Index('groups_display_name', ['organizationId', 'displayNameKey'])
@Index('groups_jit', ['organizationId', 'jitConnectionId', 'displayNameKey'], {
  where: 'jit_connection_id IS NOT NULL',
})
@Index('groups_managed', ['organizationId', 'connectionId', 'id'])
@Index('groups_updated', ['organizationId', 'updatedAt', 'id'])
@Index('groups_words', { synchronize: false })
@ObjectType('Group', {
  simpleResolvers: true,
  implements: NodeInterface,
  description: 'A group of users and nested groups.',
})
export class Group {
  @PrimaryColumn('text', { collation: 'C' })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId;

  @PrimaryColumn('text', { collation: 'C' })
  @Field(() => ID, { description: typeId('group') })
  id: GroupId;

  /** The connection whose IdP manages the group. */
  @Column({ type: 'text', collation: 'C', nullable: true })
  connectionId: ConnectionId | null;

  /** The connection whose sign-ins created the group from claims. */
  @Column({ type: 'text', collation: 'C', nullable: true })
  jitConnectionId: ConnectionId | null;

  @Column({ type: 'text', collation: 'C', nullable: true })
  @Field(() => String, {
    nullable: true,
    description: 'Id of the group at the IdP (RFC 7643 section 3.1). Null if the IdP has sent none.',
  })
  externalId: string | null;

  @Column('text')
  @Field(() => String, {
    description: 'Name given by the IdP or your application. Several groups can have the same one.',
  })
  displayName: string;
  @Column({ type: 'text', collation: 'C' })
  displayNameKey: string;

  /** Attributes outside the schema as the IdP sent them, and a copy with every string case-folded. */
  @Column('jsonb')
  attributes: Record<string, unknown>;
  @Column('jsonb')
  folded: Record<string, unknown>;

  @Column('text')
  @Field(() => origins, {
    nullable: true,
    description: 'Entry point that created the group: JIT if a sign-in created it from claims.',
  })
  origin: Origin;

  /** Roles that the application grants to the members, and roles that the connection's group mappings grant. */
  @Column('text', { array: true, default: [], name: 'roles' })
  directRoles: string[];
  @Column('text', { array: true, default: [] })
  mappedRoles: string[];

  /** Number of direct members that are users. */
  @Column('integer', { default: 0 })
  @Field(() => Int, { description: 'Number of users who are direct members.' })
  memberCount: number;

  /** Revision of the connection's settings under which the roles were mapped. */
  @Column('integer', { default: 0 })
  settingsRevision: number;

  /** Number of changes, including changes of members; the ETag in SCIM. */
  @Column('integer')
  revision: number;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date, { description: 'Time at which SCIM, a sign-in or the API created the group.' })
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date, { description: guardedUpdatedAt })
  updatedAt: Date;

  @Field(() => [String], {
    nullable: true,
    description: 'Roles that all members receive, including members of nested groups.',
  })
  get roles(): string[] {
    return [...new Set([...this.directRoles, ...this.mappedRoles])].sort();
  }
}

/** The part of a group that SCIM, GraphQL and sign-in can change, without its members. */
export interface GroupFacts {
  displayName: string;
  externalId: string | null;
  attributes: Record<string, unknown>;
}

/** Sets the columns of the group from `GroupFacts`. */
export function setGroupFacts(group: Group, { displayName, externalId, attributes }: GroupFacts): void {
  group.displayName = displayName;
  group.displayNameKey = fold(displayName);
  group.externalId = externalId;
  group.attributes = attributes;
  group.folded = folded(attributes) as Record<string, unknown>;
}

/** Returns the group in the form that events contain. Members have separate events. */
export function groupState(group: Group): GroupState {
  const { id, displayName, externalId, origin, connectionId, roles, attributes } = group;
  return { id, displayName, externalId, origin, connectionId, roles, attributes };
}

export const subjectOf = ({ id }: Group) => ({ type: 'group', id }) as const;
