import { Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn } from 'typeorm';
import type { OrganizationId } from '../../kernel/ids.js';

/**
 * A part of the number of occupied seats. The number is the sum of all rows. Writers only add rows, so they do not wait
 * for each other.
 */
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
