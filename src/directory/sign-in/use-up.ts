import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import { sql } from '../../storage/sql.js';

/** Uses up what is good for one use on a connection, on whatever node; false when it was used before. */
export async function useUp(
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
