import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { ConnectionId, OrganizationId, UserId } from '../../kernel/ids.js';

/** The code with which an invited user accepts the invitation. Only its hash is stored. */
@Entity('invitations')
@ForeignKey('connections', ['organizationId', 'connectionId'], ['organizationId', 'id'], { onDelete: 'CASCADE' })
@ForeignKey('users', ['organizationId', 'userId'], ['organizationId', 'id'], { onDelete: 'CASCADE' })
@Index('invitations_expiry', ['expiresAt'])
export class Invitation {
  @PrimaryColumn('text', { collation: 'C' })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId;

  @PrimaryColumn('text', { collation: 'C' })
  userId: UserId;

  @Column({ type: 'text', collation: 'C', nullable: true })
  connectionId: ConnectionId | null;

  @Column('bytea')
  codeHash: Buffer;

  @Column({ type: 'timestamptz', precision: 3 })
  expiresAt: Date;
}
