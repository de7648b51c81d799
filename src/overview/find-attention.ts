import { authorize, isAllowed } from '../access/authorize.js';
import type { Principal } from '../access/principal.js';
import type { OrganizationId } from '../kernel/ids.js';
import type { Session } from '../storage/session.js';
import { join, once, type Sql, sql } from '../storage/sql.js';
import { type AttentionKind, actionOf, type Severity } from './attention-kinds.js';
import { expiring } from './attention-sources/expiring.js';
import { pending } from './attention-sources/pending.js';
import { type AttentionSource, SourceContext } from './attention-sources/source.js';
import { troubles } from './attention-sources/troubles.js';
import { messageOf } from './attention-texts.js';

const bySeverity = { CRITICAL: '0', WARNING: '1', INFO: '2' } as const satisfies Record<Severity, string>;
const severityOf = Object.fromEntries(Object.entries(bySeverity).map(([name, rank]) => [rank, name])) as Readonly<
  Record<string, Severity>
>;

/** Something that needs attention. It is computed from the state of the directory at each read. */
export interface AttentionFacts {
  /** Id of the item, the same as long as its cause lasts. */
  id: string;
  kind: AttentionKind;
  severity: Severity;
  since: Date;
  dueAt: Date | null;
  count: number;
  message: string;
  action: string | null;
  organizationId: OrganizationId | null;
  subjectId: string;
  /** Key of the order: rank and time. */
  urgency: string;
}

type Row = Omit<AttentionFacts, 'severity' | 'message' | 'action'> & { credential: string | null };

/** Selection of the items. Absent criteria select all. */
export interface AttentionCriteria {
  kinds?: readonly AttentionKind[] | null;
  severity?: readonly Severity[] | null;
}

/**
 * Returns the queries that list and count what needs attention, in the principal's organization or in all. Kinds that
 * the caller cannot read are left out. They are fragments, because a page adds its condition and order.
 *
 * @throws Forbidden
 */
export function attentionIn(
  database: Session,
  principal: Principal,
  { now, kinds, severity }: AttentionCriteria & { now: Date },
) {
  const { organizationId } = principal;
  authorize({ principal }, 'attention.read', { organizationId });
  const own = once(organizationId);
  const context = new SourceContext(now, (column) => (organizationId === null ? sql`true` : sql`${column} = ${own}`));
  const sources = [...expiring(context), ...troubles(context), ...pending(context)].filter(
    ({ kind, action }) => (kinds?.includes(kind) ?? true) && isAllowed({ principal }, action, { organizationId }),
  );
  /** Actions on which the result depends: callers with equal ones see equal items. */
  const actions = [...new Set(sources.map(({ action }) => action))];
  if (sources.length === 0) return { actions, list: async () => [], count: async () => 0 };
  const from = itemsOf(sources, context, severity);
  return {
    actions,
    list: async (condition: Sql, tail: Sql): Promise<AttentionFacts[]> =>
      (await database.run<Row>(sql`select i.* from ${from} where ${condition} ${tail}`)).map(
        ({ credential, ...row }) => ({
          ...row,
          severity: severityOf[row.urgency.charAt(0)] ?? 'INFO',
          message: messageOf({ ...row, credential }, now),
          action: actionOf[row.kind],
        }),
      ),
    count: async (): Promise<number> =>
      (await database.run<{ n: number }>(sql`select count(*) as n from ${from}`))[0]?.n ?? 0,
  };
}

/** Returns the items of the sources as a table `i`, without those of deleted organizations. */
function itemsOf(sources: readonly AttentionSource[], context: SourceContext, severity?: readonly Severity[] | null) {
  const byDueTime = sql`case when s.due_at <= ${context.inDays(7)} then '0'
    when s.due_at <= ${context.inDays(30)} then '1' else '2' end`;
  const rows = sources.map(
    ({ kind, rank, credential, rows: source }) => sql`select ${kind}::text as kind, s.organization_id, s.subject_id,
      concat_ws(':', ${kind}::text, s.subject_id, nullif(s.detail, '')) collate "C" as id, s.since, s.due_at, s.count,
      ${credential ?? sql`null::text`} as credential,
      ${rank === 'by due time' ? byDueTime : sql`${rank}::text`} as rank
      from (${source}) s`,
  );
  const ranks = severity?.map((name) => bySeverity[name]);
  return sql`(select r.kind, r.organization_id as "organizationId", r.subject_id as "subjectId", r.id, r.since,
      r.due_at as "dueAt", r.count, r.credential, concat(r.rank, ' ', to_char(coalesce(r.due_at, r.since) at time zone 'UTC',
        'YYYY-MM-DD"T"HH24:MI:SS.MS')) collate "C" as urgency
    from (${join(rows, ' union all ')}) r left join organizations o on o.id = r.organization_id
    where (r.organization_id is null or o.id is not null and o.deleted_at is null)
      and ${ranks ? sql`r.rank = any(${ranks})` : sql`true`}) i`;
}
