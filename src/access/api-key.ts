import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ApiKeyId, OrganizationId } from '../ids.js';
import { NodeInterface } from '../node.js';
import { type Scope, scopes } from './principal.js';

registerEnumType(scopes, { name: 'Scope', description: 'What an API key may do. ADMIN includes the others.' });

/** A key of one organization, or of the platform when it has none. Only the hash of its secret is kept. */
@Entity('api_keys')
@ObjectType('ApiKey', {
  simpleResolvers: true,
  implements: NodeInterface,
  description: 'A credential of an application. Its secret is shown once.',
})
export class ApiKey {
  @PrimaryColumn('text')
  @Field(() => ID)
  id: ApiKeyId;

  @Column('text', { nullable: true })
  organizationId: OrganizationId | null;

  @Column('text')
  @Field(() => String)
  name: string;

  @Column('text', { array: true })
  @Field(() => [scopes])
  scopes: Scope[];

  @Column('bytea')
  hash: Buffer;

  @Column('text')
  @Field(() => String, { description: 'The last characters of the secret.' })
  hint: string;

  /** Whether it is ROLLCALL_ADMIN_KEY: it ends when the environment no longer has it. */
  @Column('boolean')
  fromEnvironment: boolean;

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
