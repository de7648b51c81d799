import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = ['managed_counts', 'seat_counts'];

// The tables of counts had no key, and TypeORM maps no table without one. They have few rows, because a timer folds them
// together: the change takes milliseconds. Servers of the earlier version insert the first columns, which stay the first.
export class KeysOfCounts1780000050000 implements MigrationInterface {
  name = 'KeysOfCounts1780000050000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of tables)
      await runner.query(`alter table ${table} add column id bigint generated always as identity primary key`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of tables) await runner.query(`alter table ${table} drop column id`);
  }
}
