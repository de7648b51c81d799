import { Field, ID, ObjectType } from 'type-graphql';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { type Scope, scopes } from '../../access/principal.js';
import { typeId } from '../../kernel/descriptions.js';
import type { ApiKeyId, OrganizationId } from '../../kernel/ids.js';
import { describeEnum, NodeInterface } from '../../kernel/node.js';

describeEnum(scopes, {
  name: 'Scope',
  description: 'Permission of an API key.',
  texts: {
    DIRECTORY_READ: 'Reads users, groups and connections.',
    DIRECTORY_WRITE: 'Reads and changes users and groups.',
    CONNECTIONS_MANAGE: 'Reads and changes connections and domains.',
    EVENTS_READ: 'Reads and follows the event log, and manages consumers.',
    SIGN_IN: 'Signs users in with ID tokens.',
    ADMIN: 'All permissions, including those of the other scopes.',
  },
});

/**
 * API key of one organization, or of the platform if `organizationId` is null. Only the hash of its secret is stored.
 */
@Entity('api_keys')
@Index('api_keys_expiry', ['expiresAt'], { where: 'expires_at IS NOT NULL' })
@Index('api_keys_organization', ['organizationId'])
@ObjectType('ApiKey', {
  simpleResolvers: true,
  implements: NodeInterface,
  description: 'An API key of an organization or of the platform. Its secret is shown only once.',
})
export class ApiKey {
  @PrimaryColumn('text', { collation: 'C' })
  @Field(() => ID, { description: typeId('key') })
  id: ApiKeyId;

  @Column({ type: 'text', collation: 'C', nullable: true })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId | null;

  @Column('text')
  @Field(() => String, { description: 'Name for display, such as in `Actor.label` of the events that the key causes.' })
  name: string;

  @Column('text', { array: true })
  @Field(() => [scopes], { description: 'Permissions of the key, at least one. They cannot be changed.' })
  scopes: Scope[];

  @Column('bytea', { unique: true })
  hash: Buffer;

  @Column('text')
  @Field(() => String, { description: 'Last characters of the secret.' })
  hint: string;

  /** True for ROLLCALL_ADMIN_KEY. The key is deleted when the environment no longer contains it. */
  @Column('boolean', { default: false })
  fromEnvironment: boolean;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date, {
    description: 'Time at which `createApiKey`, a command or the start of the server created the key.',
  })
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  @Field(() => Date, { nullable: true, description: 'Expiry. Null if the key does not expire.' })
  expiresAt: Date | null;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  @Field(() => Date, {
    nullable: true,
    description: 'Time of the last use, precise to the hour. Null if it was never used.',
  })
  lastUsedAt: Date | null;
}
