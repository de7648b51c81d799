import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { OrganizationId } from '../../ids.js';
import { JsonScalar, NodeInterface } from '../../node.js';

export const organizationStatuses = { ACTIVE: 'ACTIVE', DISABLED: 'DISABLED' } as const;
export type OrganizationStatus = keyof typeof organizationStatuses;
registerEnumType(organizationStatuses, {
  name: 'OrganizationStatus',
  description: 'DISABLED: every credential of the organization is refused and nobody signs in.',
});

export const seatPolicies = { BLOCK: 'BLOCK', GRACE: 'GRACE', NOTIFY: 'NOTIFY' } as const;
export type SeatPolicy = keyof typeof seatPolicies;
registerEnumType(seatPolicies, {
  name: 'SeatPolicy',
  description:
    'What happens to a new account beyond seatLimit. BLOCK refuses it; GRACE lets seatGrace more in, for seatGraceDays; NOTIFY only tells.',
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

  @Column('integer', { nullable: true })
  @Field(() => Int, { nullable: true, description: 'How many members the organization may have; null: any number.' })
  seatLimit: number | null;

  @Column('text')
  @Field(() => seatPolicies)
  seatPolicy: SeatPolicy;

  @Column('integer')
  @Field(() => Int, { description: 'With GRACE: how many seats beyond the limit.' })
  seatGrace: number;

  @Column('integer')
  @Field(() => Int, { description: 'With GRACE: for how many days after the limit was first passed.' })
  seatGraceDays: number;

  /** Since when more seats are taken than the limit has. */
  @Column('timestamptz', { nullable: true })
  seatsExceededSince: Date | null;

  /** When that was last told: once an hour is enough. */
  @Column('timestamptz', { nullable: true })
  seatsToldAt: Date | null;

  /** Set while the rows of an organization that was deleted are still on their way out. */
  @Column('timestamptz', { nullable: true })
  deletedAt: Date | null;

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

/** The organization as events carry it. */
export function organizationState(organization: Organization): Record<string, unknown> {
  const { seatsExceededSince: _since, seatsToldAt: _told, ...state } = organization;
  return state;
}

/** What is left to be said of an organization that was deleted, for the events that its log still has. */
export const goneOrganization = (id: OrganizationId): Organization =>
  Object.assign(new Organization(), {
    id,
    name: '',
    externalId: null,
    status: 'DISABLED',
    seatLimit: null,
    seatPolicy: 'BLOCK',
    seatGrace: 0,
    seatGraceDays: 0,
    metadata: {},
    createdAt: new Date(0),
    updatedAt: new Date(0),
  } as const);
