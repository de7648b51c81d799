import { In } from 'typeorm';
import { system } from '../../access/principal.js';
import type { Store } from '../../access/store.js';
import { type Tx, write } from '../../access/write.js';
import { dayMs } from '../../kernel/durations.js';
import type { ConnectionId, UserId } from '../../kernel/ids.js';
import { Connection } from '../connections/connection.js';
import { carryOut } from './carry-out.js';
import { DormancyWarning } from './dormancy-warning.js';
import { Identity } from './identity.js';
import { planClosing } from './plan.js';
import { protectionsOf } from './protect-user.js';
import { getUsers, queryUsers } from './queries/load-user.js';

const batch = 200;
const warningBatch = 1_000;

interface Rule extends Pick<Connection, 'organizationId' | 'id'> {
  days: number;
}

/** Returns the time between a warning and the closing, in milliseconds: a week, or half of a rule below 14 days. */
const noticeOf = ({ days }: Rule): number => Math.min(7, days / 2) * dayMs;

/**
 * Returns the query for JIT accounts that have signed in through the connection and that no SCIM connection manages.
 * The constants are part of the text, so that the partial index `users_last_sign_in` can be used.
 */
const unused = (tx: Tx, connectionId: ConnectionId) =>
  queryUsers(tx)
    .andWhere("u.origin = 'JIT' and u.active and not u.protected")
    .andWhere('u.deletedAt is null and u.scimConnectionId is null and u.lastSignInAt is not null')
    .andWhere((query) => {
      const signedIn = query.subQuery().select('1').from(Identity, 'j').where('j.organizationId = u.organizationId');
      return `exists ${signedIn.andWhere('j.userId = u.id and j.connectionId = :connectionId').getQuery()}`;
    })
    .setParameters({ connectionId });

/** Returns the query for the warnings of the connection. */
const warnings = (tx: Tx, connectionId: ConnectionId) =>
  tx.session.manager
    .createQueryBuilder(DormancyWarning, 'w')
    .where('w.organizationId = :organizationId', { organizationId: tx.organizationId })
    .andWhere('w.connectionId = :connectionId', { connectionId });

/**
 * Warns of JIT accounts that the rule of their connection will close, and closes those whose warning is old enough.
 * Accounts managed by SCIM and protected accounts are excluded. A run makes up for all runs that a stopped server has
 * missed. Returns true if more accounts are due.
 */
export async function closeDormant(store: Store): Promise<boolean> {
  const connections = await store.database.manager
    .createQueryBuilder(Connection, 'c')
    .select(['c.organizationId', 'c.id', 'c.jit'])
    .where("c.state = 'ACTIVE' and c.jit->>'dormantAfterDays' is not null")
    .orderBy({ 'c.organizationId': 'ASC', 'c.id': 'ASC' })
    .getMany();
  let more = false;
  for (const { organizationId, id, jit } of connections) {
    if (jit.dormantAfterDays === null) continue;
    const rule: Rule = { organizationId, id, days: jit.dormantAfterDays };
    const principal = system(rule.organizationId);
    await write(store, principal, (tx) => forgetOutdated(tx, rule));
    const closed = await write(store, principal, (tx) => closeSome(tx, rule));
    const warned = await write(store, principal, (tx) => warnSome(tx, rule));
    more ||= closed === batch || warned === warningBatch;
  }
  return more;
}

// Deletes warnings of accounts that the rule no longer applies to, such as after a sign-in or a reactivation.
async function forgetOutdated(tx: Tx, { id }: Rule): Promise<void> {
  const applies = unused(tx, id).select('1').andWhere('u.id = w.userId and u.lastSignInAt <= w.warnedAt');
  const outdated = warnings(tx, id).andWhere(`not exists (${applies.getQuery()})`).limit(warningBatch);
  await forget(
    tx,
    id,
    (await outdated.getMany()).map(({ userId }) => userId),
  );
}

async function forget(tx: Tx, connectionId: ConnectionId, userIds: UserId[]): Promise<void> {
  const { organizationId } = tx;
  if (userIds.length > 0)
    await tx.manager.delete(DormancyWarning, { organizationId, connectionId, userId: In(userIds) });
}

async function closeSome(tx: Tx, { id, days }: Rule): Promise<number> {
  const before = new Date(tx.now.getTime() - days * dayMs);
  const warned = warnings(tx, id).select('1').andWhere('w.userId = u.id and w.warnedAt >= u.lastSignInAt');
  const due = unused(tx, id)
    .andWhere('u.lastSignInAt <= :before', { before })
    .andWhere(`exists (${warned.andWhere('w.dueAt <= :now').getQuery()})`, { now: tx.now })
    .orderBy('u.id')
    .limit(batch);
  const users = await getUsers(due.setLock('pessimistic_write', undefined, ['u']).setOnLocked('skip_locked'));
  const protections = await protectionsOf(tx, users);
  const closed = users.filter((user) => !protections.has(user.id));
  await carryOut(
    tx,
    closed.map((user) => planClosing(user, 'DORMANT', tx)),
  );
  // If the account is reactivated, it is warned again.
  await forget(
    tx,
    id,
    closed.map((user) => user.id),
  );
  return users.length;
}

// If an account needs its warning now, the event also contains those that need it within a seventh of the notice (a
// day), so that there is about one event a day.
async function warnSome(tx: Tx, rule: Rule): Promise<number> {
  const { id, days } = rule;
  const notice = noticeOf(rule);
  const needed = tx.now.getTime() + notice - days * dayMs;
  const warned = warnings(tx, id).select('1').andWhere('w.userId = u.id');
  const rows = await unused(tx, id)
    .select('u.id', 'userId')
    .addSelect('u.lastSignInAt', 'lastSignInAt')
    .andWhere('u.lastSignInAt <= :upTo', { upTo: new Date(needed + notice / 7) })
    .andWhere(`not exists (${warned.getQuery()})`)
    .orderBy({ 'u.lastSignInAt': 'ASC', 'u.id': 'ASC' })
    .limit(warningBatch)
    .getRawMany<{ userId: UserId; lastSignInAt: Date }>();
  if (rows[0] === undefined || rows[0].lastSignInAt.getTime() > needed) return 0;
  const dueAt = new Date(tx.now.getTime() + notice);
  const values = rows.map(({ userId, lastSignInAt }) => ({
    organizationId: tx.organizationId,
    connectionId: id,
    userId,
    warnedAt: tx.now,
    dueAt: new Date(Math.max(dueAt.getTime(), lastSignInAt.getTime() + days * dayMs)),
  }));
  // Another node can warn of the same accounts at the same time.
  const insert = tx.manager.createQueryBuilder().insert().into(DormancyWarning).values(values).orIgnore();
  const { raw } = await insert.returning(['userId']).execute();
  const userIds = (raw as { user_id: UserId }[]).map((row) => row.user_id);
  if (userIds.length === 0) return 0;
  const data = { kind: 'DORMANT', count: userIds.length, userIds: userIds.slice(0, 100), dueAt } as const;
  tx.emit({ type: 'connection.attention', subject: { type: 'connection', id }, connectionId: id, data });
  return rows.length;
}
