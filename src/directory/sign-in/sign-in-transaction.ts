import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { ConnectionId, OrganizationId, TripId } from '../../kernel/ids.js';

/** A redirect to an IdP and back, bound to the browser by a cookie. */
@Entity('sign_in_transactions')
@ForeignKey('connections', ['organizationId', 'connectionId'], ['organizationId', 'id'], { onDelete: 'CASCADE' })
@Index('sign_in_transactions_by_id', ['id'], { unique: true })
@Index('sign_in_transactions_expiry', ['expiresAt'])
export class SignInTransaction {
  @PrimaryColumn('text', { collation: 'C' })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId;

  @PrimaryColumn('text', { collation: 'C' })
  id: TripId;

  @Column({ type: 'text', collation: 'C' })
  connectionId: ConnectionId;

  /** The hash of the cookie; null for a sign-in that began at the IdP. */
  @Column('bytea', { nullable: true })
  browserHash: Buffer | null;

  @Column('text')
  kind: string;

  /** The values that the response must match; they depend on the protocol. */
  @Column('jsonb')
  state: unknown;

  /** The assertion of a sign-in that began at the IdP. */
  @Column('jsonb', { nullable: true })
  arrival: unknown;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  expiresAt: Date;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  usedAt: Date | null;
}
