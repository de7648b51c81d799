import type { MigrationInterface, QueryRunner } from 'typeorm';

const announced = `'^(TOKEN_EXPIRING|CERTIFICATE_EXPIRING|SILENT|FAILING|mass change|dormancy) '`;

const up = [
  `create table announcements (
    organization_id text collate "C" not null references organizations (id) on delete cascade,
    connection_id text collate "C" not null,
    condition text collate "C" not null,
    until timestamptz(3) not null,
    primary key (organization_id, connection_id, condition),
    foreign key (organization_id, connection_id) references connections (organization_id, id) on delete cascade
  )`,
  `create index announcements_expiry on announcements (until)`,
  `insert into announcements (organization_id, connection_id, condition, until)
    select organization_id, connection_id, token_id, until from used_tokens where token_id ~ ${announced}`,
  `delete from used_tokens where token_id ~ ${announced}`,
  // The id of a single-use token is stored as its hash, as `markUsed` makes it.
  `update used_tokens set token_id = encode(sha256(convert_to(token_id, 'UTF8')), 'hex')`,
  `insert into used_tokens (organization_id, connection_id, token_id, until)
    select c.organization_id, c.connection_id,
      encode(sha256(convert_to('client-assertion ' || u.client_id || ' ' || u.jti, 'UTF8')), 'hex'), u.until
    from used_assertions u join scim_clients c on c.id = u.client_id
    on conflict do nothing`,
];

const down = [
  `insert into used_tokens (organization_id, connection_id, token_id, until)
    select organization_id, connection_id, condition, until from announcements
    on conflict do nothing`,
  `drop table announcements`,
];

// Single-use tokens are stored in one table, and announcements in a table of their own. The table used_assertions stays
// for servers of the release before, which still run during an upgrade.
export class Announcements1780000060000 implements MigrationInterface {
  name = 'Announcements1780000060000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of up) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of down) await runner.query(statement);
  }
}
