import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** Epoch of all logs, in a single row. After a restore to an earlier state a new epoch begins. */
@Entity('event_log')
@Check('event_log_only_row_check', 'only_row')
export class EventLog {
  @PrimaryColumn('boolean', { default: true })
  onlyRow: boolean;

  @Column('text')
  epoch: string;

  /** Identifier of the database cluster in which the epoch began. */
  @Column('text')
  fingerprint: string;
}
