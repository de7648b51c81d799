import { Field, ID, ObjectType } from 'type-graphql';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { typeId } from '../../kernel/descriptions.js';
import type { ApplicationId, ApplicationSecretId } from '../../kernel/ids.js';

/** A client secret of an application. Several can be valid at once. Only the hash is stored. */
@Entity('application_secrets')
@Index('application_secrets_application', ['applicationId'])
@Index('application_secrets_expiry', ['expiresAt'], { where: 'expires_at IS NOT NULL' })
@ObjectType('ApplicationSecret', {
  simpleResolvers: true,
  description: 'A client secret of an application, without the secret itself.',
})
export class ApplicationSecret {
  @PrimaryColumn('text', { collation: 'C' })
  @Field(() => ID, { description: typeId('asec') })
  id: ApplicationSecretId;

  @Column({ type: 'text', collation: 'C' })
  @ForeignKey('applications', { onDelete: 'CASCADE' })
  applicationId: ApplicationId;

  @Column('bytea')
  hash: Buffer;

  @Column('text')
  @Field(() => String, { description: 'Last characters of the secret.' })
  hint: string;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date, { description: 'Time at which the secret was generated.' })
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  @Field(() => Date, {
    nullable: true,
    description: 'Expiry, set at its creation or by a rotation. Null if the secret does not expire.',
  })
  expiresAt: Date | null;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  @Field(() => Date, {
    nullable: true,
    description: 'Time of the last use, precise to the hour. Null if it was never used.',
  })
  lastUsedAt: Date | null;
}
