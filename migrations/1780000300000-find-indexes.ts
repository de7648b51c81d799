import type { MigrationInterface, QueryRunner } from 'typeorm';

const added = [
  'create index events_by_request on events (request_id) where request_id is not null',
  'create index identities_by_external_id on identities (external_id, organization_id)',
  'create index identities_by_subject on identities (subject, organization_id) where subject is not null',
  'create index users_by_user_name on users (user_name_key)',
  'create index groups_by_external_id on groups (external_id, organization_id) where external_id is not null',
  'create index domains_by_name on domains (domain)',
  'create index organizations_name on organizations (lower(name) text_pattern_ops)',
  'create index provisioning_requests_by_request on provisioning_requests (request_id)',
];

// The new indexes also serve the statements of one organization, so a write maintains the same number.
const replaced: [name: string, definition: string][] = [
  ['events_request', 'on events (organization_id, request_id) where request_id is not null'],
  ['identities_external_id', 'on identities (organization_id, external_id)'],
];

/** Indexes that find an object by a text in all organizations. */
export class FindIndexes1780000300000 implements MigrationInterface {
  name = 'FindIndexes1780000300000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of added) await runner.query(statement);
    for (const [name] of replaced) await runner.query(`drop index ${name}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [name, definition] of replaced) await runner.query(`create index ${name} ${definition}`);
    for (const statement of added) await runner.query(`drop index ${/^create index (\w+)/.exec(statement)?.[1]}`);
  }
}
