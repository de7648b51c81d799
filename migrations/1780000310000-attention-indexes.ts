import type { MigrationInterface, QueryRunner } from 'typeorm';

const indexes: [name: string, definition: string][] = [
  ['announcements_condition', 'on announcements (condition)'],
  ['api_keys_expiry', 'on api_keys (expires_at) where expires_at is not null'],
  ['application_secrets_expiry', 'on application_secrets (expires_at) where expires_at is not null'],
  ['scim_tokens_expiry', 'on scim_tokens (expires_at) where client_id is null and expires_at is not null'],
  ['webhook_endpoints_failing', `on webhook_endpoints (failing_since) where state = 'FAILING'`],
  ['event_consumers_lagging', 'on event_consumers (told_at) where told_at is not null'],
  ['adoption_requests_pending', `on adoption_requests (organization_id, connection_id) where state = 'PENDING'`],
  ['link_requests_pending', `on link_requests (organization_id, connection_id) where state = 'PENDING'`],
  ['organizations_over_seats', 'on organizations (seats_exceeded_since) where seats_exceeded_since is not null'],
  ['domains_failing', 'on domains (failing_since) where failing_since is not null'],
  [
    'events_attention',
    `on events (occurred_at) where type in ('connection.attention', 'connection.mass_change', 'domain.lapsed')`,
  ],
];

/** Indexes of what needs attention. Almost all are partial: they contain few rows, and few writes touch them. */
export class AttentionIndexes1780000310000 implements MigrationInterface {
  name = 'AttentionIndexes1780000310000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [name, definition] of indexes) await runner.query(`create index ${name} ${definition}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [name] of indexes) await runner.query(`drop index ${name}`);
  }
}
