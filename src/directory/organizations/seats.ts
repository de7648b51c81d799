import type { Tx } from '../../access/write.js';
import { NotFound, SeatLimitReached } from '../../errors.js';
import type { Session } from '../../storage/database.js';
import { subjectOf } from './create-organization.js';
import { Organization } from './organization.js';

/** How often the same organization is told of its limit at the most. */
const toldEveryMs = 3_600_000;
const dayMs = 86_400_000;

/** How many members count: ACTIVE and SUSPENDED ones. */
export async function seatsUsed({ session, organizationId }: { session: Session; organizationId: string }) {
  const [row] = await session.query<{ n: number }>(
    'select coalesce(sum(n), 0)::bigint as n from seat_counts where organization_id = $1',
    [organizationId],
  );
  return row?.n ?? 0;
}

/** What one more member would mean. */
export type SeatVerdict = { kind: 'free' } | { kind: 'over'; graceUntil: Date | null } | { kind: 'refused' };

type Limits = Pick<Organization, 'seatLimit' | 'seatPolicy' | 'seatGrace' | 'seatGraceDays' | 'seatsExceededSince'>;

/** Whether a member beyond those that are `used` may come in. Pure: every row of the policy is a line in its test. */
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

/** The organization, held so that nobody else takes a seat meanwhile; not held while it has no limit. */
export async function holdSeats(tx: Tx): Promise<{ organization: Organization; used: number }> {
  const [found] = await tx.session.rows(Organization, 'id = $1', [tx.organizationId]);
  if (!found) throw new NotFound('organization');
  if (found.seatLimit === null) return { organization: found, used: 0 };
  const [organization = found] = await tx.session.rows(Organization, 'id = $1 for no key update', [tx.organizationId]);
  return { organization, used: await seatsUsed(tx) };
}

/**
 * Takes a seat for somebody who becomes ACTIVE. Count and write happen under the organization's lock, so that two who ask
 * for the last seat are not both let in.
 *
 * @throws SeatLimitReached; the organization is told even so
 */
export async function takeSeat(tx: Tx): Promise<void> {
  if (await countUnlimited(tx, 1)) return;
  const { organization, used } = await holdSeats(tx);
  const verdict = seatVerdict(organization, used, tx.now);
  if (verdict.kind === 'refused') {
    tx.whenRefused((later) => tellExceeded(later, organization, { used, refused: true, graceUntil: null }));
    throw new SeatLimitReached(organization.seatLimit ?? 0);
  }
  await addSeats(tx, 1);
  if (verdict.kind === 'over') {
    await tellExceeded(tx, organization, { used: used + 1, refused: false, graceUntil: verdict.graceUntil });
  }
}

/** Gives the seat of somebody who was closed back. Deactivation frees it: many IdPs never send a DELETE. */
export async function freeSeat(tx: Tx): Promise<void> {
  if (await countUnlimited(tx, -1)) return;
  const { organization, used } = await holdSeats(tx);
  await addSeats(tx, -1);
  const { seatLimit } = organization;
  if (seatLimit === null || used - 1 !== Math.max(0, seatLimit - 1)) return;
  await tx.session.query('update organizations set seats_exceeded_since = null, seats_told_at = null where id = $1', [
    tx.organizationId,
  ]);
  const data = { limit: seatLimit, used: used - 1 };
  tx.emit({ type: 'organization.seats_freed', subject: subjectOf(organization), data });
}

/** Tells that the limit is passed or holds somebody out; once an hour. */
export async function tellExceeded(
  tx: Tx,
  { id, seatLimit }: Organization,
  { used, refused, graceUntil }: { used: number; refused: boolean; graceUntil: Date | null },
): Promise<void> {
  const [due] = await tx.session.query(
    `update organizations set seats_told_at = $2, seats_exceeded_since = coalesce(seats_exceeded_since, $2)
     where id = $1 and (seats_told_at is null or seats_told_at <= $3) returning 1`,
    [id, tx.now, new Date(tx.now.getTime() - toldEveryMs)],
  );
  if (!due) return;
  const data = { limit: seatLimit, used, refused, graceUntil };
  tx.emit({ type: 'organization.seats_exceeded', subject: subjectOf({ id }), data });
}

/** Most organizations have no limit: then counting is one statement, and nobody waits. False where there is one. */
async function countUnlimited(tx: Tx, n: 1 | -1): Promise<boolean> {
  const counted = await tx.session.query(
    'insert into seat_counts (organization_id, n) select id, $2 from organizations where id = $1 and seat_limit is null returning 1',
    [tx.organizationId, n],
  );
  return counted.length === 1;
}

async function addSeats(tx: Tx, n: 1 | -1): Promise<void> {
  await tx.session.query('insert into seat_counts (organization_id, n) values ($1, $2)', [tx.organizationId, n]);
}

/** Folds the rows of each organization into one. */
export async function foldSeats(session: Session): Promise<void> {
  await session.query(
    `with many as (
       select organization_id from seat_counts group by 1 having count(*) > 100
     ), gone as (
       delete from seat_counts c using many where c.organization_id = many.organization_id
       returning c.organization_id, c.n
     )
     insert into seat_counts select organization_id, sum(n) from gone group by 1`,
  );
}
