import { scopeOf } from '../../../access/scope.js';
import type { Tx } from '../../../access/write.js';
import { ExternalIdTaken } from '../../../kernel/errors.js';
import { fold } from '../../../kernel/fold.js';
import { rowsOf } from '../../../storage/rows.js';
import { sql } from '../../../storage/sql.js';
import { seatsUsed } from '../../organizations/seats.js';
import { newUser } from '../new-user.js';
import type { Profile } from '../profile.js';
import { resolveAwaitedManager } from '../resolve-awaited-manager.js';
import { subjectOf, User, userState } from '../user.js';

interface Row {
  profile: Profile;
  roles: string[] | null;
  externalId: string | null;
}

/**
 * Creates many accounts of an organization without a seat limit, in a fixed number of statements.
 *
 * @returns the account of each row; null if another account has since taken the userName
 * @throws ExternalIdTaken if a concurrent transaction has taken one; the caller must roll back
 */
export async function insertUsers(
  tx: Tx,
  rows: readonly Row[],
  { connectionId, awaited }: { connectionId: string | null; awaited: ReadonlySet<string> },
): Promise<(User | null)[]> {
  if (rows.length === 0) return [];
  const users = rows.map(({ profile, roles }) => {
    const user = newUser(tx, { origin: 'IMPORT', active: true, externalId: null, profile });
    user.roles = roles ?? [];
    user.directRoles = roles ?? [];
    user.seated = true;
    return user;
  });
  const mapping = rowsOf(tx.session.dataSource, User);
  const added = await tx.session.unscoped.query<{ id: string }>(
    sql`${mapping.insertMany(users)} on conflict do nothing returning id`,
  );
  const ids = new Set(added.map(({ id }) => id));
  const created = users.map((user) => (ids.has(user.id) ? user : null));
  await tx.session.query(sql`insert into seat_counts (organization_id, n) values (${scopeOf(tx)}, ${ids.size})`);
  await insertIdentities(tx, rows, created, connectionId);
  const used = await seatsUsed(tx);
  let seats = used - ids.size;
  for (const user of created) {
    if (user)
      tx.emit({ type: 'user.provisioned', subject: subjectOf(user), data: { ...userState(user), seatsUsed: ++seats } });
  }
  for (const [n, user] of created.entries()) {
    const names = [user?.userNameKey ?? '', fold(rows[n]?.externalId ?? '')];
    if (user && names.some((name) => awaited.has(name))) await resolveAwaitedManager(tx, user);
  }
  return created;
}

async function insertIdentities(
  tx: Tx,
  rows: readonly Row[],
  created: readonly (User | null)[],
  connectionId: string | null,
): Promise<void> {
  const known = created.flatMap((user, n) => {
    const externalId = rows[n]?.externalId ?? null;
    return user && externalId !== null ? [{ userId: user.id, externalId }] : [];
  });
  if (known.length === 0) return;
  const written = await tx.session.query(sql`insert into identities
        (organization_id, connection_id, user_id, external_id, origin, created_at)
      select ${scopeOf(tx)}, ${connectionId}, user_id, external_id, 'IMPORT', ${tx.now}
      from unnest(
        ${known.map(({ userId }) => userId)}::text[],
        ${known.map(({ externalId }) => externalId)}::text[]
      ) as k(user_id, external_id)
      on conflict do nothing
      returning 1`);
  if (written.length < known.length) throw new ExternalIdTaken('of one row');
}
