import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { type Scope, scopes } from '../../access/principal.js';
import type { ApiKeyId, OrganizationId } from '../../kernel/ids.js';
import { NodeInterface } from '../../kernel/node.js';

registerEnumType(scopes, { name: 'Scope', description: 'What an API key may do. ADMIN includes the others.' });

/**
 * API key of one organization, or of the platform if `organizationId` is null. Only the hash of its secret is stored.
 */
@Entity('api_keys')
@Index('api_keys_organization', ['organizationId'])
@ObjectType('ApiKey', {
  simpleResolvers: true,
  implements: NodeInterface,
  description: 'A credential of an application. Its secret is shown once.',
})
export class ApiKey {
  @PrimaryColumn('text', { collation: 'C' })
  @Field(() => ID)
  id: ApiKeyId;

  @Column({ type: 'text', collation: 'C', nullable: true })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId | null;

  @Column('text')
  @Field(() => String)
  name: string;

  @Column('text', { array: true })
  @Field(() => [scopes])
  scopes: Scope[];

  @Column('bytea', { unique: true })
  hash: Buffer;

  @Column('text')
  @Field(() => String, { description: 'The last characters of the secret.' })
  hint: string;

  /** True for ROLLCALL_ADMIN_KEY. The key is deleted when the environment no longer contains it. */
  @Column('boolean', { default: false })
  fromEnvironment: boolean;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date)
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  @Field(() => Date, { nullable: true })
  expiresAt: Date | null;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  @Field(() => Date, { nullable: true, description: 'Precise to the hour.' })
  lastUsedAt: Date | null;
}
