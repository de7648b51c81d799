import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Retention keeps the id of the last event that it deleted: a cursor there is compared with it. */
export class EventIdentity1764640000000 implements MigrationInterface {
  name = 'EventIdentity1764640000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table event_retention add last_id text collate "C"');
    const [{ name }] = await runner.query('select quote_ident(current_schema()) as name');
    await runner.query(pruneEvents(name, { keepsId: true }));
  }

  async down(runner: QueryRunner): Promise<void> {
    const [{ name }] = await runner.query('select quote_ident(current_schema()) as name');
    await runner.query(pruneEvents(name, { keepsId: false }));
    await runner.query('alter table event_retention drop last_id');
  }
}

// As before, with the id. The function is replaced, so that its rights stay.
const pruneEvents = (schema: string, { keepsId }: { keepsId: boolean }) => `
  create or replace function prune_events(log text, before timestamptz, upto bigint) returns bigint
    language plpgsql security definer set search_path = ${schema}, pg_temp as $$
    declare cut bigint; last_seq bigint; newest text;
    begin
      select coalesce(min(position) filter (where occurred_at >= before) - 1, max(position)) into cut from (
        select position, occurred_at from events where organization_id = log order by position limit 5000
      ) oldest;
      cut := least(cut, upto);
      with gone as (delete from events where organization_id = log and position <= cut returning position, seq, id)
      select seq, id into last_seq, newest from gone order by position desc limit 1;
      if last_seq is null then return 0; end if;
      insert into event_retention (organization_id, position, seq${keepsId ? ', last_id' : ''})
        values (log, cut, last_seq${keepsId ? ', newest' : ''})
        on conflict (organization_id) do update
        set position = excluded.position, seq = excluded.seq${keepsId ? ', last_id = excluded.last_id' : ''};
      return cut;
    end $$`;
