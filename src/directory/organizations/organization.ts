import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { OrganizationId } from '../../ids.js';
import { JsonScalar, NodeInterface } from '../../node.js';

export const organizationStatuses = { ACTIVE: 'ACTIVE', DISABLED: 'DISABLED' } as const;
export type OrganizationStatus = keyof typeof organizationStatuses;
registerEnumType(organizationStatuses, {
  name: 'OrganizationStatus',
  description: 'DISABLED: every credential of the organization is refused and nobody signs in.',
});

/** A tenant: one customer of the application. */
@Entity('organizations')
@ObjectType('Organization', {
  simpleResolvers: true,
  implements: NodeInterface,
  description: 'A tenant: one customer of the application.',
})
export class Organization {
  @PrimaryColumn('text')
  @Field(() => ID)
  id: OrganizationId;

  @Column('text')
  @Field(() => String)
  name: string;

  @Column('text', { nullable: true })
  @Field(() => String, { nullable: true, description: "The application's own id for this customer; unique when set." })
  externalId: string | null;

  @Column('text')
  @Field(() => organizationStatuses)
  status: OrganizationStatus;

  @Column('jsonb')
  @Field(() => JsonScalar)
  metadata: Record<string, unknown>;

  @Column('timestamptz')
  @Field(() => Date)
  createdAt: Date;

  @Column('timestamptz')
  @Field(() => Date)
  updatedAt: Date;
}
