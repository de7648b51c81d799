import type { MigrationInterface, QueryRunner } from 'typeorm';

const up = [
  `create table dormancy_warnings (
    organization_id text collate "C" not null references organizations (id) on delete cascade,
    connection_id text collate "C" not null,
    user_id text collate "C" not null,
    warned_at timestamptz(3) not null,
    due_at timestamptz(3) not null,
    primary key (organization_id, connection_id, user_id),
    foreign key (organization_id, connection_id) references connections (organization_id, id) on delete cascade,
    foreign key (organization_id, user_id) references users (organization_id, id) on delete cascade
  )`,
  `create index dormancy_warnings_user on dormancy_warnings (organization_id, user_id)`,
];

// An account is closed only after its own warning. No warning is derived from the earlier daily events, because they
// name at most 100 accounts: each account is warned again.
export class DormancyWarnings1780000500000 implements MigrationInterface {
  name = 'DormancyWarnings1780000500000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of up) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table dormancy_warnings');
  }
}
