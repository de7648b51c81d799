import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Marks the platform key that came from ROLLCALL_ADMIN_KEY: it is valid as long as the environment has it. */
export class EnvironmentKeys1764590000000 implements MigrationInterface {
  name = 'EnvironmentKeys1764590000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table api_keys add from_environment boolean not null default false');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table api_keys drop from_environment');
  }
}
