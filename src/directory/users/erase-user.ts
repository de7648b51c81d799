import { LessThan } from 'typeorm';
import { authorize } from '../../access/authorize.js';
import { system } from '../../access/principal.js';
import type { Store } from '../../access/store.js';
import { type Tx, write } from '../../access/write.js';
import { scrubbed, scrubEvents } from '../../events/scrub.js';
import { dayMs } from '../../kernel/durations.js';
import type { UserId } from '../../kernel/ids.js';
import { leaveAllGroups } from '../groups/leave-groups.js';
import { ProvisioningRequest } from '../requests/provisioning-request.js';
import { carryOut } from './carry-out.js';
import { planClosing } from './plan.js';
import { guardProtected } from './protect-user.js';
import { lockUser } from './queries/load-user.js';
import { subjectOf, User } from './user.js';

const batch = 100;

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
  const { organizationId } = tx;
  await tx.manager.delete(ProvisioningRequest, { organizationId, userId: user.id });
  await tx.manager.delete(User, { organizationId, id: user.id });
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
  const select = { organizationId: true, id: true } as const;
  const deletedAt = LessThan(before);
  const { manager } = store.database;
  const due = await manager.find(User, { select, where: { deletedAt }, order: { deletedAt: 'ASC' }, take: batch });
  for (const { organizationId, id } of due) {
    await write(store, system(organizationId), async (tx) => {
      const lock = { mode: 'pessimistic_write', onLocked: 'skip_locked' } as const;
      const found = await tx.manager.findOne(User, { select, where: { organizationId, id, deletedAt }, lock });
      // No row: another node has locked the account, or it was restored.
      if (found) await eraseUser(tx, id);
    });
  }
  return due.length === batch;
}
