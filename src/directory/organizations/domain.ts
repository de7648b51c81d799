import { Field, ID, ObjectType } from 'type-graphql';
import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { typeId } from '../../kernel/descriptions.js';
import type { DomainId, OrganizationId } from '../../kernel/ids.js';
import { enumType, NodeInterface } from '../../kernel/node.js';

export const domainStates = enumType('DomainState', 'State of a claimed domain.', {
  PENDING: 'The ownership is not verified. The domain has no effect.',
  VERIFIED: 'The ownership was verified by a TXT record or by the operator.',
});

/** An email domain that an organization has claimed. */
@Entity('domains')
@Unique(['organizationId', 'domain'])
@Index('domains_by_id', ['id'])
@Index('domains_by_name', ['domain'])
@Index('domains_failing', ['failingSince'], { where: 'failing_since IS NOT NULL' })
@Index('domains_verified_once', ['domain'], { unique: true, where: "state = 'VERIFIED'::text" })
@ObjectType('Domain', {
  simpleResolvers: true,
  implements: NodeInterface,
  description: 'An email domain that an organization has claimed.',
})
export class Domain {
  @PrimaryColumn('text', { collation: 'C' })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId;

  @PrimaryColumn('text', { collation: 'C' })
  @Field(() => ID, { description: typeId('dom') })
  id: DomainId;

  @Column('text')
  @Field(() => String, { description: 'Domain name in lower case and ASCII (IDNA), such as example.com.' })
  domain: string;

  @Column('text')
  @Field(() => domainStates, { description: 'Only a VERIFIED domain has an effect on sign-ins and adoptions.' })
  state: keyof typeof domainStates;

  @Column('text')
  @Field(() => String, { description: 'Value of the TXT record that proves ownership.' })
  verificationValue: string;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  @Field(() => Date, { nullable: true, description: 'Time of the verification. Null if the domain is not verified.' })
  verifiedAt: Date | null;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;

  /** Time since which the TXT record is missing, and time of the last lookup. Only the daily check writes them. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true, select: false })
  failingSince?: Date | null;
  @Column({ type: 'timestamptz', precision: 3, nullable: true, select: false })
  checkedAt?: Date | null;

  /**
   * True if the domain was verified by its TXT record and not by the operator. Such a domain is checked again every
   * day.
   */
  @Column('boolean', { default: false })
  byRecord: boolean;

  /** True if the domain is reserved for its connections, even after all of them were deleted. */
  @Column('boolean', { name: 'is_assigned', default: false })
  isReserved: boolean;

  @Field(() => String, { description: 'Host name of the TXT record that proves ownership.' })
  get verificationHost(): string {
    return `_rollcall.${this.domain}`;
  }
}
