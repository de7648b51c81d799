import { Field, ID, Int, ObjectType } from 'type-graphql';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { OrganizationState } from '../../events/payloads.js';
import { guardedUpdatedAt, typeId } from '../../kernel/descriptions.js';
import type { OrganizationId } from '../../kernel/ids.js';
import { enumType, JsonScalar, NodeInterface } from '../../kernel/node.js';
import { create } from '../../storage/rows.js';
import { noLook } from '../looks/look.js';

export const organizationStatuses = enumType(
  'OrganizationStatus',
  'Determines whether the credentials and sign-ins of an organization are accepted.',
  {
    ACTIVE: 'Credentials are accepted and users can sign in.',
    DISABLED: 'All credentials of the organization are rejected and no user can sign in.',
  },
);
export type OrganizationStatus = keyof typeof organizationStatuses;

export const seatPolicies = enumType('SeatPolicy', 'Handling of new users beyond `seatLimit`.', {
  BLOCK: 'New users are rejected with SEAT_LIMIT_REACHED.',
  GRACE: '`seatGrace` additional users are accepted for `seatGraceDays` days.',
  NOTIFY: 'New users are accepted, and ORGANIZATION_SEATS_EXCEEDED is emitted.',
});
export type SeatPolicy = keyof typeof seatPolicies;

/** A tenant: one customer of the application. */
@Entity('organizations')
@Index('organizations_deleted', ['deletedAt'], { where: 'deleted_at IS NOT NULL' })
@Index('organizations_name', { synchronize: false })
@Index('organizations_logo', ['logoHash'], { where: 'logo_hash IS NOT NULL' })
@Index('organizations_order_name', { synchronize: false })
@Index('organizations_over_seats', ['seatsExceededSince'], { where: 'seats_exceeded_since IS NOT NULL' })
@ObjectType('Organization', {
  simpleResolvers: true,
  implements: NodeInterface,
  description: 'An organization (tenant): one customer of the application.',
})
export class Organization {
  @PrimaryColumn('text', { collation: 'C' })
  @Field(() => ID, { description: typeId('org') })
  id: OrganizationId;

  @Column('text')
  @Field(() => String, {
    description: 'Name for display, also on sign-in pages. It does not need to be unique.',
  })
  name: string;

  @Column({ type: 'text', collation: 'C', nullable: true, unique: true })
  @Field(() => String, {
    nullable: true,
    description: 'Unique id of the customer in your application. Null if it is not set.',
  })
  externalId: string | null;

  @Column('text')
  @Field(() => organizationStatuses, {
    description: 'Set by `updateOrganization`. DISABLED rejects all credentials and sign-ins of the organization.',
  })
  status: OrganizationStatus;

  @Column('integer', { nullable: true })
  @Field(() => Int, { nullable: true, description: 'Maximum number of users in a seat. Null if there is no limit.' })
  seatLimit: number | null;

  @Column('text', { default: 'BLOCK' })
  @Field(() => seatPolicies, { nullable: true, description: 'Handling of new users beyond `seatLimit`.' })
  seatPolicy: SeatPolicy;

  @Column('integer', { default: 0 })
  @Field(() => Int, { nullable: true, description: 'Number of additional seats if `seatPolicy` is GRACE.' })
  seatGrace: number;

  @Column('integer', { default: 0 })
  @Field(() => Int, {
    nullable: true,
    description:
      'Days after the limit was first exceeded in which the additional seats can be used, if `seatPolicy` is GRACE.',
  })
  seatGraceDays: number;

  /** Time since which the number of occupied seats exceeds the limit. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  seatsExceededSince: Date | null;

  /** Time of the last seat event, which is emitted at most once an hour. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  seatsToldAt: Date | null;

  /** Set while the rows of a deleted organization are being deleted. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  deletedAt: Date | null;

  @Column('text', { nullable: true })
  @Field(() => String, {
    nullable: true,
    description:
      "Color of buttons on the organization's sign-in pages, such as #1a56db. Null if the application's color is used.",
  })
  color: string | null;

  @Column('text', { nullable: true })
  @Field(() => String, {
    nullable: true,
    description:
      "Support contact on the organization's sign-in pages: an email address or an https URL. Null if the application's contact is used.",
  })
  supportContact: string | null;

  /** SHA-256 of the logo, which is part of its URL. */
  @Column({ type: 'text', collation: 'C', nullable: true })
  logoHash: string | null;

  /** Not read with the row: it is read by its hash when it is served. */
  @Column('bytea', { nullable: true, select: false })
  logo?: Buffer | null;

  @Column('jsonb')
  @Field(() => JsonScalar, { nullable: true, description: 'JSON object for the use of your application.' })
  metadata: Record<string, unknown>;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date, { description: 'Time of the call of `createOrganization`.' })
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date, { description: guardedUpdatedAt })
  updatedAt: Date;
}

/** Returns the organization in the form that events contain. */
export function organizationState(organization: Organization): OrganizationState {
  const { seatsExceededSince: _since, seatsToldAt: _told, ...state } = organization;
  return state;
}

/** Returns a placeholder for a deleted organization, for the events that remain in its log. */
export const goneOrganization = (id: OrganizationId): Organization =>
  create(Organization, {
    id,
    name: '',
    externalId: null,
    status: 'DISABLED',
    seatLimit: null,
    seatPolicy: 'BLOCK',
    seatGrace: 0,
    seatGraceDays: 0,
    seatsExceededSince: null,
    seatsToldAt: null,
    deletedAt: null,
    ...noLook,
    metadata: {},
    createdAt: new Date(0),
    updatedAt: new Date(0),
  });
