import { scopeOf } from '../../../access/scope.js';
import type { Tx } from '../../../access/write.js';
import { fold } from '../../../kernel/fold.js';
import type { UserId } from '../../../kernel/ids.js';
import { sql } from '../../../storage/sql.js';
import type { Organization } from '../../organizations/organization.js';
import { getUsers, queryUsers } from '../queries/load-user.js';
import type { User } from '../user.js';

/** The accounts that match the rows of an import, and conditions for creating new ones. */
export interface Existing {
  /** Live accounts by folded userName. */
  byName: Map<string, UserId>;
  /** Accounts by their `externalId` at the connection. */
  byExternalId: Map<string, UserId>;
  /** Folded names that profiles name as a manager who does not exist yet. */
  awaited: Set<string>;
  /** True if the organization has a seat limit. */
  isLimited: boolean;
}

interface Row {
  profile: { userName: string };
  externalId: string | null;
}

/** Finds the existing accounts of a whole batch in a fixed number of statements. */
export async function existingFor(tx: Tx, rows: readonly Row[], connectionId: string | null): Promise<Existing> {
  const names = rows.map(({ profile }) => fold(profile.userName));
  const externalIds = rows.flatMap(({ externalId }) => externalId ?? []);
  const users = await tx.session.query<{ id: UserId; key: string }>(
    sql`select id, user_name_key as key from users
      where organization_id = ${scopeOf(tx)} and user_name_key = any(${names}) and deleted_at is null`,
  );
  const identities = await tx.session.query<{ id: UserId; key: string }>(
    sql`select user_id as id, external_id as key from identities
      where organization_id = ${scopeOf(tx)} and connection_id = ${connectionId}
        and external_id = any(${externalIds})`,
  );
  const awaited = await tx.session.query<{ name: string }>(
    sql`select distinct manager_id as name from users
      where organization_id = ${scopeOf(tx)} and manager_id = any(${[...names, ...externalIds.map(fold)]})`,
  );
  const [limit] = await tx.session.query<Pick<Organization, 'seatLimit'>>(
    sql`select seat_limit as "seatLimit" from organizations where id = ${scopeOf(tx)}`,
  );
  return {
    byName: new Map(users.map(({ key, id }) => [key, id])),
    byExternalId: new Map(identities.map(({ key, id }) => [key, id])),
    awaited: new Set(awaited.map(({ name }) => name)),
    isLimited: limit?.seatLimit != null,
  };
}

/** Returns the deleted users with the userNames of the rows, by folded userName. */
export async function deletedAmong(tx: Tx, rows: readonly Pick<Row, 'profile'>[]): Promise<Map<string, User>> {
  if (rows.length === 0) return new Map();
  const names = rows.map(({ profile }) => fold(profile.userName));
  const users = await getUsers(
    queryUsers(tx).andWhere('u.deletedAt is not null and u.userNameKey = any(:names)', { names }),
  );
  return new Map(users.map((user) => [user.userNameKey, user]));
}

/** Returns true if the user's manager has this id or userName. An export names managers by one of them. */
export async function isManagedBy(tx: Tx, userId: string, manager: string): Promise<boolean> {
  const found = await tx.session.query(sql`select 1 from users u
    join users m on m.organization_id = u.organization_id and m.id = u.manager_id
    where u.organization_id = ${scopeOf(tx)} and u.id = ${userId}
      and (m.id = ${manager} or m.user_name_key = ${fold(manager)})`);
  return found.length > 0;
}
