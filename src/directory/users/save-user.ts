import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import { ExternalIdTaken, UserNameTaken } from '../../kernel/errors.js';
import { fold } from '../../kernel/fold.js';
import type { ConnectionId } from '../../kernel/ids.js';
import { codeOf } from '../../storage/error-code.js';
import { copyOf, rowsOf } from '../../storage/rows.js';
import { sql } from '../../storage/sql.js';
import { countManaged } from '../connections/managed-counts.js';
import { moveSeats, seatsUsed, takeSeat } from '../organizations/seats.js';
import { managingConnection } from './queries/load-user.js';
import { takesSeat, User } from './user.js';

/** The identity of a new account at one connection. */
export interface NewIdentity {
  connectionId: ConnectionId;
  externalId: string | null;
  issuer: string | null;
  subject: string | null;
}

/**
 * Inserts the account and its identity in one statement. `isAwaited` is true if a profile already names this account as
 * manager. `seatsUsed` is the number of occupied seats, including this one.
 *
 * @throws UserNameTaken if any unique key is already used (the transaction can continue), SeatLimitReached
 */
export async function insertUser(
  tx: Tx,
  user: User,
  identity: NewIdentity | null,
): Promise<{ isAwaited: boolean; seatsUsed: number }> {
  const insert = sql`${rowsOf(tx.session.dataSource, User).insert(user)} on conflict do nothing returning id`;
  if (!identity) {
    const added = await tx.session.unscoped.query(insert);
    if (added.length === 0) throw new UserNameTaken(user.userName);
    if (takesSeat(user)) await takeSeat(tx);
    return { isAwaited: true, seatsUsed: await seatsUsed(tx) };
  }
  const scope = scopeOf(tx);
  const { connectionId, externalId, issuer, subject } = identity;
  const [added] = await tx.session.query<{ awaited: boolean; seated: boolean; seats: number }>(
    sql`with added as (${insert}), known as (
        insert into identities
          (organization_id, connection_id, user_id, external_id, issuer, subject, origin, created_at)
        select ${scope}, ${connectionId}, id, ${externalId}, ${issuer}, ${subject}, ${user.origin}, ${tx.now} from added
        on conflict do nothing
        returning user_id, connection_id
      ), counted as (
        insert into managed_counts (organization_id, connection_id, kind, n)
        select ${scope}, connection_id, 'User', 1 from known where ${managingConnection(user) !== null}::boolean
      ), seated as (
        insert into seat_counts
        select id, 1 from organizations, known
        where organizations.id = ${scope} and seat_limit is null and ${takesSeat(user)}::boolean
        returning 1
      )
      select
        exists (
          select from users
          where organization_id = ${scope} and manager_id = any(${[fold(externalId ?? ''), user.userNameKey]})
        ) as awaited,
        exists (select from seated) as seated,
        (select coalesce(sum(n), 0)::bigint from seat_counts where organization_id = ${scope}) as seats
      from known`,
  );
  if (!added) throw new UserNameTaken(user.userName);
  // Limited seats are counted under the organization's lock. Without a limit, the insert above has counted the seat.
  const isLimited = takesSeat(user) && !added.seated;
  if (isLimited) await takeSeat(tx);
  user.seated = takesSeat(user);
  // The lock of the limit makes this number exact.
  const used = isLimited ? await seatsUsed(tx) : added.seats + (user.seated ? 1 : 0);
  return { isAwaited: added.awaited, seatsUsed: used };
}

/** Saves the locked account under a new revision. @throws UserNameTaken, SeatLimitReached */
export async function saveUser(tx: Tx, user: User): Promise<User> {
  await saveUsers(tx, [user]);
  return user;
}

/**
 * Saves locked accounts, each under a new revision, and updates the counts of managed accounts and seats.
 *
 * @throws UserNameTaken, SeatLimitReached
 */
export async function saveUsers(tx: Tx, users: readonly User[]): Promise<void> {
  if (users.length === 0) return;
  for (const user of users) {
    user.revision++;
    user.updatedAt = tx.now;
  }
  const named = (error: unknown) =>
    codeOf(error) === '23505' ? new UserNameTaken(users.map(({ userName }) => userName).join('", "')) : error;
  tx.later(tx.session.holdAll(User, users), named);
  await countManagers(tx, users);
  await countSeats(tx, users);
}

/** Moves the accounts to the counts of the connections that now manage them. */
async function countManagers(tx: Tx, users: readonly User[]): Promise<void> {
  const counts = new Map<ConnectionId, number>();
  const add = (id: ConnectionId | null, n: 1 | -1) => id && counts.set(id, (counts.get(id) ?? 0) + n);
  for (const user of users) {
    const counted = managingConnection(user);
    if (user.countedFor === counted) continue;
    add(user.countedFor, -1);
    add(counted, 1);
    user.countedFor = counted;
  }
  for (const [id, n] of counts) if (n !== 0) await countManaged(tx, id, 'User', n);
}

async function countSeats(tx: Tx, users: readonly User[]): Promise<void> {
  const moved = users.filter((user) => takesSeat(user) !== user.seated);
  if (moved.length === 0) return;
  const taken = moved.filter(takesSeat).length;
  await moveSeats(tx, { taken, freed: moved.length - taken });
  for (const user of moved) user.seated = takesSeat(user);
}

/** Writes the externalIds of accounts at the connections that manage them. @throws ExternalIdTaken */
export async function saveExternalIds(tx: Tx, users: readonly User[]): Promise<void> {
  if (users.length === 0) return;
  const named = (error: unknown) =>
    codeOf(error) === '23505' ? new ExternalIdTaken(users.map((user) => user.externalId).join('", "')) : error;
  const inserted = tx.session.hold(
    sql`insert into identities
        (organization_id, connection_id, user_id, external_id, origin, created_at)
      select ${scopeOf(tx)}, connection_id, user_id, external_id, 'SCIM', ${tx.now}
      from unnest(
        ${users.map(({ scimConnectionId }) => scimConnectionId)}::text[],
        ${users.map(({ id }) => id)}::text[],
        ${users.map(({ externalId }) => externalId)}::text[]
      ) i(connection_id, user_id, external_id)
      on conflict (organization_id, connection_id, user_id) do update set external_id = excluded.external_id`,
  );
  tx.later(inserted, named);
}

/** Returns the account after its roles were recalculated, with the next revision. */
export function withRoles(user: User, roles: string[]): User {
  const next = copyOf(user);
  next.roles = roles;
  next.revision++;
  return next;
}
