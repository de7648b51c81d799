import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = ['users', 'groups'];

/**
 * The index by id alone answers which organization an id belongs to. As a B-tree it also had an order, and the planner used
 * it for `order by id limit n` of one large organization: it walked over the rows of all others. A hash index has no order.
 */
export class IdsWithoutOrder1764600000000 implements MigrationInterface {
  name = 'IdsWithoutOrder1764600000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of tables) {
      await runner.query(`drop index ${table}_by_id`);
      await runner.query(`create index ${table}_by_id on ${table} using hash (id)`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of tables) {
      await runner.query(`drop index ${table}_by_id`);
      await runner.query(`create index ${table}_by_id on ${table} (id)`);
    }
  }
}
