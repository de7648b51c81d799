import { scopeOf } from '../../../access/scope.js';
import type { Tx } from '../../../access/write.js';
import { fold } from '../../../kernel/fold.js';
import { type ConnectionId, parseId, type UserId } from '../../../kernel/ids.js';
import { sql } from '../../../storage/sql.js';

/** A manager as an IdP names it: by the IdP's own id of the user, or by userName. */
export interface NamedManager {
  /** The connection that manages the report. */
  connectionId: ConnectionId | null;
  name: string;
}

/**
 * Finds the accounts of managers in one statement and returns a lookup function. The function returns null for a
 * manager who is not provisioned yet, and for a name that is an id of Rollcall.
 */
export async function findManagers(
  tx: Tx,
  managers: readonly NamedManager[],
): Promise<(manager: NamedManager) => UserId | null> {
  const wanted = managers.filter(({ name }) => !parseId('user', name));
  if (wanted.length === 0) return () => null;
  const rows = await tx.session.query<{ id: UserId | null }>(sql`select coalesce(
      (select user_id from identities
        where organization_id = ${scopeOf(tx)} and connection_id = m.connection_id and external_id = m.name),
      (select id from users
        where organization_id = ${scopeOf(tx)} and user_name_key = m.key and deleted_at is null
          and coalesce(scim_connection_id, m.connection_id) = m.connection_id
        limit 1)
    ) as id
    from unnest(
      ${wanted.map(({ connectionId }) => connectionId)}::text[],
      ${wanted.map(({ name }) => name)}::text[],
      ${wanted.map(({ name }) => fold(name))}::text[]
    ) with ordinality m(connection_id, name, key, n)
    order by n`);
  const found = new Map(wanted.map((manager, n) => [keyOf(manager), rows[n]?.id ?? null]));
  return (manager) => found.get(keyOf(manager)) ?? null;
}

const keyOf = ({ connectionId, name }: NamedManager): string => `${connectionId} ${name}`;
