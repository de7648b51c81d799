import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The email address that the IdP asserted at a sign-in, and whether it vouched for it: applications receive it as a claim. */
export class SignInProofs1764510000000 implements MigrationInterface {
  name = 'SignInProofs1764510000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table sessions add idp_email_key text collate "C", add idp_email_verified boolean');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table sessions drop idp_email_key, drop idp_email_verified');
  }
}
