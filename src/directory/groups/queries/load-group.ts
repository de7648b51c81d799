import { scopeOf } from '../../../access/scope.js';
import type { Read, Tx } from '../../../access/write.js';
import { NotFound } from '../../../kernel/errors.js';
import { parseId } from '../../../kernel/ids.js';
import { type Sql, sql } from '../../../storage/sql.js';
import { Group } from '../group.js';

/** Returns the group, locked so that changes of its name and members wait for each other. @throws NotFound */
export async function lockGroup(tx: Tx, id: string): Promise<Group> {
  return one(tx, id, sql`for update`);
}

/** Returns the group if the caller can see it, without locking it. @throws NotFound */
export async function loadGroup(read: Read, id: string): Promise<Group> {
  return one(read, id, sql``);
}

async function one(read: Read, id: string, suffix: Sql): Promise<Group> {
  const { session, principal } = read;
  const key = parseId('group', id);
  const [group] = key
    ? await session.rows(Group, sql`organization_id = ${scopeOf(read)} and id = ${key} ${suffix}`)
    : [];
  if (!group || !isVisibleTo(principal, group)) throw new NotFound('group');
  return group;
}

/** Returns true if the caller can see the group. An IdP can see only its own groups. */
export const isVisibleTo = (principal: Read['principal'], { connectionId }: Group): boolean =>
  principal.kind !== 'scim' || connectionId === principal.connectionId;
