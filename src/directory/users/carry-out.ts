import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import type { UserId } from '../../kernel/ids.js';
import { sql } from '../../storage/sql.js';
import { type Because, recomputeRoles } from '../roles/recompute-roles.js';
import { endSessionsOf } from '../sessions/session.js';
import { takeOver } from './adopt-user.js';
import type { Closing, Plan } from './plan.js';
import { saveExternalIds, saveUsers, withRoles } from './save-user.js';
import { subjectOf, type User } from './user.js';

/**
 * Writes the plans of locked accounts and emits their events in order. The number of statements does not depend on the
 * number of plans, except for accounts that a connection adopts.
 *
 * @returns the accounts after the change
 * @throws UserNameTaken, ExternalIdTaken, SeatLimitReached
 */
export async function carryOut(tx: Tx, plans: readonly Plan[]): Promise<User[]> {
  for (const note of plans.flatMap(({ notes }) => notes)) tx.note(note);
  for (const { takenOver } of plans) if (takenOver) await takeOver(tx, takenOver.user, takenOver);
  await saveExternalIds(tx, plans.filter(({ isIdentityWritten }) => isIdentityWritten).map(userOf));
  const lost = await endAccess(tx, plans.filter(({ closing }) => closing).map(userOf));
  for (const { user, events, closing } of plans) {
    for (const event of events) tx.emit(event);
    if (closing) emitClosing(tx, user, closing, lost.get(user.id));
  }
  await saveUsers(tx, plans.filter(({ isWritten }) => isWritten).map(userOf));
  return recomputed(tx, plans);
}

/** Writes one plan. See `carryOut`. */
export async function carryOutOne(tx: Tx, plan: Plan): Promise<User> {
  const [user = plan.user] = await carryOut(tx, [plan]);
  return user;
}

const userOf = ({ user }: Plan): User => user;

/** The access that an account loses when it is closed. It is known only when the plan is written. */
interface Lost {
  sessionsRevoked: number;
  groups: string[];
  seatsUsed: number;
}

const nothingLost: Lost = { sessionsRevoked: 0, groups: [], seatsUsed: 0 };

/** Ends the sessions of closed accounts and reads what else each account loses. */
async function endAccess(tx: Tx, users: readonly User[]): Promise<Map<UserId, Lost>> {
  if (users.length === 0) return new Map();
  const ids = users.map(({ id }) => id);
  const ending = endSessionsOf(tx, ids);
  const reading = tx.session.query<{ groups: string[]; seats: number }>(
    sql`select
        array(
          select group_id from memberships where organization_id = ${scopeOf(tx)} and user_id = id order by 1
        ) as groups,
        (select coalesce(sum(n), 0)::bigint from seat_counts where organization_id = ${scopeOf(tx)}) as seats
      from unnest(${ids}::text[]) with ordinality u(id, n)
      order by n`,
  );
  const [sessions, standing] = await Promise.all([ending, reading]);
  let seatsUsed = standing[0]?.seats ?? 0;
  const lost = users.map(({ id, seated }, n): [UserId, Lost] => {
    if (seated) seatsUsed--;
    return [id, { sessionsRevoked: sessions.get(id) ?? 0, groups: standing[n]?.groups ?? [], seatsUsed }];
  });
  return new Map(lost);
}

function emitClosing(tx: Tx, user: User, closing: Closing, lost: Lost = nothingLost): void {
  const { reason, left, state, connectionId } = closing;
  const { sessionsRevoked, groups, seatsUsed } = lost;
  // Deactivations are not delayed in this version.
  const data = {
    ...state,
    reason,
    sessionsRevoked,
    rolesLost: user.roles,
    groupsLost: [...left, ...groups],
    seatsUsed,
    heldForMs: 0,
  };
  tx.emit({ type: 'user.deprovisioned', subject: subjectOf(user), connectionId, data });
}

/** Recalculates the roles of accounts whose plan changes the sources of roles. */
async function recomputed(tx: Tx, plans: readonly Plan[]): Promise<User[]> {
  const users = new Map(plans.map(({ user }) => [user.id, user]));
  const causes = new Map<string, { because: Because; ids: UserId[] }>();
  for (const { user, roles } of plans) {
    if (!roles) continue;
    const cause = causes.get(JSON.stringify(roles)) ?? { because: roles, ids: [] };
    cause.ids.push(user.id);
    causes.set(JSON.stringify(roles), cause);
  }
  for (const { because, ids } of causes.values()) {
    for (const { id, after } of await recomputeRoles(tx, ids, because)) {
      const user = users.get(id);
      if (user) users.set(id, withRoles(user, after));
    }
  }
  return plans.map(({ user }) => users.get(user.id) ?? user);
}
