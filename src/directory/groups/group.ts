import { Field, ID, Int, ObjectType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { fold } from '../../fold.js';
import type { ConnectionId, GroupId, OrganizationId } from '../../ids.js';
import { NodeInterface } from '../../node.js';
import { folded } from '../users/profile.js';
import { type Origin, origins } from '../users/user.js';

/** A named set of users and groups. */
@Entity('groups')
@ObjectType('Group', {
  simpleResolvers: true,
  implements: NodeInterface,
  description: 'A named set of users and nested groups.',
})
export class Group {
  @PrimaryColumn('text')
  organizationId: OrganizationId;

  @PrimaryColumn('text')
  @Field(() => ID)
  id: GroupId;

  /** The connection whose IdP manages the group. */
  @Column('text', { nullable: true })
  connectionId: ConnectionId | null;

  /** The connection whose sign-ins made the group from claims. */
  @Column('text', { nullable: true })
  jitConnectionId: ConnectionId | null;

  @Column('text', { nullable: true })
  @Field(() => String, { nullable: true })
  externalId: string | null;

  @Column('text')
  @Field(() => String)
  displayName: string;
  @Column('text')
  displayNameKey: string;

  /** What the IdP sent beyond the schema, as it was sent, and the same with every string folded. */
  @Column('jsonb')
  attributes: Record<string, unknown>;
  @Column('jsonb')
  folded: Record<string, unknown>;

  @Column('text')
  @Field(() => origins)
  origin: Origin;

  /** What the application grants to the members, and what the connection's group mappings do. */
  @Column('text', { array: true, name: 'roles' })
  directRoles: string[];
  @Column('text', { array: true })
  mappedRoles: string[];

  /** Direct members that are users. */
  @Column('integer')
  @Field(() => Int, { description: 'Direct members that are users.' })
  memberCount: number;

  /** The connection's settings under which the roles were mapped. */
  @Column('integer')
  settingsRevision: number;

  /** Counts changes, those of the members too; SCIM's ETag. */
  @Column('integer')
  revision: number;

  @Column('timestamptz')
  @Field(() => Date)
  createdAt: Date;

  @Column('timestamptz')
  @Field(() => Date)
  updatedAt: Date;

  @Field(() => [String], { description: 'Roles that every member gets, nested ones included.' })
  get roles(): string[] {
    return [...new Set([...this.directRoles, ...this.mappedRoles])].sort();
  }
}

/** What a door may say of a group, its members aside. */
export interface GroupFacts {
  displayName: string;
  externalId: string | null;
  attributes: Record<string, unknown>;
}

/** Lays the facts into the group's columns. */
export function layFacts(group: Group, { displayName, externalId, attributes }: GroupFacts): void {
  const keys = { displayNameKey: fold(displayName), folded: folded(attributes) as Record<string, unknown> };
  Object.assign(group, { displayName, externalId, attributes, ...keys });
}

/** The group as events carry it. Members have events of their own. */
export function groupState(group: Group): Record<string, unknown> {
  const { id, displayName, externalId, origin, connectionId, roles, attributes } = group;
  return { id, displayName, externalId, origin, connectionId, roles, attributes };
}

export const subjectOf = ({ id }: Group) => ({ type: 'group', id }) as const;
