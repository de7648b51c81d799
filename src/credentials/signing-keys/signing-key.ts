import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Sealed } from '../../kernel/vault.js';

/** Key pair for one purpose. The private key is encrypted. */
@Entity('signing_keys')
export class StoredSigningKey {
  @PrimaryColumn('text', { collation: 'C' })
  id: string;

  @Column('text')
  purpose: string;

  @Column('text')
  sealed: Sealed;

  @Column('jsonb', { nullable: true })
  publicJwk: unknown;

  @Column('text', { nullable: true })
  certificate: string | null;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  activeFrom: Date;

  /** Null for the newest key, which has no successor yet. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  expiresAt: Date | null;
}
