import type { MigrationInterface, QueryRunner } from 'typeorm';

const columns = [
  'name text',
  'return_url text',
  'creator_kind text',
  'creator_id text collate "C"',
  'last_used_at timestamptz(3)',
];

// The creator of a link that exists is not known.
export class SetupLinkDetails1780000631000 implements MigrationInterface {
  name = 'SetupLinkDetails1780000631000';

  async up(runner: QueryRunner): Promise<void> {
    for (const column of columns) await runner.query(`alter table setup_links add column ${column}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const column of columns) await runner.query(`alter table setup_links drop column ${column.split(' ')[0]}`);
  }
}
