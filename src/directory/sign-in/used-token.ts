import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { ConnectionId, OrganizationId } from '../../kernel/ids.js';

/** An assertion, logout token or security event that was accepted. Each is accepted only once, across all nodes. */
@Entity('used_tokens')
@ForeignKey('connections', ['organizationId', 'connectionId'], ['organizationId', 'id'], { onDelete: 'CASCADE' })
@Index('used_tokens_expiry', ['until'])
export class UsedToken {
  @PrimaryColumn('text', { collation: 'C' })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId;

  @PrimaryColumn('text', { collation: 'C' })
  connectionId: ConnectionId;

  @PrimaryColumn('text', { collation: 'C' })
  tokenId: string;

  @Column({ type: 'timestamptz', precision: 3 })
  until: Date;
}
