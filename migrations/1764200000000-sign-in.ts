import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Sign-in complete: seats, invitations, protected accounts, SAML, applications and what the OpenID provider keeps. */
export class SignIn1764200000000 implements MigrationInterface {
  name = 'SignIn1764200000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...changes, ...tables, ...backfill, statistics(more), privileges])
      await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(statistics(''));
    for (const name of [...names].reverse()) await runner.query(`drop table ${name}`);
    await runner.query(`alter table sessions drop ip_address, drop user_agent, drop amr, drop acr, drop auth_time,
      drop idp_session, drop idp_subject, drop client_id`);
    await runner.query('alter table groups drop jit_connection_id');
    await runner.query('alter table users drop invited_at, drop protected, drop protected_reason');
    await runner.query('alter table connections drop saml, drop sealed, drop signals_issuer');
    await runner.query(`alter table organizations drop seat_limit, drop seat_policy, drop seat_grace,
      drop seat_grace_days, drop seats_exceeded_since, drop seats_told_at`);
    await runner.query('alter table domains drop failing_since, drop checked_at, drop by_record');
  }
}

const organization = 'organization_id text collate "C" not null references organizations (id) on delete cascade';
const connection = `foreign key (organization_id, connection_id)
  references connections (organization_id, id) on delete cascade`;
const user = 'foreign key (organization_id, user_id) references users (organization_id, id) on delete cascade';
const time = 'timestamptz(3)';

const changes = [
  `alter table organizations
    add seat_limit integer,
    add seat_policy text not null default 'BLOCK',
    add seat_grace integer not null default 0,
    add seat_grace_days integer not null default 0,
    add seats_exceeded_since ${time},
    add seats_told_at ${time}`,
  // Those verified so far were verified by either way; only a record that was seen is looked for again.
  `alter table domains add failing_since ${time}, add checked_at ${time}, add by_record boolean not null default false`,
  // What the server has to use itself stands sealed in a column of its own, so that no list of columns shows it.
  `alter table connections add saml jsonb, add sealed jsonb not null default '{}', add signals_issuer text`,
  `alter table users
    add invited_at ${time},
    add protected boolean not null default false,
    add protected_reason text`,
  // The last administrator is looked for among these few.
  `create index users_with_roles on users (organization_id, id) where cardinality(roles) > 0`,
  `create index users_protected on users (organization_id) where protected`,
  `create index users_last_sign_in on users (organization_id, last_sign_in_at) where origin = 'JIT' and active`,
  `alter table groups add jit_connection_id text collate "C"`,
  `create index groups_jit on groups (organization_id, jit_connection_id, display_name_key)
    where jit_connection_id is not null`,
  `alter table sessions
    add ip_address text,
    add user_agent text,
    add client_id text collate "C",
    add amr text[],
    add acr text,
    add auth_time ${time},
    add idp_session text collate "C",
    add idp_subject text collate "C"`,
  `create index sessions_connection on sessions (organization_id, connection_id) where ended_at is null`,
];

const names = [
  'seat_counts',
  'invitations',
  'link_requests',
  'signing_keys',
  'key_checks',
  'applications',
  'oauth_grants',
  'oauth_artifacts',
  'logout_notices',
  'sign_in_transactions',
  'used_tokens',
];

