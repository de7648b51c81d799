import { authorize } from '../access/authorize.js';
import type { Principal } from '../access/principal.js';
import type { EventType } from '../events/types.js';
import { hourMs } from '../kernel/durations.js';
import { BadInput } from '../kernel/errors.js';
import { firstIdAt } from '../kernel/ids.js';
import { enumType } from '../kernel/node.js';
import type { Session } from '../storage/session.js';
import { and, join, once, type Sql, sql } from '../storage/sql.js';

export const activitySteps = enumType('ActivityStep', 'Length of a bucket of activity.', {
  HOUR: '60 minutes.',
  DAY: '24 hours.',
  WEEK: '7 days of 24 hours.',
});
export type ActivityStep = keyof typeof activitySteps;
const stepMs: Readonly<Record<ActivityStep, number>> = { HOUR: hourMs, DAY: 24 * hourMs, WEEK: 168 * hourMs };

/** Maximum number of buckets. */
export const maximumBuckets = 1_000;

/** Event types that are counted, by the name of the count. */
const counted = {
  provisioned: 'user.provisioned',
  updated: 'user.updated',
  deprovisioned: 'user.deprovisioned',
  reactivated: 'user.reactivated',
  signIns: 'session.started',
  signInsDenied: 'sign_in.denied',
} as const satisfies Record<string, EventType>;
const ofRequests = ['requests', 'requestsRefused'] as const;
const countNames = [...(Object.keys(counted) as (keyof typeof counted)[]), ...ofRequests];

/** Counts of one bucket, or of all. */
export type Counts = Record<(typeof countNames)[number], number>;

export interface ActivityRange {
  from: Date;
  to: Date;
  step: ActivityStep;
  /** Connection in the principal's organization. Null for all. */
  connectionId: string | null;
}

/** Activity by time: buckets of equal length, without gaps, and the sums of all of them. */
export interface ActivityFacts {
  buckets: { from: Date; counts: Counts }[];
  totals: Counts;
}

/**
 * Counts the events and SCIM requests of the principal's organization, or of all, in buckets that begin at `from`. An
 * event counts at the time at which it was recorded.
 *
 * @throws Forbidden, BadInput if the range is empty or has too many buckets
 */
export async function activityIn(
  database: Session,
  principal: Principal,
  { from, to, step, connectionId }: ActivityRange,
): Promise<ActivityFacts> {
  const { organizationId } = principal;
  authorize({ principal }, 'activity.read', { organizationId });
  const length = Math.ceil((to.getTime() - from.getTime()) / stepMs[step]);
  if (length < 1) throw new BadInput('"to" must be after "from".', 'to');
  if (length > maximumBuckets)
    throw new BadInput(`The range can have at most ${maximumBuckets} buckets; this request has ${length}.`, 'step');
  const scope = and(
    ...(organizationId === null ? [] : [sql`organization_id = ${once(organizationId)}`]),
    ...(connectionId === null ? [] : [sql`connection_id = ${connectionId}`]),
  );
  const range = { from, to, scope, seconds: stepMs[step] / 1_000 };
  const rows = [
    ...(await database.run<Row>(eventCounts(organizationId, range))),
    ...(await database.run<Row>(requestCounts(range))),
  ];
  const none = Object.fromEntries(countNames.map((name) => [name, 0])) as Counts;
  const buckets = Array.from({ length }, (_, n) => ({
    from: new Date(from.getTime() + n * stepMs[step]),
    counts: { ...none },
  }));
  const totals = { ...none };
  for (const { n, name, count } of rows) {
    const bucket = buckets[n];
    if (bucket) bucket.counts[name] += count;
    totals[name] += count;
  }
  return { buckets, totals };
}

interface Row {
  n: number;
  name: keyof Counts;
  count: number;
}
interface Range {
  from: Date;
  to: Date;
  scope: Sql;
  seconds: number;
}

const bucketOf = (column: Sql, { from, seconds }: Range) =>
  sql`floor(extract(epoch from ${column} - ${from}::timestamptz) / ${seconds})::int`;

// No index contains the times of events. Times grow with the places in a log, so a binary search by the index of the
// places finds the first and the last place of the range.
function eventCounts(organizationId: string | null, range: Range): Sql {
  const { from, to, scope } = range;
  const place = organizationId === null ? sql`seq` : sql`position`;
  const log = organizationId === null ? sql`true` : sql`organization_id = ${once(organizationId)}`;
  const types = Object.entries(counted).map(([name, type]) => sql`(${type}::text, ${name}::text)`);
  const placeBefore = (name: Sql, time: Date) => sql`${name} (low, high) as (
      select 0::bigint, coalesce((select ${place} from events where ${log} order by ${place} desc limit 1), 0) + 1
      union all
      select case when e.early then (s.low + s.high) / 2 else s.low end,
        case when e.early then s.high else (s.low + s.high) / 2 end
      from ${name} s, lateral (
        select coalesce((select recorded_at < ${time} from events
          where ${log} and ${place} > (s.low + s.high) / 2 order by ${place} limit 1), false) as early
      ) e
      where s.high - s.low > 1
    )`;
  return sql`with recursive ${placeBefore(sql`first_place`, from)}, ${placeBefore(sql`last_place`, to)},
      counted (type, name) as (values ${join(types, ', ')})
    select b.n, c.name, b.count from (
      select ${bucketOf(sql`recorded_at`, range)} as n, type, count(*)::int as count
      from events
      where ${scope} and ${place} > (select max(low) from first_place)
        and ${place} <= (select min(high) from last_place) + 1
        and recorded_at >= ${from} and recorded_at < ${to} and type = any(${Object.values(counted)})
      group by 1, 2
    ) b join counted c on c.type = b.type`;
}

// Ids contain the time at which they were made. It can differ a little from the time of the request.
function requestCounts(range: Range): Sql {
  const { from, to, scope } = range;
  const idAt = (time: Date, ms: number) => firstIdAt('req', new Date(time.getTime() + ms));
  return sql`select b.n, c.name, c.count from (
      select ${bucketOf(sql`at`, range)} as n, count(*)::int as requests,
        (count(*) filter (where status >= 400))::int as refused
      from provisioning_requests
      where ${scope} and protocol = 'SCIM' and id >= ${idAt(from, -hourMs)} and id < ${idAt(to, hourMs)}
        and at >= ${from} and at < ${to}
      group by 1
    ) b, lateral (values ('requests', b.requests), ('requestsRefused', b.refused)) c(name, count)`;
}
