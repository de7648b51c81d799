import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The API complete: lists in every order, words by trigrams, idempotency keys, setup links, organizations that go. */
export class Api1764400000000 implements MigrationInterface {
  name = 'Api1764400000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...changes, ...tables, ...indexes, trigrams, ...functions, privileges])
      await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop function ${scrub}`);
    for (const name of [...names].reverse()) await runner.query(`drop table ${name}`);
    for (const statement of indexes) {
      const name = /^create index (\w+)/.exec(statement)?.[1];
      await runner.query(`drop index ${name}`);
    }
    for (const name of ['users_words', 'groups_words']) await runner.query(`drop index if exists ${name}`);
    await runner.query('alter table organizations drop column deleted_at');
  }
}

const time = 'timestamptz(3)';

// Everything of an organization that is deleted is gone for callers at once; its rows go a thousand at a time.
const changes = [`alter table organizations add column deleted_at ${time}`];

const names = ['idempotency_keys', 'setup_links'];

const tables = [
  // The actor is a key or a person, of whatever organization: what they have done they may be told again.
  `create table idempotency_keys (
    actor text collate "C" not null,
    key text collate "C" not null,
    request_hash bytea not null,
    sealed_answer text,
    created_at ${time} not null,
    primary key (actor, key)
  )`,
  `create table setup_links (
    organization_id text collate "C" not null references organizations (id) on delete cascade,
    id text collate "C" not null,
    connection_id text collate "C" not null,
    hash bytea not null unique,
    created_at ${time} not null,
    expires_at ${time} not null,
    primary key (organization_id, id),
    foreign key (organization_id, connection_id) references connections (organization_id, id) on delete cascade
  )`,
];

// One for each order of a list of users: a page costs the same wherever it stands.
const indexes = [
  'create index organizations_deleted on organizations (deleted_at) where deleted_at is not null',
  'create index idempotency_keys_age on idempotency_keys (created_at)',
  'create index setup_links_expiry on setup_links (expires_at)',
  'create index users_order_user_name on users (organization_id, user_name_key, id)',
  `create index users_order_display_name on users (organization_id, (coalesce(display_name_key, '')), id)`,
  `create index users_order_family_name on users (organization_id, (coalesce(family_name, '') collate "C"), id)`,
  `create index users_order_sign_in on users (organization_id, (coalesce(last_sign_in_at, '1970-01-01T00:00:00Z'::timestamptz)), id)`,
  // What a list is filtered by and few have: the rest is not walked through.
  'create index users_closed on users (organization_id, id) where not active or deleted_at is not null',
  'create index users_suspended on users (organization_id, id) where suspended_at is not null',
  'create index users_invited on users (organization_id, id) where invited_at is not null',
  'create index users_never_signed_in on users (organization_id, id) where last_sign_in_at is null',
  'create index users_signed_in on users (organization_id, id) where last_sign_in_at is not null',
  'create index users_origin on users (organization_id, origin, id)',
  'create index events_group on events (organization_id, group_id, position) where group_id is not null',
  'create index events_connection on events (organization_id, connection_id, position) where connection_id is not null',
  'create index events_subject on events (organization_id, subject_id, position)',
  'create index provisioning_requests_user on provisioning_requests (organization_id, user_id, at) where user_id is not null',
  'create index webhook_deliveries_event on webhook_deliveries (event_organization_id, event_position)',
  'create index events_request on events (organization_id, request_id) where request_id is not null',
];

// Names as directory/users/find-users.ts and groups/find-groups.ts search them. Where the extension is not to be had, the
// search reads all rows instead.
const trigrams = `do $$ begin
    create extension if not exists pg_trgm;
    create index users_words on users using gin ((
      ' ' || user_name_key || ' ' || coalesce(display_name_key, '') || ' ' || coalesce(email_key, '') || ' ' ||
      coalesce(folded #>> '{name,givenName}', '') || ' ' || coalesce(family_name, '')) gin_trgm_ops)
      with (gin_pending_list_limit = 512);
    create index groups_words on groups using gin ((' ' || display_name_key) gin_trgm_ops);
  exception when insufficient_privilege or undefined_file or feature_not_supported then null;
  end $$`;

const scrub = 'scrub_organization(text, text[], bigint)';
const functions = [
  // Takes the personal data out of the events of an organization that is gone, so many at a time: the server may edit none.
  `create function scrub_organization(log text, kept text[], most bigint) returns bigint
    language sql security definer set search_path = public as $$
    with scrubbed as (
      update events set changes = '[]', data = '{"scrubbed": true}' || coalesce(
        (select jsonb_object_agg(key, value) from jsonb_each(data) where key = any (kept)), '{}')
      where organization_id = log and position in (
        select position from events where organization_id = log and not data ? 'scrubbed' order by position limit most)
      returning 1
    ) select count(*) from scrubbed $$`,
];

const privileges = `do $$ begin
    revoke execute on function ${scrub} from public;
    if exists (select from pg_roles where rolname = 'rollcall_runtime') then
      grant select, insert, update, delete on ${names.join(', ')} to rollcall_runtime;
      grant execute on function ${scrub} to rollcall_runtime;
    end if;
  exception when insufficient_privilege then null;
  end $$`;
