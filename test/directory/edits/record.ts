import { createHash } from 'node:crypto';
import type { Anything, World } from '../../support/world.js';

/** Columns that an edit can write, without times and random values. Deltas of counters are summed. */
const tables: Record<string, string> = {
  users: `select to_jsonb(t) from users t where organization_id = $1 order by created_at, user_name_key, id`,
  identities: `select to_jsonb(t) from identities t where organization_id = $1`,
  groups: `select to_jsonb(t) from groups t where organization_id = $1 order by created_at, display_name, id`,
  memberships: `select to_jsonb(t) from memberships t where organization_id = $1`,
  group_nestings: `select to_jsonb(t) from group_nestings t where organization_id = $1`,
  pending_members: `select to_jsonb(t) from pending_members t where organization_id = $1`,
  adoption_requests: `select to_jsonb(t) from adoption_requests t where organization_id = $1`,
  invitations: `select to_jsonb(t) - 'code_hash' from invitations t where organization_id = $1`,
  sessions: `select jsonb_build_object('user', user_id, 'connection', connection_id, 'open', ended_at is null) from sessions
    where organization_id = $1`,
  managed_counts: `select jsonb_build_object('connection', connection_id, 'kind', kind, 'n', sum(n)) from managed_counts
    where organization_id = $1 group by connection_id, kind having sum(n) <> 0`,
  seat_counts: `select jsonb_build_object('n', sum(n)) from seat_counts where organization_id = $1`,
};

const events = `select jsonb_build_object('position', position, 'type', type, 'subject', subject_id, 'user', user_id,
    'group', group_id, 'connection', connection_id, 'actor', actor_kind, 'data', data, 'changes', changes) as row
  from events where organization_id = $1 and position > $2 order by position`;

/** Records the events and changed rows of each edit of an organization. Ids are replaced by labels, times by a word. */
export class Recorder {
  readonly #labels = new Map<string, string>();
  readonly #before = new Map<string, string[]>();
  #position = 0;

  constructor(
    readonly world: World,
    readonly organizationId: string,
  ) {}

  /** Returns the changes since the last call as text; empty if there are none. */
  async changes(): Promise<string> {
    const database = this.world.database();
    const told = await database.query<{ row: Anything }>(events, [this.organizationId, this.#position]);
    this.#position = told.at(-1)?.row.position ?? this.#position;
    const lines = told.map(({ row }) => `! ${this.plain(row)}`);
    for (const [table, statement] of Object.entries(tables)) {
      const rows = await database.run<Record<string, unknown>>(statement, [this.organizationId]);
      const after = rows.map((row) => this.plain(Object.values(row)[0])).sort();
      const before = this.#before.get(table) ?? [];
      this.#before.set(table, after);
      lines.push(...less(before, after).map((row) => `- ${table} ${row}`));
      lines.push(...less(after, before).map((row) => `+ ${table} ${row}`));
    }
    return lines.join('\n');
  }

  /** Returns a value as text, with ids, times and ports replaced. */
  plain(value: unknown): string {
    return JSON.stringify(value)
      .replace(/\b[a-z]+_[0-7][0-9a-hjkmnp-tv-z]{25}\b/g, (id) => this.#label(id))
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g, 'TIME')
      .replace(/http:\/\/127\.0\.0\.1:\d+/g, 'URL')
      .replace(/W\/\\"(\d+)\.[^"\\]*\\"/g, 'W/$1');
  }

  #label(id: string): string {
    const [prefix] = id.split('_');
    const label = this.#labels.get(id) ?? `${prefix}#${this.#labels.size}`;
    this.#labels.set(id, label);
    return label;
  }
}

function less(rows: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others);
  return rows.filter((row) => !known.has(row));
}

export const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);
