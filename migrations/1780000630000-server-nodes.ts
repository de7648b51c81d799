import type { MigrationInterface, QueryRunner } from 'typeorm';

// Without a table, only the node that answers a request knows of itself.
export class ServerNodes1780000630000 implements MigrationInterface {
  name = 'ServerNodes1780000630000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table server_nodes (
      id text collate "C" not null primary key,
      host text not null,
      version text not null,
      started_at timestamptz(3) not null,
      last_seen_at timestamptz(3) not null,
      open_connections integer not null,
      lag_ms integer not null
    )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table server_nodes');
  }
}
