import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { ConnectionId, OrganizationId, UserId } from '../../kernel/ids.js';
import type { Account } from './account.js';

/** The request of an IdP to adopt an account that it does not manage. It waits for an operator's decision. */
@Entity('adoption_requests')
@ForeignKey('connections', ['organizationId', 'connectionId'], ['organizationId', 'id'], { onDelete: 'CASCADE' })
@ForeignKey('users', ['organizationId', 'userId'], ['organizationId', 'id'], { onDelete: 'CASCADE' })
@Index('adoption_requests_pending', ['organizationId', 'connectionId'], { where: "state = 'PENDING'::text" })
export class AdoptionRequest {
  @PrimaryColumn('text', { collation: 'C' })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId;

  @PrimaryColumn('text', { collation: 'C' })
  connectionId: ConnectionId;

  @PrimaryColumn('text', { collation: 'C' })
  userId: UserId;

  @Column({ type: 'text', collation: 'C', nullable: true })
  externalId: string | null;

  /** The account as the IdP sent it. */
  @Column('jsonb')
  account: Account;

  @Column('text')
  state: 'PENDING' | 'ACCEPTED' | 'REFUSED';

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  updatedAt: Date;

  /** Id of the request within its connection. */
  get id(): UserId {
    return this.userId;
  }
}
