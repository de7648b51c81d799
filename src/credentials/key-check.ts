import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import type { Sealed } from '../kernel/vault.js';

/** Known sentence, encrypted, in a single row. A server that cannot decrypt it has another secret key. */
@Entity('key_checks')
@Check('key_checks_only_row_check', 'only_row')
export class KeyCheck {
  @PrimaryColumn('boolean', { default: true })
  onlyRow: boolean;

  @Column('text')
  sealed: Sealed;
}
