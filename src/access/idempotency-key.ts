import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A request that was carried out under an Idempotency-Key, with its answer. */
@Entity('idempotency_keys')
@Index('idempotency_keys_age', ['createdAt'])
export class IdempotencyKey {
  /** The key or person that sent it. */
  @PrimaryColumn('text', { collation: 'C' })
  actor: string;

  @PrimaryColumn('text', { collation: 'C' })
  key: string;

  @Column('bytea')
  requestHash: Buffer;

  /** Null until the request has an answer. */
  @Column('text', { nullable: true })
  sealedAnswer: string | null;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;
}
