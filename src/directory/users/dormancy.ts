import { system } from '../../access/principal.js';
import type { Store } from '../../access/store.js';
import { type Tx, write } from '../../access/write.js';
import type { OrganizationId } from '../../ids.js';
import { useUp } from '../sign-in/use-up.js';
import { closeAccount } from './account-life.js';
import { selectUsers, usersIn } from './load-user.js';
import { protectionOf } from './protect-user.js';
import { saveUser } from './save-user.js';

const dayMs = 86_400_000;
const warningDays = 7;
const batch = 200;

interface Rule {
  organization_id: OrganizationId;
  id: string;
  days: number;
}

const unused = `u.organization_id = $1 and u.origin = 'JIT' and u.active and u.deleted_at is null and u.scim_connection_id is null
  and not u.protected and u.last_sign_in_at is not null
  and exists (select from identities i where i.organization_id = u.organization_id and i.user_id = u.id and i.connection_id = $2)`;

/**
 * Closes JIT accounts that nobody has used for as long as their connection's rule says, and names those that are a week from
 * it. Nobody whom SCIM manages, and nobody who is kept for emergencies. True when there is more to do.
 */
export async function closeDormant(store: Store): Promise<boolean> {
  const rules = await store.database.query<Rule>(
    `select organization_id, id, (jit->>'dormantAfterDays')::int as days from connections
     where state = 'ACTIVE' and (jit->>'dormantAfterDays')::int is not null order by organization_id, id`,
  );
  let more = false;
  for (const rule of rules) {
    const principal = system(rule.organization_id);
    const closed = await write(store, principal, (tx) => closeSome(tx, rule));
    await write(store, principal, (tx) => warn(tx, rule));
    more ||= closed === batch;
  }
  return more;
}

async function closeSome(tx: Tx, { id, days }: Rule): Promise<number> {
  const rows = await tx.session.query<Record<string, unknown>>(
    `${selectUsers} where ${unused} and u.last_sign_in_at <= $3 order by u.id limit ${batch} for update of u skip locked`,
    [tx.organizationId, id, new Date(tx.now.getTime() - days * dayMs)],
  );
  const users = usersIn(tx.session, rows);
  for (const user of users) {
    if ((await protectionOf(tx, user)) !== null) continue;
    await closeAccount(tx, user, 'DORMANT');
    await saveUser(tx, user);
  }
  return users.length;
}

// A day's people, once a day: the day on which each is a week from being closed.
async function warn(tx: Tx, { id, days }: Rule): Promise<void> {
  const key = `dormancy ${tx.now.toISOString().slice(0, 10)}`;
  if (!(await useUp(tx, id, { id: key, until: new Date(tx.now.getTime() + 2 * dayMs) }))) return;
  const dueAt = new Date(tx.now.getTime() + warningDays * dayMs);
  const from = new Date(dueAt.getTime() - (days + 1) * dayMs);
  const rows = await tx.session.query<{ id: string }>(
    `select u.id from users u where ${unused} and u.last_sign_in_at > $3 and u.last_sign_in_at <= $4 order by u.id limit 1000`,
    [tx.organizationId, id, from, new Date(from.getTime() + dayMs)],
  );
  if (rows.length === 0) return;
  const userIds = rows.slice(0, 100).map((row) => row.id);
  const data = { kind: 'DORMANT', count: rows.length, userIds, dueAt };
  tx.emit({ type: 'connection.attention', subject: { type: 'connection', id }, connectionId: id, data });
}
