import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { ConnectionId, OrganizationId } from '../../kernel/ids.js';

/** The expiry of a SAML certificate of an IdP. The certificate itself is stored with its connection. */
@Entity('idp_certificates')
@ForeignKey('connections', ['organizationId', 'connectionId'], ['organizationId', 'id'], { onDelete: 'CASCADE' })
@Index('idp_certificates_expiry', ['expiresAt'])
export class IdpCertificate {
  @PrimaryColumn('text', { collation: 'C' })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId;

  @PrimaryColumn('text', { collation: 'C' })
  connectionId: ConnectionId;

  /** SHA-256 fingerprint: hexadecimal bytes, separated by colons. */
  @PrimaryColumn('text', { collation: 'C' })
  fingerprint: string;

  @Column({ type: 'timestamptz', precision: 3 })
  expiresAt: Date;
}
