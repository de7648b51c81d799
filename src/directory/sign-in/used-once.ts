import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import { sql } from '../../storage/sql.js';

/** Marks a single-use value of the connection as used. Returns false if it was already used, on any node. */
export async function markUsed(
  tx: Tx,
  connectionId: string,
  { id, until }: { id: string; until: Date },
): Promise<boolean> {
  const taken = await tx.session.query(sql`insert into used_tokens (organization_id, connection_id, token_id, until)
    values (${scopeOf(tx)}, ${connectionId}, ${id}, ${until})
    on conflict do nothing
    returning 1`);
  return taken.length === 1;
}
