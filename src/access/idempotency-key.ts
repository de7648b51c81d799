import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Request that was executed under an Idempotency-Key, with its response. */
@Entity('idempotency_keys')
@Index('idempotency_keys_age', ['createdAt'])
export class IdempotencyKey {
  /** API key or user that sent the request. */
  @PrimaryColumn('text', { collation: 'C' })
  actor: string;

  @PrimaryColumn('text', { collation: 'C' })
  key: string;

  @Column('bytea')
  requestHash: Buffer;

  /** Null until the request has a response. */
  @Column('text', { nullable: true })
  sealedAnswer: string | null;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;
}
