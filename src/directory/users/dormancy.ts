import { system } from '../../access/principal.js';
import { scopeOf } from '../../access/scope.js';
import type { Store } from '../../access/store.js';
import { type Tx, write } from '../../access/write.js';
import type { ConnectionId, UserId } from '../../kernel/ids.js';
import { sql } from '../../storage/sql.js';
import type { Connection } from '../connections/connection.js';
import { announceOnce } from '../connections/monitoring/announce-once.js';
import { carryOut } from './carry-out.js';
import { planClosing } from './plan.js';
import { protectionsOf } from './protect-user.js';
import { selectUsers, usersIn } from './queries/load-user.js';

const dayMs = 86_400_000;
const warningDays = 7;
const batch = 200;

interface Rule extends Pick<Connection, 'organizationId' | 'id'> {
  days: number;
}

/**
 * Returns the condition for JIT accounts that have signed in through the connection and that no SCIM connection
 * manages.
 */
const unused = (tx: Tx, id: ConnectionId) =>
  sql`u.organization_id = ${scopeOf(tx)} and u.origin = 'JIT' and u.active and u.deleted_at is null
    and u.scim_connection_id is null and not u.protected and u.last_sign_in_at is not null
    and exists (
      select from identities i
      where i.organization_id = u.organization_id and i.user_id = u.id and i.connection_id = ${id})`;

/**
 * Closes JIT accounts that were unused for the time in the rule of their connection. Emits a warning for accounts that
 * will be closed in a week. Accounts managed by SCIM and protected accounts are excluded. Returns true if more accounts
 * are due.
 */
export async function closeDormant(store: Store): Promise<boolean> {
  const rules = await store.database.query<Rule>(
    sql`select organization_id as "organizationId", id, (jit->>'dormantAfterDays')::int as days from connections
      where state = 'ACTIVE' and (jit->>'dormantAfterDays')::int is not null
      order by organization_id, id`,
  );
  let more = false;
  for (const rule of rules) {
    const principal = system(rule.organizationId);
    const closed = await write(store, principal, (tx) => closeSome(tx, rule));
    await write(store, principal, (tx) => warn(tx, rule));
    more ||= closed === batch;
  }
  return more;
}

async function closeSome(tx: Tx, { id, days }: Rule): Promise<number> {
  const rows = await tx.session.query<Record<string, unknown>>(
    sql`${selectUsers}
      where ${unused(tx, id)} and u.last_sign_in_at <= ${new Date(tx.now.getTime() - days * dayMs)}
      order by u.id limit ${batch} for update of u skip locked`,
  );
  const users = usersIn(tx.session, rows);
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
  const rows = await tx.session.query<{ id: UserId }>(
    sql`select u.id from users u
      where ${unused(tx, id)} and u.last_sign_in_at > ${from}
        and u.last_sign_in_at <= ${new Date(from.getTime() + dayMs)}
      order by u.id limit 1000`,
  );
  if (rows.length === 0) return;
  const userIds = rows.slice(0, 100).map((row) => row.id);
  const data = { kind: 'DORMANT', count: rows.length, userIds, dueAt } as const;
  tx.emit({ type: 'connection.attention', subject: { type: 'connection', id }, connectionId: id, data });
}
