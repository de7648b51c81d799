import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ScimClientId } from '../../kernel/ids.js';

/**
 * Client assertion that a server of an earlier release has accepted. This release stores them as `UsedToken`; the table
 * stays until no server of that release can still run during an upgrade.
 */
@Entity('used_assertions')
export class UsedAssertion {
  @PrimaryColumn('text', { collation: 'C' })
  clientId: ScimClientId;

  @PrimaryColumn('text', { collation: 'C' })
  jti: string;

  @Column({ type: 'timestamptz', precision: 3 })
  until: Date;
}
