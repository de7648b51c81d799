import type { Tx } from '../../access/write.js';
import { ExternalIdTaken, UserNameTaken } from '../../errors.js';
import { fold } from '../../fold.js';
import type { ConnectionId } from '../../ids.js';
import { codeOf } from '../../storage/error-code.js';
import { rowsOf } from '../../storage/rows.js';
import { countManaged } from '../connections/managed-counts.js';
import { freeSeat, seatsUsed, takeSeat } from '../organizations/seats.js';
import { managingConnection } from './load-user.js';
import { compact, folded, managerOf, type Profile, primaryEmail, type StoredProfile } from './profile.js';
import { takesSeat, User } from './user.js';

/** Lays a profile into the account's columns: the document, and the keys that look-ups use. */
export function layProfile(user: User, { userName, ...rest }: Profile): void {
  const profile = (compact(rest) ?? {}) as StoredProfile;
  const whole: Profile = { userName, ...profile };
  const email = primaryEmail(whole);
  Object.assign(user, {
    userName,
    userNameKey: fold(userName),
    email,
    emailKey: email === null ? null : fold(email),
    emailKeys: [...new Set((whole.emails ?? []).map(({ value }) => fold(String(value))))],
    shownName: typeof whole.displayName === 'string' ? whole.displayName : null,
    displayNameKey: typeof whole.displayName === 'string' ? fold(whole.displayName) : null,
    familyNameKey: typeof whole.name?.familyName === 'string' ? fold(whole.name.familyName) : null,
    profile,
    folded: folded(profile) as Record<string, unknown>,
    managerId: managerOf(whole),
  });
}

/** What one connection knows the new account by. */
export interface NewIdentity {
  connectionId: ConnectionId;
  externalId: string | null;
  issuer: string | null;
  subject: string | null;
}

/**
 * Adds the account, with its identity, in one statement. `isAwaited`: somebody named this person as manager before.
 * `seatsUsed`: how many members count, this one included.
 *
 * @throws UserNameTaken for whatever unique key is in the way; the transaction can go on. SeatLimitReached
 */
export async function insertUser(
  tx: Tx,
  user: User,
  identity: NewIdentity | null,
): Promise<{ isAwaited: boolean; seatsUsed: number }> {
  const { sql, values } = rowsOf(tx.session.dataSource, User).insert(user);
  const insert = `${sql} on conflict do nothing returning id`;
  if (!identity) {
    const added = await tx.session.query(insert, values);
    if (added.length === 0) throw new UserNameTaken(user.userName);
    if (takesSeat(user)) await takeSeat(tx);
    return { isAwaited: true, seatsUsed: await seatsUsed(tx) };
  }
  const n = values.length;
  const { connectionId, externalId, issuer, subject } = identity;
  const names = [fold(externalId ?? ''), user.userNameKey];
  const [added] = await tx.session.query<{ awaited: boolean; seated: boolean; seats: number }>(
    `with added as (${insert}),
     known as (insert into identities
       (organization_id, connection_id, user_id, external_id, issuer, subject, origin, created_at)
     select $1, $${n + 1}, id, $${n + 2}, $${n + 3}, $${n + 4}, $${n + 5}, $${n + 6} from added
     on conflict do nothing returning user_id, connection_id
     ), counted as (
       insert into managed_counts (organization_id, connection_id, kind, n)
       select $1, connection_id, 'User', 1 from known where $${n + 7}::boolean
     ), seated as (
       insert into seat_counts select id, 1 from organizations, known
       where organizations.id = $1 and seat_limit is null and $${n + 9}::boolean returning 1
     )
     select exists (select from users where organization_id = $1 and manager_id = any($${n + 8})) as awaited,
       exists (select from seated) as seated,
       (select coalesce(sum(n), 0)::bigint from seat_counts where organization_id = $1) as seats from known`,
    [
      ...values,
      connectionId,
      externalId,
      issuer,
      subject,
      user.origin,
      tx.now,
      managingConnection(user) !== null,
      names,
      takesSeat(user),
    ],
  );
  if (!added) throw new UserNameTaken(user.userName);
  // Where seats are limited they are counted under the organization's lock; where not, they went along above.
  if (takesSeat(user) && !added.seated) await takeSeat(tx);
  user.seated = takesSeat(user);
  return { isAwaited: added.awaited, seatsUsed: added.seats + (user.seated ? 1 : 0) };
}

/** Writes the locked account back under a new revision. @throws UserNameTaken, SeatLimitReached */
export async function saveUser(tx: Tx, user: User): Promise<User> {
  user.revision++;
  user.updatedAt = tx.now;
  try {
    await tx.session.update(User, user);
  } catch (error) {
    throw codeOf(error) === '23505' ? new UserNameTaken(user.userName) : error;
  }
  const counted = managingConnection(user);
  if (user.countedFor !== counted) {
    if (user.countedFor) await countManaged(tx, user.countedFor, 'User', -1);
    if (counted) await countManaged(tx, counted, 'User', 1);
    user.countedFor = counted;
  }
  const takes = takesSeat(user);
  if (takes !== user.seated) await (takes ? takeSeat(tx) : freeSeat(tx));
  user.seated = takes;
  return user;
}

/** Sets the managing connection's externalId of the account. @throws ExternalIdTaken */
export async function saveExternalId(tx: Tx, user: User): Promise<void> {
  try {
    await tx.session.query(
      `insert into identities (organization_id, connection_id, user_id, external_id, origin, created_at)
       values ($1, $2, $3, $4, 'SCIM', $5)
       on conflict (organization_id, connection_id, user_id) do update set external_id = $4`,
      [tx.organizationId, user.scimConnectionId, user.id, user.externalId, tx.now],
    );
  } catch (error) {
    throw codeOf(error) === '23505' ? new ExternalIdTaken(user.externalId ?? '') : error;
  }
}
