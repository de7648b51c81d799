import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The event stream complete: one order over all organizations, retention, named consumers, webhooks. */
export class EventStream1764300000000 implements MigrationInterface {
  name = 'EventStream1764300000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...changes, ...tables, ...functions, privileges]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of ['prune_events(text, timestamptz, bigint)', 'scrub_events(text, text, text[])'])
      await runner.query(`drop function ${name}`);
    for (const name of [...names].reverse()) await runner.query(`drop table ${name}`);
    for (const name of ['users_tombstones', 'events_deprovisioned', 'events_seq'])
      await runner.query(`drop index ${name}`);
  }
}

const organization = 'organization_id text collate "C" references organizations (id) on delete cascade';
const time = 'timestamptz(3)';

const changes = [
  'create index events_seq on events (seq)',
  'create index users_tombstones on users (deleted_at) where deleted_at is not null',
  // How many people an IdP has closed lately is asked every second.
  `create index events_deprovisioned on events (occurred_at) where type = 'user.deprovisioned'`,
];

const names = ['event_retention', 'event_consumers', 'webhook_endpoints', 'webhook_deliveries'];

const tables = [
  // Up to where each log was pruned. Apart from the counters, which writers hold.
  `create table event_retention (
    organization_id text collate "C" primary key,
    position bigint not null,
    seq bigint not null
  )`,
  'create index event_retention_seq on event_retention (seq desc)',
  // A cursor that the server keeps. Of the platform's, which have no organization, "place" counts over all logs.
  `create table event_consumers (
    ${organization},
    id text collate "C" primary key,
    name text not null,
    types text[] not null,
    place bigint not null,
    acknowledged_at ${time},
    told_at ${time},
    created_at ${time} not null
  )`,
  `create unique index event_consumers_name on event_consumers (coalesce(organization_id, ''), name)`,
  `create table webhook_endpoints (
    ${organization},
    id text collate "C" primary key,
    url text not null,
    types text[] not null,
    format text not null,
    audience text,
    state text not null,
    sealed jsonb not null,
    place bigint not null,
    attempts integer not null default 0,
    failing_since ${time},
    next_at ${time} not null,
    last_error text,
    fence bigint not null default 0,
    lease_until timestamptz not null default '-infinity',
    created_at ${time} not null,
    updated_at ${time} not null
  ) with (fillfactor = 50)`,
  'create index webhook_endpoints_organization on webhook_endpoints (organization_id)',
  `create table webhook_deliveries (
    endpoint_id text collate "C" not null references webhook_endpoints (id) on delete cascade,
    id text collate "C" not null,
    event_organization_id text collate "C",
    event_position bigint,
    event_id text collate "C",
    attempt integer not null,
    status integer,
    duration_ms integer not null,
    error text,
    answer text,
    delivered boolean not null,
    at ${time} not null,
    primary key (endpoint_id, id)
  )`,
  'create index webhook_deliveries_by_id on webhook_deliveries (id)',
  'create index webhook_deliveries_at on webhook_deliveries (at)',
];

// The role that the server works as can neither edit nor remove an event. These two can, and do nothing else.
const functions = [
  // A prefix only: what is left has no hole. Few at a time, so that no statement is long.
  `create function prune_events(log text, before timestamptz, upto bigint) returns bigint
    language plpgsql security definer set search_path = public as $$
    declare cut bigint; last_seq bigint;
    begin
      select coalesce(min(position) filter (where occurred_at >= before) - 1, max(position)) into cut from (
        select position, occurred_at from events where organization_id = log order by position limit 5000
      ) oldest;
      cut := least(cut, upto);
      with gone as (delete from events where organization_id = log and position <= cut returning seq)
      select max(seq) into last_seq from gone;
      if last_seq is null then return 0; end if;
      insert into event_retention values (log, cut, last_seq)
        on conflict (organization_id) do update set position = excluded.position, seq = excluded.seq;
      return cut;
    end $$`,
  // Of what is written about a person only the keys in "kept" stay.
  `create function scrub_events(log text, person text, kept text[]) returns bigint
    language sql security definer set search_path = public as $$
    with scrubbed as (
      update events set changes = '[]', data = '{"scrubbed": true}' || coalesce(
        (select jsonb_object_agg(key, value) from jsonb_each(data) where key = any (kept)), '{}')
      where organization_id = log and user_id = person and type <> 'user.deleted' returning 1
    ) select count(*) from scrubbed $$`,
];

const privileges = `do $$ begin
    revoke execute on function prune_events(text, timestamptz, bigint), scrub_events(text, text, text[]) from public;
    if exists (select from pg_roles where rolname = 'rollcall_runtime') then
      grant select, insert, update, delete on ${names.join(', ')} to rollcall_runtime;
      grant execute on function prune_events(text, timestamptz, bigint), scrub_events(text, text, text[]) to rollcall_runtime;
    end if;
  exception when insufficient_privilege then null;
  end $$`;
