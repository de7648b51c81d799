import { createHash } from 'node:crypto';
import { LessThan } from 'typeorm';
import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import type { Session } from '../../storage/session.js';
import { sql } from '../../storage/sql.js';
import { UsedToken } from './used-token.js';

/**
 * Marks an assertion, token or message of the connection's IdP as used until it expires; `until` is that time, which the
 * function that validated it has returned. Returns false if it was already used, on any node.
 */
export async function markUsed(
  tx: Tx,
  connectionId: string,
  { id, until }: { id: string; until: Date },
): Promise<boolean> {
  // An IdP chooses its ids freely. The hash bounds the length of the key.
  const hash = createHash('sha256').update(id).digest('hex');
  const taken = await tx.session.query(sql`insert into used_tokens (organization_id, connection_id, token_id, until)
    values (${scopeOf(tx)}, ${connectionId}, ${hash}, ${until})
    on conflict do nothing
    returning 1`);
  return taken.length === 1;
}

/** Deletes the records of used tokens that have expired. Such tokens are refused because of their age. */
export const pruneUsed = async (session: Session, now: Date): Promise<void> =>
  void (await session.manager.delete(UsedToken, { until: LessThan(now) }));
