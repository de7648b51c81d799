import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { OrganizationState } from '../../events/payloads.js';
import type { OrganizationId } from '../../kernel/ids.js';
import { JsonScalar, NodeInterface } from '../../kernel/node.js';
import { create } from '../../storage/rows.js';
import { noLook } from '../looks/look.js';

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
@Index('organizations_deleted', ['deletedAt'], { where: 'deleted_at IS NOT NULL' })
@Index('organizations_logo', ['logoHash'], { where: 'logo_hash IS NOT NULL' })
@ObjectType('Organization', {
  simpleResolvers: true,
  implements: NodeInterface,
  description: 'A tenant: one customer of the application.',
})
export class Organization {
  @PrimaryColumn('text', { collation: 'C' })
  @Field(() => ID)
  id: OrganizationId;

  @Column('text')
  @Field(() => String)
  name: string;

  @Column({ type: 'text', collation: 'C', nullable: true, unique: true })
  @Field(() => String, { nullable: true, description: "The application's own id for this customer; unique when set." })
  externalId: string | null;

  @Column('text')
  @Field(() => organizationStatuses)
  status: OrganizationStatus;

  @Column('integer', { nullable: true })
  @Field(() => Int, { nullable: true, description: 'How many members the organization may have; null: any number.' })
  seatLimit: number | null;

  @Column('text', { default: 'BLOCK' })
  @Field(() => seatPolicies)
  seatPolicy: SeatPolicy;

  @Column('integer', { default: 0 })
  @Field(() => Int, { description: 'With GRACE: how many seats beyond the limit.' })
  seatGrace: number;

  @Column('integer', { default: 0 })
  @Field(() => Int, { description: 'With GRACE: for how many days after the limit was first passed.' })
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
    description: "The color of buttons on the organization's sign-in pages, such as #1a56db. Null: the application's.",
  })
  color: string | null;

  @Column('text', { nullable: true })
  @Field(() => String, {
    nullable: true,
    description: "The support contact on the organization's sign-in pages: an email address or an https URL.",
  })
  supportContact: string | null;

  /** SHA-256 of the logo, which is part of its URL. */
  @Column({ type: 'text', collation: 'C', nullable: true })
  logoHash: string | null;

  /** Not read with the row: it is read by its hash when it is served. */
  @Column('bytea', { nullable: true, select: false })
  logo?: Buffer | null;

  @Column('jsonb')
  @Field(() => JsonScalar)
  metadata: Record<string, unknown>;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date)
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date)
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
