import type { Tx } from '../../access/write.js';

/** Uses up what is good for one use on a connection, on whatever node; false when it was used before. */
export async function useUp(
  tx: Tx,
  connectionId: string,
  { id, until }: { id: string; until: Date },
): Promise<boolean> {
  const taken = await tx.session.query(
    `insert into used_tokens (organization_id, connection_id, token_id, until) values ($1, $2, $3, $4)
     on conflict do nothing returning 1`,
    [tx.organizationId, connectionId, id, until],
  );
  return taken.length === 1;
}
