import { Field, ObjectType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ConnectionId, OrganizationId, UserId } from '../../ids.js';
import { type Origin, origins } from './user.js';

/** How one connection knows one user: by `externalId` (SCIM), by `subject` (sign-in), or both. */
@Entity('identities')
@ObjectType('Identity', { simpleResolvers: true, description: 'How one connection knows the user.' })
export class Identity {
  @PrimaryColumn('text')
  organizationId: OrganizationId;
  @PrimaryColumn('text')
  connectionId: ConnectionId;
  @PrimaryColumn('text')
  userId: UserId;

  @Column('text', { nullable: true })
  @Field(() => String, { nullable: true, description: "The id that the IdP's SCIM client gave." })
  externalId: string | null;

  /** The OIDC issuer: part of the key, so that a connection that moves to another one inherits nobody. */
  @Column('text', { nullable: true })
  issuer: string | null;

  @Column('text', { nullable: true })
  @Field(() => String, { nullable: true, description: 'The subject of sign-ins.' })
  subject: string | null;

  /** The `sub` of the last sign-in, if the subject is another claim. The IdP's messages that end sessions name the user by it. */
  @Column('text', { nullable: true })
  sub: string | null;

  @Column('text')
  @Field(() => origins)
  origin: Origin;

  @Column('timestamptz')
  @Field(() => Date)
  createdAt: Date;

  @Column('timestamptz', { nullable: true })
  @Field(() => Date, { nullable: true })
  lastSignInAt: Date | null;
}
