import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ScimClientId } from '../../../kernel/ids.js';

/** Client assertion (RFC 7523) that was accepted. Each assertion is accepted only once. */
@Entity('used_assertions')
export class UsedAssertion {
  @PrimaryColumn('text', { collation: 'C' })
  clientId: ScimClientId;

  @PrimaryColumn('text', { collation: 'C' })
  jti: string;

  @Column({ type: 'timestamptz', precision: 3 })
  until: Date;
}
