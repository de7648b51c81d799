import { Field, ID, ObjectType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ApplicationId, ApplicationSecretId } from '../../ids.js';

/** A client secret of an application. Several can be valid at once; only the hash is kept. */
@Entity('application_secrets')
@ObjectType('ApplicationSecret', {
  simpleResolvers: true,
  description: 'A client secret of an application, without the secret itself.',
})
export class ApplicationSecret {
  @PrimaryColumn('text')
  @Field(() => ID)
  id: ApplicationSecretId;

  @Column('text')
  applicationId: ApplicationId;

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
