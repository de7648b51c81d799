import { Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn } from 'typeorm';
import type { ConnectionId, OrganizationId } from '../../kernel/ids.js';

/**
 * A part of the number of users or groups that a connection manages. The number is the sum of all rows. Writers only
 * add rows, so they do not wait for each other.
 */
@Entity('managed_counts')
@ForeignKey('connections', ['organizationId', 'connectionId'], ['organizationId', 'id'], { onDelete: 'CASCADE' })
@Index('managed_counts_connection', ['organizationId', 'connectionId', 'kind'])
export class ManagedCount {
  @Column({ type: 'text', collation: 'C' })
  organizationId: OrganizationId;

  @Column({ type: 'text', collation: 'C' })
  connectionId: ConnectionId;

  @Column('text')
  kind: 'User' | 'Group';

  @Column('bigint')
  n: number;

  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id: number;
}
