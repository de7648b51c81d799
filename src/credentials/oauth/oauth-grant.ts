import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { ApplicationId, OrganizationId, SessionId } from '../../kernel/ids.js';

/** A grant of an application, linked to the session that it depends on. */
@Entity('oauth_grants')
@ForeignKey('sessions', ['organizationId', 'sessionId'], ['organizationId', 'id'], { onDelete: 'CASCADE' })
@Index('oauth_grants_by_id', ['id'], { unique: true })
@Index('oauth_grants_session', ['organizationId', 'sessionId'])
export class OAuthGrant {
  @PrimaryColumn('text', { collation: 'C' })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId;

  @PrimaryColumn('text', { collation: 'C' })
  id: string;

  @Column({ type: 'text', collation: 'C' })
  sessionId: SessionId;

  @Column({ type: 'text', collation: 'C' })
  @ForeignKey('applications', { onDelete: 'CASCADE' })
  applicationId: ApplicationId;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  endedAt: Date | null;
}
