import type { MigrationInterface, QueryRunner } from 'typeorm';

const indexes = {
  groups_created: 'groups (organization_id, created_at, id)',
  organizations_order_name: 'organizations ((lower(name)) collate "C", id) where deleted_at is null',
};

// Without an index, each page of an ordered list would sort the complete list.
export class OrdersOfLists1780000200010 implements MigrationInterface {
  name = 'OrdersOfLists1780000200010';

  async up(runner: QueryRunner): Promise<void> {
    for (const [name, on] of Object.entries(indexes)) await runner.query(`create index ${name} on ${on}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of Object.keys(indexes)) await runner.query(`drop index ${name}`);
  }
}
