import { authorize } from '../../access/authorize.js';
import { system } from '../../access/principal.js';
import { scopeOf } from '../../access/scope.js';
import type { Store } from '../../access/store.js';
import { type Tx, write } from '../../access/write.js';
import { scrubbed, scrubEvents } from '../../events/scrub.js';
import type { UserId } from '../../kernel/ids.js';
import { sql } from '../../storage/sql.js';
import { leaveAllGroups } from '../groups/leave-groups.js';
import { carryOut } from './carry-out.js';
import { planClosing } from './plan.js';
import { guardProtected } from './protect-user.js';
import { lockUser } from './queries/load-user.js';
import { subjectOf, type User } from './user.js';

const batch = 100;
const dayMs = 86_400_000;

/**
 * Purges an account: its personal data is removed from the directory, the request log and all events, and only its id
 * is kept. An open account is closed first, so that consumers receive that event too.
 *
 * @throws NotFound, Forbidden
 */
export async function eraseUser(tx: Tx, id: string): Promise<UserId> {
  const user = await lockUser(tx, id);
  authorize(tx, 'user.erase', user);
  const left = await leaveAllGroups(tx, user);
  await guardProtected(tx, user);
  user.deletedAt ??= tx.now;
  await carryOut(tx, [{ ...planClosing(user, 'API', { now: tx.now, left }), isWritten: true }]);
  // Dependent rows are deleted with the user by cascade.
  const scope = scopeOf(tx);
  await tx.session.query(
    sql`delete from provisioning_requests where organization_id = ${scope} and user_id = ${user.id}`,
  );
  await tx.session.query(sql`delete from users where organization_id = ${scope} and id = ${user.id}`);
  await scrubEvents(tx.session.unscoped, tx.organizationId, user.id);
  const isAbout = (event: { userId?: string | null; subject: { id: string } }) =>
    event.userId === user.id || event.subject.id === user.id;
  tx.events.splice(0, tx.events.length, ...tx.events.map((event) => (isAbout(event) ? scrubbed(event) : event)));
  tx.emit({ type: 'user.deleted', subject: subjectOf(user), data: { id: user.id } });
  return user.id;
}

/** Purges the accounts that their IdP deleted more than `days` ago. Returns true if more accounts can be due. */
export async function purgeTombstones(store: Store, days: number): Promise<boolean> {
  const before = new Date(store.now().getTime() - days * dayMs);
  const due = await store.database.query<Pick<User, 'organizationId' | 'id'>>(
    sql`select organization_id as "organizationId", id from users
      where deleted_at < ${before} order by deleted_at limit ${batch}`,
  );
  for (const { organizationId, id } of due) {
    await write(store, system(organizationId), async (tx) => {
      const found = await tx.session.query(
        sql`select 1 from users
          where organization_id = ${scopeOf(tx)} and id = ${id} and deleted_at < ${before}
          for update skip locked`,
      );
      // No row: another node has locked the account, or it was restored.
      if (found.length > 0) await eraseUser(tx, id);
    });
  }
  return due.length === batch;
}
