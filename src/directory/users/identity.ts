import { Field, ObjectType } from 'type-graphql';
import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { ConnectionId, OrganizationId, UserId } from '../../kernel/ids.js';
import { type Origin, origins } from './user.js';

/** The identity of a user at one connection: `externalId` (SCIM), `subject` (sign-in), or both. */
@Entity('identities')
@ForeignKey('connections', ['organizationId', 'connectionId'], ['organizationId', 'id'], { onDelete: 'CASCADE' })
@ForeignKey('users', ['organizationId', 'userId'], ['organizationId', 'id'], { onDelete: 'CASCADE' })
@Unique(['organizationId', 'connectionId', 'externalId'])
@Unique(['organizationId', 'connectionId', 'issuer', 'subject'])
@Index('identities_by_external_id', ['externalId', 'organizationId'])
@Index('identities_by_subject', ['subject', 'organizationId'], { where: 'subject IS NOT NULL' })
@Index('identities_sub', ['organizationId', 'connectionId', 'sub'], { where: 'sub IS NOT NULL' })
@Index('identities_user', ['organizationId', 'userId'])
@ObjectType('Identity', { simpleResolvers: true, description: 'Identity of a user at one connection.' })
export class Identity {
  @PrimaryColumn('text', { collation: 'C' })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId;
  @PrimaryColumn('text', { collation: 'C' })
  connectionId: ConnectionId;
  @PrimaryColumn('text', { collation: 'C' })
  userId: UserId;

  @Column({ type: 'text', collation: 'C', nullable: true })
  @Field(() => String, { nullable: true, description: 'Id of the user at the IdP. Null if the IdP has sent none.' })
  externalId: string | null;

  /**
   * The OIDC issuer. It is part of the key, so that a connection with a new issuer does not inherit the users of the
   * old one.
   */
  @Column({ type: 'text', collation: 'C', nullable: true })
  @Field(() => String, {
    nullable: true,
    description:
      'Issuer of the subject: the OpenID issuer, or the entity ID of the SAML IdP. Null before the first sign-in.',
  })
  issuer: string | null;

  @Column({ type: 'text', collation: 'C', nullable: true })
  @Field(() => String, { nullable: true, description: "Subject of the user's sign-ins. Null before the first one." })
  subject: string | null;

  /**
   * The `sub` of the last sign-in, if the subject is another claim. Messages of the IdP that end sessions identify the
   * user by it.
   */
  @Column({ type: 'text', collation: 'C', nullable: true })
  sub: string | null;

  @Column('text')
  @Field(() => origins, {
    description:
      'Entry point that created the identity, or the user if `createUser` or an import has set `externalId`.',
  })
  origin: Origin;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date, {
    description: 'Time at which SCIM, a sign-in, an import or the API first linked the user to the connection.',
  })
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  @Field(() => Date, {
    nullable: true,
    description: 'Time of the last sign-in through this connection. Null if there was none.',
  })
  lastSignInAt: Date | null;
}
