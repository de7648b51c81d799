import { Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn } from 'typeorm';
import type { OrganizationId } from '../../ids.js';

/** A part of the number of seats that are taken: the number is the sum of its rows. Writers only add rows, so that none waits for another. */
@Entity('seat_counts')
@Index('seat_counts_organization', ['organizationId'])
export class SeatCount {
  @Column({ type: 'text', collation: 'C' })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId;

  @Column('bigint')
  n: number;

  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id: number;
}
