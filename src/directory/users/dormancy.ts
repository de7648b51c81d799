import { system } from '../../access/principal.js';
import type { Store } from '../../access/store.js';
import { type Tx, write } from '../../access/write.js';
import type { ConnectionId, UserId } from '../../kernel/ids.js';
import { Connection } from '../connections/connection.js';
import { announceOnce } from '../connections/monitoring/announce-once.js';
import { carryOut } from './carry-out.js';
import { Identity } from './identity.js';
import { planClosing } from './plan.js';
import { protectionsOf } from './protect-user.js';
import { getUsers, queryUsers } from './queries/load-user.js';

const dayMs = 86_400_000;
const warningDays = 7;
const batch = 200;

interface Rule extends Pick<Connection, 'organizationId' | 'id'> {
  days: number;
}

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
    .setParameters({ connectionId })
    .orderBy('u.id');

/**
 * Closes JIT accounts that were unused for the time in the rule of their connection. Emits a warning for accounts that
 * will be closed in a week. Accounts managed by SCIM and protected accounts are excluded. Returns true if more accounts
 * are due.
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
    const closed = await write(store, principal, (tx) => closeSome(tx, rule));
    await write(store, principal, (tx) => warn(tx, rule));
    more ||= closed === batch;
  }
  return more;
}

async function closeSome(tx: Tx, { id, days }: Rule): Promise<number> {
  const before = new Date(tx.now.getTime() - days * dayMs);
  const due = unused(tx, id).andWhere('u.lastSignInAt <= :before', { before }).limit(batch);
  const users = await getUsers(due.setLock('pessimistic_write', undefined, ['u']).setOnLocked('skip_locked'));
  const protections = await protectionsOf(tx, users);
  const closed = users.filter((user) => !protections.has(user.id));
  await carryOut(
    tx,
    closed.map((user) => planClosing(user, 'DORMANT', tx)),
  );
  return users.length;
}

// Runs once a day, for the accounts that will be closed in exactly one week.
async function warn(tx: Tx, { id, days }: Rule): Promise<void> {
  const key = `dormancy ${tx.now.toISOString().slice(0, 10)}`;
  if (!(await announceOnce(tx, id, { condition: key, until: new Date(tx.now.getTime() + 2 * dayMs) }))) return;
  const dueAt = new Date(tx.now.getTime() + warningDays * dayMs);
  const from = new Date(dueAt.getTime() - (days + 1) * dayMs);
  const upTo = new Date(from.getTime() + dayMs);
  const rows = await unused(tx, id)
    .select('u.id', 'id')
    .andWhere('u.lastSignInAt > :from and u.lastSignInAt <= :upTo', { from, upTo })
    .limit(1_000)
    .getRawMany<{ id: UserId }>();
  if (rows.length === 0) return;
  const userIds = rows.slice(0, 100).map((row) => row.id);
  const data = { kind: 'DORMANT', count: rows.length, userIds, dueAt } as const;
  tx.emit({ type: 'connection.attention', subject: { type: 'connection', id }, connectionId: id, data });
}