const tables = [
  // As with managed accounts: writers add rows, a timer folds them, so that nobody waits.
  `create table seat_counts (
    ${organization},
    n bigint not null
  )`,
  `create index seat_counts_organization on seat_counts (organization_id)`,
  `create table invitations (
    ${organization},
    user_id text collate "C" not null,
    connection_id text collate "C",
    code_hash bytea not null,
    expires_at ${time} not null,
    primary key (organization_id, user_id),
    ${user},
    ${connection}
  )`,
  `create index invitations_expiry on invitations (expires_at)`,
  // A sign-in that looks like somebody's and waits for a person's word.
  `create table link_requests (
    ${organization},
    id text collate "C" not null,
    connection_id text collate "C" not null,
    user_id text collate "C" not null,
    issuer text collate "C" not null,
    subject text collate "C" not null,
    email text,
    state text not null,
    created_at ${time} not null,
    expires_at ${time} not null,
    primary key (organization_id, id),
    unique (organization_id, connection_id, user_id, issuer, subject),
    ${connection},
    ${user}
  )`,
  `create index link_requests_by_id on link_requests (id)`,
  `create table signing_keys (
    id text collate "C" primary key,
    purpose text not null,
    sealed text not null,
    public_jwk jsonb,
    certificate text,
    created_at ${time} not null,
    active_from ${time} not null,
    expires_at ${time}
  )`,
  // One sealed sentence: a server that cannot open it has been given another key.
  `create table key_checks (
    only_row boolean primary key default true check (only_row),
    sealed text not null
  )`,
  `create table applications (
    id text collate "C" primary key,
    organization_id text collate "C" references organizations (id) on delete cascade,
    name text not null,
    secret_hash bytea,
    token_endpoint_auth_method text not null,
    jwks jsonb,
    redirect_uris text[] not null,
    post_logout_redirect_uris text[] not null,
    backchannel_logout_uri text,
    initiate_login_uri text,
    created_at ${time} not null,
    updated_at ${time} not null
  )`,
  `create index applications_organization on applications (organization_id)`,
  // Ties what an application was given to the sign-in that it rests on.
  `create table oauth_grants (
    ${organization},
    id text collate "C" not null,
    session_id text collate "C" not null,
    application_id text collate "C" not null references applications (id) on delete cascade,
    created_at ${time} not null,
    ended_at ${time},
    primary key (organization_id, id),
    foreign key (organization_id, session_id) references sessions (organization_id, id) on delete cascade
  )`,
  `create unique index oauth_grants_by_id on oauth_grants (id)`,
  `create index oauth_grants_session on oauth_grants (organization_id, session_id)`,
  // Codes, tokens, interactions and browser sessions of the OpenID provider, by the hash of their value.
  `create table oauth_artifacts (
    kind text not null,
    hash bytea not null,
    payload jsonb not null,
    grant_id text collate "C",
    uid text collate "C",
    consumed_at ${time},
    expires_at ${time},
    primary key (kind, hash)
  )`,
  `create index oauth_artifacts_grant on oauth_artifacts (grant_id) where grant_id is not null`,
  `create index oauth_artifacts_uid on oauth_artifacts (uid) where uid is not null`,
  `create index oauth_artifacts_expiry on oauth_artifacts (expires_at)`,
  // Applications that have to hear of the end of a session (OpenID Connect Back-Channel Logout), until they have.
  `create table logout_notices (
    ${organization},
    session_id text collate "C" not null,
    application_id text collate "C" not null references applications (id) on delete cascade,
    user_id text collate "C" not null,
    attempts integer not null default 0,
    next_at ${time} not null,
    primary key (organization_id, session_id, application_id)
  )`,
  `create index logout_notices_due on logout_notices (next_at)`,
  // One trip to an IdP and back, bound to the browser that set out by a cookie.
  `create table sign_in_transactions (
    ${organization},
    id text collate "C" not null,
    connection_id text collate "C" not null,
    browser_hash bytea,
    kind text not null,
    state jsonb not null,
    arrival jsonb,
    created_at ${time} not null,
    expires_at ${time} not null,
    used_at ${time},
    primary key (organization_id, id),
    ${connection}
  )`,
  `create unique index sign_in_transactions_by_id on sign_in_transactions (id)`,
  `create index sign_in_transactions_expiry on sign_in_transactions (expires_at)`,
  // Assertions, logout tokens and security events: each is taken once, on whatever node it arrives.
  `create table used_tokens (
    ${organization},
    connection_id text collate "C" not null,
    token_id text collate "C" not null,
    until ${time} not null,
    primary key (organization_id, connection_id, token_id),
    ${connection}
  )`,
  `create index used_tokens_expiry on used_tokens (until)`,
];

const backfill = [
  `insert into seat_counts select organization_id, count(*) from users
    where active and deleted_at is null group by 1`,
  // What older connections were never asked stands at its default.
  `update connections set jit = '{"reactivateOnSignIn": false, "requiredGroups": [], "deprovisionOnGroupLoss": false,
    "syncGroups": false, "groupsClaim": "groups", "dormantAfterDays": null}'::jsonb || jit`,
  `update connections set oidc = '{"tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC", "hostedDomains": []}'::jsonb || oidc
    where oidc is not null`,
];

// Sign-ins fill tables of their own, which the planner has to hear of as well.
const more = ', oauth_artifacts, oauth_grants, sign_in_transactions, used_tokens, seat_counts';
const statistics = (also: string) => `create or replace function refresh_statistics() returns void
  language plpgsql security definer set search_path = public as $$ begin
    if pg_try_advisory_xact_lock(7219002) then
      analyze users, identities, memberships, groups, group_nestings, events, sessions, managed_counts,
        provisioning_requests${also};
    end if;
  end $$`;

const privileges = `do $$ begin
    if exists (select from pg_roles where rolname = 'rollcall_runtime') then
      grant select, insert, update, delete on ${names.join(', ')} to rollcall_runtime;
    end if;
  exception when insufficient_privilege then null;
  end $$`;
