import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { DomainId, OrganizationId } from '../../ids.js';
import { NodeInterface } from '../../node.js';

export const domainStates = { PENDING: 'PENDING', VERIFIED: 'VERIFIED' } as const;
registerEnumType(domainStates, { name: 'DomainState', description: 'VERIFIED once its TXT record was seen.' });

/** An e-mail domain that an organization has claimed. */
@Entity('domains')
@ObjectType('Domain', {
  simpleResolvers: true,
  implements: NodeInterface,
  description: 'An e-mail domain that the organization has claimed.',
})
export class Domain {
  @PrimaryColumn('text')
  organizationId: OrganizationId;

  @PrimaryColumn('text')
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

  @Column('timestamptz', { nullable: true })
  @Field(() => Date, { nullable: true })
  verifiedAt: Date | null;

  @Column('timestamptz')
  createdAt: Date;

  /** Verified by its record and not by the operator's word: looked up again each day. */
  @Column('boolean')
  byRecord: boolean;

  /** Reserved for the connections that it is assigned to, also when all of them are deleted. */
  @Column('boolean')
  isAssigned: boolean;

  @Field(() => String, { description: 'The TXT record that proves ownership: its host.' })
  get verificationHost(): string {
    return `_rollcall.${this.domain}`;
  }
}
