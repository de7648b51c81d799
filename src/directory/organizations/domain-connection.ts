import { Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import type { ConnectionId, DomainId, OrganizationId } from '../../kernel/ids.js';

/** An assignment of a domain to a connection: users of the domain sign in through it. */
@Entity('domain_connections')
@ForeignKey('connections', ['organizationId', 'connectionId'], ['organizationId', 'id'], { onDelete: 'CASCADE' })
@ForeignKey('domains', ['organizationId', 'domainId'], ['organizationId', 'id'], { onDelete: 'CASCADE' })
export class DomainConnection {
  @PrimaryColumn('text', { collation: 'C' })
  organizationId: OrganizationId;

  @PrimaryColumn('text', { collation: 'C' })
  domainId: DomainId;

  @PrimaryColumn('text', { collation: 'C' })
  connectionId: ConnectionId;
}
