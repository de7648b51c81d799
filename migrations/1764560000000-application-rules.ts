import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Applications: several secrets, a grace for refresh tokens, and scopes for the API. Applications from before have all
 * scopes, with or without asking for them, because their access tokens opened the API until now.
 */
export class ApplicationRules1764560000000 implements MigrationInterface {
  name = 'ApplicationRules1764560000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table applications add secret_hash bytea');
    await runner.query(`update applications a set secret_hash = (select hash from application_secrets s
      where s.application_id = a.id order by s.expires_at desc nulls first, s.created_at desc limit 1)`);
    await runner.query('drop table application_secrets');
    await runner.query('alter table applications drop refresh_grace_seconds, drop api_scopes, drop api_scopes_unasked');
    await runner.query('alter table oauth_artifacts drop reused_at');
  }
}

const time = 'timestamptz(3)';

const statements = [
  `alter table applications add refresh_grace_seconds integer,
     add api_scopes text[] not null default '{directory.read,directory.manage,events.read}',
     add api_scopes_unasked boolean not null default true`,
  'alter table applications alter api_scopes drop default, alter api_scopes_unasked drop default',
  `create table application_secrets (
    id text collate "C" primary key,
    application_id text collate "C" not null references applications (id) on delete cascade,
    hash bytea not null,
    hint text not null,
    created_at ${time} not null,
    expires_at ${time},
    last_used_at ${time}
  )`,
  'create index application_secrets_application on application_secrets (application_id)',
  `do $$ begin
    if exists (select from pg_roles where rolname = 'rollcall_runtime') then
      grant select, insert, update, delete on application_secrets to rollcall_runtime;
    end if;
  exception when insufficient_privilege then null;
  end $$`,
  // The id of an application is a TypeID; its secret takes the same suffix. The characters of an old secret are not known.
  `insert into application_secrets (id, application_id, hash, hint, created_at)
     select 'asec_' || substr(id, 5), id, secret_hash, '…', created_at from applications where secret_hash is not null`,
  'alter table applications drop secret_hash',
  // A refresh token that was used can be used once more within the grace of its application.
  `alter table oauth_artifacts add reused_at ${time}`,
];
