import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * An erasure knows fields by event and name, such as `user.deprovisioned.reason`. Until now it knew them by name only, so the
 * reason of a suspension, which a person has written, stayed with the reason of a deprovisioning, which is a code.
 */
export class ErasureByEvent1780000040000 implements MigrationInterface {
  name = 'ErasureByEvent1780000040000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of await functions(runner, "key = any (kept) or type || '.' || key = any (kept)"))
      await runner.query(statement);
    await runner.query(
      `update events set data = data - 'reason' where type in ('user.suspended', 'user.updated') and data ?& array['scrubbed', 'reason']`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of await functions(runner, 'key = any (kept)')) await runner.query(statement);
  }
}

// The functions are replaced, so that their rights stay. Names without an event are those of servers of an earlier version.
async function functions(runner: QueryRunner, isKept: string): Promise<string[]> {
  const [{ name: schema }] = await runner.query('select quote_ident(current_schema()) as name');
  const scrub = `with scrubbed as (
      update events set changes = '[]', data = '{"scrubbed": true}' || coalesce(
        (select jsonb_object_agg(key, value) from jsonb_each(data) where ${isKept}), '{}')`;
  const language = `language sql security definer set search_path = ${schema}, pg_temp`;
  return [
    `create or replace function scrub_events(log text, person text, kept text[]) returns bigint ${language} as $$
      ${scrub} where organization_id = log and user_id = person and type <> 'user.deleted' returning 1
    ) select count(*) from scrubbed $$`,
    `create or replace function scrub_organization(log text, kept text[], most bigint) returns bigint ${language} as $$
      ${scrub} where organization_id = log and position in (
        select position from events where organization_id = log and not data ? 'scrubbed' order by position limit most)
      returning 1
    ) select count(*) from scrubbed $$`,
  ];
}
