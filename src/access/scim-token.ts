import { Field, ID, ObjectType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ConnectionId, OrganizationId, ScimClientId, ScimTokenId } from '../ids.js';

/** A bearer token of one connection's SCIM endpoint. It opens that base URL and nothing else; only its hash is kept. */
@Entity('scim_tokens')
@ObjectType('ScimToken', {
  simpleResolvers: true,
  description: 'A bearer token of the SCIM endpoint, without its secret.',
})
export class ScimToken {
  @PrimaryColumn('text')
  organizationId: OrganizationId;

  @PrimaryColumn('text')
  @Field(() => ID)
  id: ScimTokenId;

  @Column('text')
  connectionId: ConnectionId;

  /** The OAuth client that fetched it; null for one that an administrator made. */
  @Column('text', { nullable: true })
  clientId: ScimClientId | null;

  @Column('bytea')
  hash: Buffer;

  @Column('text')
  @Field(() => String, { description: 'The last characters of the secret.' })
  hint: string;

  @Column('timestamptz')
  @Field(() => Date)
  createdAt: Date;

  @Column('timestamptz', { nullable: true })
  @Field(() => Date, { nullable: true })
  expiresAt: Date | null;

  @Column('timestamptz', { nullable: true })
  @Field(() => Date, { nullable: true, description: 'Precise to the hour.' })
  lastUsedAt: Date | null;
}
