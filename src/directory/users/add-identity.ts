import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import { ExternalIdTaken } from '../../kernel/errors.js';
import { sql } from '../../storage/sql.js';
import { checkExternalId } from '../check-external-id.js';
import { keepConnection } from '../connections/find-connections.js';
import type { User } from './user.js';

/**
 * Stores the id of an account at a connection's IdP for an account that the application created. The first sign-in is
 * matched by it. The connection does not become the manager of the account.
 *
 * @throws NotFound for an unknown connection, ExternalIdTaken
 */
export async function addIdentity(
  tx: Tx,
  user: User,
  { connectionId, externalId }: { connectionId: string; externalId: string },
): Promise<void> {
  checkExternalId(externalId);
  const connection = await keepConnection(tx, connectionId);
  const added = await tx.session.query(sql`insert into identities
        (organization_id, connection_id, user_id, external_id, origin, created_at)
      values (${scopeOf(tx)}, ${connection.id}, ${user.id}, ${externalId}, ${user.origin}, ${tx.now})
      on conflict do nothing
      returning 1`);
  if (added.length === 0) throw new ExternalIdTaken(externalId);
}
