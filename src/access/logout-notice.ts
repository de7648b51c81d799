import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { ApplicationId, OrganizationId, SessionId, UserId } from '../ids.js';

/** An application that has to be notified of the end of a session (OpenID Connect Back-Channel Logout). */
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

  /** How many attempts have failed. */
  @Column('integer', { default: 0 })
  attempts: number;

  @Column({ type: 'timestamptz', precision: 3 })
  nextAt: Date;
}
