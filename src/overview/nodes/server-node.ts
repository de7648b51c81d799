import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A process of the server, as it has last reported itself. */
@Entity('server_nodes')
export class ServerNode {
  /** Id of the process. A restart creates another node. */
  @PrimaryColumn('text', { collation: 'C' })
  id: string;

  @Column('text')
  host: string;

  @Column('text')
  version: string;

  @Column({ type: 'timestamptz', precision: 3 })
  startedAt: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  lastSeenAt: Date;

  @Column('integer')
  openConnections: number;

  /** Age in milliseconds of the oldest committed event that the node cannot deliver yet; 0 if there is none. */
  @Column('integer')
  lagMs: number;
}
