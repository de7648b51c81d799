import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Indexes by which the background jobs find expired sessions and expired SCIM tokens of OAuth clients. */
export class ExpiryIndexes1780000650000 implements MigrationInterface {
  name = 'ExpiryIndexes1780000650000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create index sessions_expiry on sessions (expires_at)');
    await runner.query(
      'create index scim_tokens_client_expiry on scim_tokens (expires_at) where client_id is not null',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index scim_tokens_client_expiry');
    await runner.query('drop index sessions_expiry');
  }
}
