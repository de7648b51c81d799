import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The look of sign-in pages: a logo, a color and a support contact, of applications and organizations. */
export class Looks1780000010000 implements MigrationInterface {
  name = 'Looks1780000010000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of ['applications', 'organizations']) {
      await runner.query(
        `alter table ${table} add color text, add support_contact text, add logo_hash text collate "C", add logo bytea`,
      );
      // Logos are served by their hash. The bytes are out of line, so a change of another column does not copy them.
      await runner.query(`create index ${table}_logo on ${table} (logo_hash) where logo_hash is not null`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['applications', 'organizations']) {
      await runner.query(`alter table ${table} drop color, drop support_contact, drop logo_hash, drop logo`);
    }
  }
}
