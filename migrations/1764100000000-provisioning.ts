import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a connection may grant and how it maps; roles with their sources; the request log; what waits to be settled. */
export class Provisioning1764100000000 implements MigrationInterface {
  name = 'Provisioning1764100000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...changes, ...tables, ...backfill, statistics, privileges]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop function refresh_statistics');
    await runner.query('alter table scim_tokens drop client_id');
    for (const name of [
      'used_assertions',
      'scim_clients',
      'managed_counts',
      'provisioning_requests',
      'adoption_requests',
      'pending_members',
    ]) {
      await runner.query(`drop table ${name}`);
    }
    await runner.query(`alter table groups drop roles, drop mapped_roles, drop member_count, drop settings_revision`);
    await runner.query(`alter table users drop mapped, drop direct_roles, drop idp_roles, drop former_name_key,
      drop settings_revision`);
    await runner.query(`alter table connections drop attribute_mappings, drop group_mappings, drop grantable_roles,
      drop entitlements, drop scim_extensions, drop settings_revision, drop resettle_since`);
  }
}

const organization = 'organization_id text collate "C" not null references organizations (id) on delete cascade';
const connection = `foreign key (organization_id, connection_id)
  references connections (organization_id, id) on delete cascade`;
const time = 'timestamptz(3)';

const changes = [
  `alter table connections
    add attribute_mappings jsonb not null default '[]',
    add group_mappings jsonb not null default '[]',
    add grantable_roles text[],
    add entitlements text[] not null default '{}',
    add scim_extensions jsonb not null default '[]',
    add settings_revision integer not null default 0,
    add resettle_since ${time}`,
  `create index connections_to_resettle on connections (resettle_since) where resettle_since is not null`,
  `alter table users
    add mapped jsonb not null default '{}',
    add direct_roles text[] not null default '{}',
    add idp_roles text[] not null default '{}',
    add former_name_key text collate "C",
    add settings_revision integer not null default 0`,
  `create index users_former_name on users (organization_id, former_name_key) where former_name_key is not null`,
  `alter table groups
    add roles text[] not null default '{}',
    add mapped_roles text[] not null default '{}',
    add member_count integer not null default 0,
    add settings_revision integer not null default 0`,
];

const tables = [
  // Members that were deleted before the IdP named them: they join when they come back under their old id.
  `create table pending_members (
    ${organization},
    group_id text collate "C" not null,
    user_id text collate "C" not null,
    created_at ${time} not null,
    primary key (organization_id, group_id, user_id),
    foreign key (organization_id, group_id) references groups (organization_id, id) on delete cascade,
    foreign key (organization_id, user_id) references users (organization_id, id) on delete cascade
  )`,
  `create index pending_members_user on pending_members (organization_id, user_id)`,
  `create table adoption_requests (
    ${organization},
    connection_id text collate "C" not null,
    user_id text collate "C" not null,
    external_id text collate "C",
    account jsonb not null,
    state text not null,
    created_at ${time} not null,
    updated_at ${time} not null,
    primary key (organization_id, connection_id, user_id),
    ${connection},
    foreign key (organization_id, user_id) references users (organization_id, id) on delete cascade
  )`,
  // Bodies are text, not jsonb: what a hostile client sends is kept as it was, NUL escapes and lone surrogates included.
  `create table provisioning_requests (
    ${organization},
    id text collate "C" not null,
    connection_id text collate "C" not null,
    protocol text not null,
    method text not null,
    path text not null,
    status integer not null,
    duration_ms integer not null,
    at ${time} not null,
    request_body text,
    response_body text,
    error text,
    quirks text[] not null,
    user_id text collate "C",
    request_id text collate "C" not null,
    first_position bigint,
    last_position bigint,
    primary key (organization_id, id),
    ${connection}
  )`,
  `create index provisioning_requests_connection on provisioning_requests (organization_id, connection_id, id)`,
  `create index provisioning_requests_by_id on provisioning_requests (id)`,
  // A count is the sum of its rows: writers only ever add one, so none waits for another; a timer folds them together.
  `create table managed_counts (
    organization_id text collate "C" not null,
    connection_id text collate "C" not null,
    kind text not null,
    n bigint not null,
    ${connection}
  )`,
  // An IdP may fetch short-lived tokens by OAuth client credentials instead of holding one for a year.
  `create table scim_clients (
    ${organization},
    id text collate "C" not null,
    connection_id text collate "C" not null,
    name text not null,
    secret_hash bytea,
    jwks jsonb,
    created_at ${time} not null,
    last_used_at ${time},
    primary key (organization_id, id),
    ${connection}
  )`,
  `create index scim_clients_by_id on scim_clients (id)`,
  `alter table scim_tokens add client_id text collate "C",
    add foreign key (organization_id, client_id) references scim_clients (organization_id, id) on delete cascade`,
  `create index scim_tokens_client on scim_tokens (organization_id, client_id) where client_id is not null`,
  // Each signed assertion is taken once.
  `create table used_assertions (
    client_id text collate "C" not null,
    jti text collate "C" not null,
    until ${time} not null,
    primary key (client_id, jti)
  )`,
  `create index managed_counts_connection on managed_counts (organization_id, connection_id, kind)`,
];

const backfill = [
  'update users set direct_roles = roles where cardinality(roles) > 0',
  `update groups g set member_count = m.n from (
    select organization_id, group_id, count(*) as n from memberships group by 1, 2
  ) m where m.organization_id = g.organization_id and m.group_id = g.id`,
  `insert into managed_counts select organization_id, scim_connection_id, 'User', count(*) from users
    where scim_connection_id is not null and deleted_at is null group by 1, 2`,
  `insert into managed_counts select organization_id, connection_id, 'Group', count(*) from groups
    where connection_id is not null group by 1, 2`,
];

// Statistics are the owner's to gather, and the embedded database has nobody else to do it. A first sync fills tables that
// the planner believes to be empty: until it knows better it reads a whole connection for one person.
const statistics = `create function refresh_statistics() returns void
  language plpgsql security definer set search_path = public as $$ begin
    if pg_try_advisory_xact_lock(7219002) then
      analyze users, identities, memberships, groups, group_nestings, events, sessions, managed_counts,
        provisioning_requests;
    end if;
  end $$`;

const privileges = `do $$ begin
    if exists (select from pg_roles where rolname = 'rollcall_runtime') then
      grant select, insert, update, delete on pending_members, adoption_requests, provisioning_requests,
        managed_counts, scim_clients, used_assertions to rollcall_runtime;
    end if;
  exception when insufficient_privilege then null;
  end $$`;
