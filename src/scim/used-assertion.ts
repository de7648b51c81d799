import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ScimClientId } from '../ids.js';

/** A client assertion (RFC 7523) that was accepted: each is accepted once. */
@Entity('used_assertions')
export class UsedAssertion {
  @PrimaryColumn('text', { collation: 'C' })
  clientId: ScimClientId;

  @PrimaryColumn('text', { collation: 'C' })
  jti: string;

  @Column({ type: 'timestamptz', precision: 3 })
  until: Date;
}
