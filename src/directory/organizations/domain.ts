import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { DomainId, OrganizationId } from '../../kernel/ids.js';
import { NodeInterface } from '../../kernel/node.js';

export const domainStates = { PENDING: 'PENDING', VERIFIED: 'VERIFIED' } as const;
registerEnumType(domainStates, { name: 'DomainState', description: 'VERIFIED once its TXT record was seen.' });

/** An email domain that an organization has claimed. */
@Entity('domains')
@Unique(['organizationId', 'domain'])
@Index('domains_by_id', ['id'])
@Index('domains_verified_once', ['domain'], { unique: true, where: "state = 'VERIFIED'::text" })
@ObjectType('Domain', {
  simpleResolvers: true,
  implements: NodeInterface,
  description: 'An email domain that the organization has claimed.',
})
export class Domain {
  @PrimaryColumn('text', { collation: 'C' })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId;

  @PrimaryColumn('text', { collation: 'C' })
  @Field(() => ID)
  id: DomainId;

  @Column('text')
  @Field(() => String)
  domain: string;

  @Column('text')
  @Field(() => domainStates)
  state: keyof typeof domainStates;

  @Column('text')
  @Field(() => String, { description: 'The TXT record that proves ownership: its value.' })
  verificationValue: string;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  @Field(() => Date, { nullable: true })
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
  @Column('boolean', { default: false })
  isAssigned: boolean;

  @Field(() => String, { description: 'The TXT record that proves ownership: its host.' })
  get verificationHost(): string {
    return `_rollcall.${this.domain}`;
  }
}
