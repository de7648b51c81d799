import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The first tables. Every key starts with the organization: a row cannot point across tenants even by a mistake. */
export class Foundation1764000000000 implements MigrationInterface {
  name = 'Foundation1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...tables, ...privileges]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    const names = tables.flatMap((statement) => /^create table (\w+)/.exec(statement)?.[1] ?? []).reverse();
    for (const name of names) await runner.query(`drop table ${name}`);
    await runner.query('drop sequence event_seq');
  }
}

const organization = 'organization_id text collate "C" not null references organizations (id) on delete cascade';
const connection = 'foreign key (organization_id, connection_id) references connections (organization_id, id)';
const user = 'foreign key (organization_id, user_id) references users (organization_id, id) on delete cascade';
const group = 'foreign key (organization_id, group_id) references groups (organization_id, id) on delete cascade';
const time = 'timestamptz(3)';

// Ids compare by their bytes everywhere: a join between two collations could use no index.
const tables = [
  `create table organizations (
    id text collate "C" primary key,
    name text not null,
    external_id text collate "C" unique,
    status text not null,
    metadata jsonb not null,
    created_at ${time} not null,
    updated_at ${time} not null
  )`,
  `create table domains (
    ${organization},
    id text collate "C" not null,
    domain text not null,
    state text not null,
    verification_value text not null,
    verified_at ${time},
    created_at ${time} not null,
    primary key (organization_id, id),
    unique (organization_id, domain)
  )`,
  `create unique index domains_verified_once on domains (domain) where state = 'VERIFIED'`,
  `create index domains_by_id on domains (id)`,
  `create table connections (
    ${organization},
    id text collate "C" not null,
    name text not null,
    provider text not null,
    state text not null,
    scim_enabled boolean not null,
    on_existing text not null,
    oidc jsonb,
    jit jsonb not null,
    created_at ${time} not null,
    updated_at ${time} not null,
    primary key (organization_id, id)
  )`,
  `create index connections_by_id on connections (id)`,
  `create table domain_connections (
    organization_id text collate "C" not null,
    domain_id text collate "C" not null,
    connection_id text collate "C" not null,
    primary key (organization_id, domain_id, connection_id),
    foreign key (organization_id, domain_id) references domains (organization_id, id) on delete cascade,
    ${connection} on delete cascade
  )`,
  `create table scim_tokens (
    ${organization},
    id text collate "C" not null,
    connection_id text collate "C" not null,
    hash bytea not null unique,
    hint text not null,
    created_at ${time} not null,
    expires_at ${time},
    last_used_at ${time},
    primary key (organization_id, id),
    ${connection} on delete cascade
  )`,
  `create index scim_tokens_by_id on scim_tokens (id)`,
  `create table users (
    ${organization},
    id text collate "C" not null,
    user_name text not null,
    user_name_key text collate "C" not null,
    email text,
    email_key text collate "C",
    email_keys text[] not null,
    display_name text,
    display_name_key text collate "C",
    family_name text,
    profile jsonb not null,
    folded jsonb not null,
    roles text[] not null,
    active boolean not null,
    suspended_at ${time},
    deprovisioned_at ${time},
    deprovision_reason text,
    deleted_at ${time},
    origin text not null,
    scim_connection_id text collate "C",
    manager_id text collate "C",
    last_sign_in_at ${time},
    revision integer not null,
    created_at ${time} not null,
    updated_at ${time} not null,
    primary key (organization_id, id),
    foreign key (organization_id, scim_connection_id) references connections (organization_id, id)
  )`,
  `create index users_by_id on users (id)`,
  `create unique index users_user_name on users (organization_id, user_name_key) where deleted_at is null`,
  `create index users_email on users (organization_id, email_key)`,
  `create index users_emails on users using gin (email_keys) with (fastupdate = off)`,
  `create index users_display_name on users (organization_id, display_name_key)`,
  `create index users_created on users (organization_id, created_at, id)`,
  `create index users_updated on users (organization_id, updated_at, id)`,
  `create index users_managed on users (organization_id, scim_connection_id, id) where deleted_at is null`,
  `create index users_manager on users (organization_id, manager_id) where manager_id is not null`,
  `create table identities (
    ${organization},
    connection_id text collate "C" not null,
    user_id text collate "C" not null,
    external_id text collate "C",
    issuer text collate "C",
    subject text collate "C",
    origin text not null,
    created_at ${time} not null,
    last_sign_in_at ${time},
    primary key (organization_id, connection_id, user_id),
    unique (organization_id, connection_id, external_id),
    unique (organization_id, connection_id, issuer, subject),
    ${connection} on delete cascade,
    ${user}
  )`,
  `create index identities_user on identities (organization_id, user_id)`,
  `create index identities_external_id on identities (organization_id, external_id)`,
  `create table groups (
    ${organization},
    id text collate "C" not null,
    connection_id text collate "C",
    external_id text collate "C",
    display_name text not null,
    display_name_key text collate "C" not null,
    attributes jsonb not null,
    folded jsonb not null,
    origin text not null,
    revision integer not null,
    created_at ${time} not null,
    updated_at ${time} not null,
    primary key (organization_id, id),
    unique (organization_id, connection_id, external_id),
    ${connection}
  )`,
  `create index groups_by_id on groups (id)`,
  `create index groups_display_name on groups (organization_id, display_name_key)`,
  `create index groups_managed on groups (organization_id, connection_id, id)`,
  `create index groups_updated on groups (organization_id, updated_at, id)`,
  `create table memberships (
    ${organization},
    group_id text collate "C" not null,
    user_id text collate "C" not null,
    created_at ${time} not null,
    primary key (organization_id, group_id, user_id),
    ${group}, ${user}
  )`,
  `create index memberships_user on memberships (organization_id, user_id, group_id)`,
  `create table group_nestings (
    ${organization},
    group_id text collate "C" not null,
    child_group_id text collate "C" not null,
    created_at ${time} not null,
    primary key (organization_id, group_id, child_group_id),
    ${group},
    foreign key (organization_id, child_group_id) references groups (organization_id, id) on delete cascade
  )`,
  `create index group_nestings_child on group_nestings (organization_id, child_group_id)`,
  `create table api_keys (
    id text collate "C" primary key,
    organization_id text collate "C" references organizations (id) on delete cascade,
    name text not null,
    scopes text[] not null,
    hash bytea not null unique,
    hint text not null,
    created_at ${time} not null,
    expires_at ${time},
    last_used_at ${time}
  )`,
  `create index api_keys_organization on api_keys (organization_id)`,
  `create table sessions (
    ${organization},
    id text collate "C" not null,
    user_id text collate "C" not null,
    connection_id text collate "C",
    hash bytea not null unique,
    created_at ${time} not null,
    expires_at ${time} not null,
    ended_at ${time},
    primary key (organization_id, id),
    ${user}
  )`,
  `create index sessions_user on sessions (organization_id, user_id) where ended_at is null`,
  `create index sessions_by_id on sessions (id)`,
  'create sequence event_seq cache 1',
  // The hot counter has a table of its own, or settings and foreign key checks would wait for it.
  `create table event_heads (
    organization_id text collate "C" primary key,
    position bigint not null
  ) with (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200)`,
  `create table events (
    organization_id text collate "C" not null,
    position bigint not null,
    seq bigint not null,
    id text collate "C" not null,
    type text not null,
    occurred_at ${time} not null,
    recorded_at ${time} not null default clock_timestamp(),
    actor_kind text not null,
    actor_id text collate "C",
    request_id text collate "C",
    subject_type text not null,
    subject_id text collate "C" not null,
    user_id text collate "C",
    group_id text collate "C",
    connection_id text collate "C",
    data jsonb not null,
    changes jsonb not null,
    schema_version integer not null,
    primary key (organization_id, position)
  )`,
  `create index events_by_id on events (id)`,
  `create index events_type on events (organization_id, type, position)`,
  `create index events_user on events (organization_id, user_id, position) where user_id is not null`,
  `create table event_log (
    only_row boolean primary key default true check (only_row),
    epoch text not null,
    fingerprint text not null
  )`,
];

// The server works as this role: it can add events and read them, and neither edit nor remove one. A database whose owner
// may not create roles goes without it; the server says so at its start.
const privileges = [
  `do $$ begin
    create role rollcall_runtime nologin;
  exception when duplicate_object or unique_violation or insufficient_privilege then null;
  end $$`,
  `do $$ begin
    if exists (select from pg_roles where rolname = 'rollcall_runtime') then
      grant usage on schema public to rollcall_runtime;
      grant select, insert, update, delete on all tables in schema public to rollcall_runtime;
      revoke update, delete, truncate on events from rollcall_runtime;
      grant usage, select on all sequences in schema public to rollcall_runtime;
      execute format('grant rollcall_runtime to %I', current_user);
    end if;
  exception when insufficient_privilege then null;
  end $$`,
];
