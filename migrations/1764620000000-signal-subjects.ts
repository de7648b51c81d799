import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The `sub` of an identity whose subject is another claim: messages of the IdP that end sessions name the user by it. */
export class SignalSubjects1764620000000 implements MigrationInterface {
  name = 'SignalSubjects1764620000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table identities add sub text collate "C"');
    await runner.query(
      'create index identities_sub on identities (organization_id, connection_id, sub) where sub is not null',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table identities drop sub');
  }
}
