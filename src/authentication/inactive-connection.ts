import type { ConnectionId } from '../kernel/ids.js';
import { hashSecret } from '../kernel/secrets.js';
import type { Session } from '../storage/session.js';
import { sql } from '../storage/sql.js';

/** State of a connection whose valid SCIM token is not accepted. */
export interface Inactive {
  state: 'DRAFT' | 'ACTIVE' | 'INACTIVE';
  scimEnabled: boolean;
}

/**
 * Returns the state of an inactive connection if the secret is a token of this connection that is otherwise valid, or
 * that ended because provisioning is disabled. Returns null for any other secret: only the connection's own IdP can
 * learn that the connection exists.
 */
export async function inactiveConnectionOf(
  session: Session,
  { secret, connectionId, now }: { secret: string; connectionId: ConnectionId; now: Date },
): Promise<Inactive | null> {
  const [inactive] = await session.query<Inactive>(
    sql`select c.state, c.scim_enabled as "scimEnabled" from scim_tokens t
      join connections c on c.organization_id = t.organization_id and c.id = t.connection_id
      join organizations o on o.id = t.organization_id
      where t.hash = ${hashSecret(secret)} and t.connection_id = ${connectionId}
        and (not c.scim_enabled or t.expires_at is null or t.expires_at > ${now})
        and o.status = 'ACTIVE' and (c.state <> 'ACTIVE' or not c.scim_enabled)`,
  );
  return inactive ?? null;
}
