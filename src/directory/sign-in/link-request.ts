import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { ConnectionId, LinkRequestId, OrganizationId, UserId } from '../../kernel/ids.js';

/** A sign-in that matches an account and waits for an operator's decision to link it. */
@Entity('link_requests')
@ForeignKey('connections', ['organizationId', 'connectionId'], ['organizationId', 'id'], { onDelete: 'CASCADE' })
@ForeignKey('users', ['organizationId', 'userId'], ['organizationId', 'id'], { onDelete: 'CASCADE' })
@Unique(['organizationId', 'connectionId', 'userId', 'issuer', 'subject'])
@Index('link_requests_pending', ['organizationId', 'connectionId'], { where: "state = 'PENDING'::text" })
@Index('link_requests_by_id', ['id'])
export class LinkRequest {
  @PrimaryColumn('text', { collation: 'C' })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId;

  @PrimaryColumn('text', { collation: 'C' })
  id: LinkRequestId;

  @Column({ type: 'text', collation: 'C' })
  connectionId: ConnectionId;

  @Column({ type: 'text', collation: 'C' })
  userId: UserId;

  @Column({ type: 'text', collation: 'C' })
  issuer: string;

  @Column({ type: 'text', collation: 'C' })
  subject: string;

  @Column('text', { nullable: true })
  email: string | null;

  @Column('text')
  state: 'PENDING' | 'ACCEPTED' | 'REFUSED';

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  expiresAt: Date;
}
