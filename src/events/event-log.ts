import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** The identity of all logs together, in one row. A restore of an older state gets another epoch. */
@Entity('event_log')
@Check('event_log_only_row_check', 'only_row')
export class EventLog {
  @PrimaryColumn('boolean', { default: true })
  onlyRow: boolean;

  @Column('text')
  epoch: string;

  /** Identifies the database cluster in which the epoch began. */
  @Column('text')
  fingerprint: string;
}
