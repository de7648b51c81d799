import type { MigrationInterface, QueryRunner } from 'typeorm';

// Added without a default first: the default is volatile, so the existing rows would be rewritten.
const up = [
  'alter table provisioning_requests add column written_in bigint',
  'alter table provisioning_requests alter column written_in set default txid_current()',
  'create index provisioning_requests_written on provisioning_requests (connection_id, written_in)',
];
const down = ['alter table provisioning_requests drop column written_in'];

/** The transaction of each new entry of the request log. With two snapshots it tells which entries are new. */
export class RequestsByTransaction1780000600000 implements MigrationInterface {
  name = 'RequestsByTransaction1780000600000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of up) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of down) await runner.query(statement);
  }
}
