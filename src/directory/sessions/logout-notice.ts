import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { ApplicationId, OrganizationId, SessionId, UserId } from '../../kernel/ids.js';

/** Pending logout token for an application (OpenID Connect Back-Channel Logout). */
@Entity('logout_notices')
@Index('logout_notices_due', ['nextAt'])
export class LogoutNotice {
  @PrimaryColumn('text', { collation: 'C' })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId;

  @PrimaryColumn('text', { collation: 'C' })
  sessionId: SessionId;

  @PrimaryColumn('text', { collation: 'C' })
  @ForeignKey('applications', { onDelete: 'CASCADE' })
  applicationId: ApplicationId;

  @Column({ type: 'text', collation: 'C' })
  userId: UserId;

  /** Number of failed attempts. */
  @Column('integer', { default: 0 })
  attempts: number;

  @Column({ type: 'timestamptz', precision: 3 })
  nextAt: Date;
}
