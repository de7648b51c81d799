import { scopeOf } from '../../access/scope.js';
import type { Read, Tx } from '../../access/write.js';
import { dayMs, hourMs } from '../../kernel/durations.js';
import { NotFound, SeatLimitReached } from '../../kernel/errors.js';
import type { Session } from '../../storage/session.js';
import { sql } from '../../storage/sql.js';
import { subjectOf } from './create-organization.js';
import { Organization } from './organization.js';

/** Minimum interval between two seat events of one organization. */
const seatEventIntervalMs = hourMs;

/** Returns the number of occupied seats: ACTIVE and SUSPENDED users. */
export async function seatsUsed(read: Pick<Read, 'session' | 'organizationId'>): Promise<number> {
  const [row] = await read.session.query<{ n: number }>(sql`select coalesce(sum(n), 0)::bigint as n from seat_counts
    where organization_id = ${scopeOf(read)}`);
  return row?.n ?? 0;
}

/** The result of a check for one more seat. */
export type SeatVerdict = { kind: 'free' } | { kind: 'over'; graceUntil: Date | null } | { kind: 'refused' };

type Limits = Pick<Organization, 'seatLimit' | 'seatPolicy' | 'seatGrace' | 'seatGraceDays' | 'seatsExceededSince'>;

/**
 * Returns the verdict on one more seat if `used` seats are occupied. A pure function: the test has one case for each
 * row of the policy.
 */
export function seatVerdict(limits: Limits, used: number, now: Date): SeatVerdict {
  const { seatLimit, seatPolicy } = limits;
  if (seatLimit === null || used < seatLimit) return { kind: 'free' };
  if (seatPolicy === 'BLOCK') return { kind: 'refused' };
  if (seatPolicy === 'NOTIFY') return { kind: 'over', graceUntil: null };
  const since = limits.seatsExceededSince ?? now;
  const graceUntil = new Date(since.getTime() + limits.seatGraceDays * dayMs);
  const isWithin = used < seatLimit + limits.seatGrace && graceUntil > now;
  return isWithin ? { kind: 'over', graceUntil } : { kind: 'refused' };
}

/** Returns the organization, locked if it has a seat limit, so that no other transaction can take the last seat. */
export async function lockSeats(tx: Tx): Promise<{ organization: Organization; used: number }> {
  const [found] = await tx.session.rows(Organization, sql`id = ${scopeOf(tx)}`);
  if (!found) throw new NotFound('organization');
  if (found.seatLimit === null) return { organization: found, used: 0 };
  const [organization = found] = await tx.session.rows(Organization, sql`id = ${scopeOf(tx)} for no key update`);
  return { organization, used: await seatsUsed(tx) };
}

/**
 * Takes a seat for a user that becomes ACTIVE. Counting and writing happen under the organization's lock, so two
 * concurrent requests cannot both get the last seat.
 *
 * @throws SeatLimitReached; the event is emitted nevertheless
 */
export const takeSeat = (tx: Tx): Promise<void> => moveSeats(tx, { taken: 1, freed: 0 });

/** Takes seats one after the other; the first that exceeds the limit emits the event. @throws SeatLimitReached */
async function takeLimited(tx: Tx, count: number): Promise<void> {
  const { organization, used: before } = await lockSeats(tx);
  let over: { used: number; graceUntil: Date | null } | undefined;
  for (let used = before; used < before + count; used++) {
    const verdict = seatVerdict(organization, used, tx.now);
    if (verdict.kind === 'refused') {
      tx.afterRollback((later) => emitSeatsExceeded(later, organization, { used, refused: true, graceUntil: null }));
      throw new SeatLimitReached(organization.seatLimit ?? 0);
    }
    if (verdict.kind === 'over') over ??= { used: used + 1, graceUntil: verdict.graceUntil };
  }
  await addSeats(tx, count);
  if (over) await emitSeatsExceeded(tx, organization, { ...over, refused: false });
}

/** Frees seats. A deactivation frees a seat, because many IdPs never send a DELETE. */
async function freeLimited(tx: Tx, count: number): Promise<void> {
  const { organization, used } = await lockSeats(tx);
  await addSeats(tx, -count);
  const { seatLimit } = organization;
  const left = used - count;
  const floor = Math.max(0, (seatLimit ?? 0) - 1);
  if (seatLimit === null || used <= floor || left > floor) return;
  await tx.session.query(sql`update organizations set seats_exceeded_since = null, seats_told_at = null
    where id = ${scopeOf(tx)}`);
  const data = { limit: seatLimit, used: left };
  tx.emit({ type: 'organization.seats_freed', subject: subjectOf(organization), data });
}

/** Emits the seat event, at most once an hour, when the limit is exceeded or blocks a user. */
export async function emitSeatsExceeded(
  tx: Tx,
  { id, seatLimit }: Organization,
  { used, refused, graceUntil }: { used: number; refused: boolean; graceUntil: Date | null },
): Promise<void> {
  const [due] = await tx.session.query(sql`update organizations
    set seats_told_at = ${tx.now}, seats_exceeded_since = coalesce(seats_exceeded_since, ${tx.now})
    where id = ${scopeOf(tx)}
      and (seats_told_at is null or seats_told_at <= ${new Date(tx.now.getTime() - seatEventIntervalMs)})
    returning 1`);
  if (!due) return;
  const data = { limit: seatLimit, used, refused, graceUntil };
  tx.emit({ type: 'organization.seats_exceeded', subject: subjectOf({ id }), data });
}

/**
 * Takes and frees seats. The number of statements does not depend on the number of seats. Without a limit it is one.
 *
 * @throws SeatLimitReached
 */
export async function moveSeats(tx: Tx, { taken, freed }: { taken: number; freed: number }): Promise<void> {
  if (await countUnlimited(tx, taken - freed)) return;
  if (freed > 0) await freeLimited(tx, freed);
  if (taken > 0) await takeLimited(tx, taken);
}

/**
 * Counts seats of an organization without a limit, in one statement and without a lock. Most organizations have no
 * limit. Returns false if there is one.
 */
async function countUnlimited(tx: Tx, n: number): Promise<boolean> {
  const counted = await tx.session.query(sql`insert into seat_counts (organization_id, n) select id, ${n}
    from organizations where id = ${scopeOf(tx)} and seat_limit is null
    returning 1`);
  return counted.length === 1;
}

async function addSeats(tx: Tx, n: number): Promise<void> {
  await tx.session.query(sql`insert into seat_counts (organization_id, n) values (${scopeOf(tx)}, ${n})`);
}

/** Merges the rows of each organization into one. Handwritten SQL, because this is one statement. */
export async function foldSeats(session: Session): Promise<void> {
  await session.query(sql`with many as (
      select organization_id from seat_counts group by 1 having count(*) > 100
    ), gone as (
      delete from seat_counts c using many
      where c.organization_id = many.organization_id
      returning c.organization_id, c.n
    )
    insert into seat_counts
    select organization_id, sum(n) from gone group by 1`);
}
