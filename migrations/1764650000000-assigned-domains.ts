import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whether a domain is reserved for the connections that it is assigned to. It stays so when the last of them is deleted. */
export class AssignedDomains1764650000000 implements MigrationInterface {
  name = 'AssignedDomains1764650000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table domains add is_assigned boolean not null default false');
    await runner.query(
      `update domains d set is_assigned = true where exists (
         select from domain_connections c where c.organization_id = d.organization_id and c.domain_id = d.id)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table domains drop is_assigned');
  }
}
