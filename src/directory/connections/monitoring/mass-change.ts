import { system } from '../../../access/principal.js';
import type { Store } from '../../../access/store.js';
import { write } from '../../../access/write.js';
import { anchorAt } from '../../../events/log.js';
import { minuteMs } from '../../../kernel/durations.js';
import type { ConnectionId, OrganizationId, UserId } from '../../../kernel/ids.js';
import { sql } from '../../../storage/sql.js';
import { Connection } from '../connection.js';
import { managedCount } from '../managed-counts.js';
import { announceOnce } from './announce-once.js';

const windowMs = 10 * minuteMs;
const fewest = 50;
const share = 0.05;
/** Maximum number of users listed in the event. */
const named = 100;

interface Surge {
  organizationId: OrganizationId;
  connectionId: ConnectionId;
  count: number;
  first: number;
  userIds: UserId[];
}

/**
 * Emits `connection.mass_change` when an IdP closes unusually many accounts: within ten minutes more than 50, and more
 * than 5 % of the accounts that it manages. The usual cause is a wrong group in the IdP's console; an operator who is
 * notified at once can undo the change.
 */
export async function reportMassChanges(store: Store): Promise<void> {
  const now = store.now();
  // Handwritten SQL, because it reads the log of all organizations every second.
  const surges = await store.database.query<Surge>(
    sql`select organization_id as "organizationId", connection_id as "connectionId", count(*) as count,
        min(position) as first, (array_agg(user_id order by position))[1:${named}::int] as "userIds"
      from events
      where type = 'user.deprovisioned' and occurred_at > ${new Date(now.getTime() - windowMs)}
        and actor_kind = 'SCIM' and connection_id is not null
      group by 1, 2
      having count(*) > ${fewest}`,
  );
  for (const surge of surges) {
    const { organizationId, connectionId: id, count, first, userIds } = surge;
    await write(store, system(organizationId), async (tx) => {
      const managed = await managedCount(tx, id, 'User');
      const threshold = Math.max(fewest, Math.ceil(share * managed));
      if (count <= threshold) return;
      const isKnown = await tx.manager.existsBy(Connection, { organizationId, id });
      // Emit one event per window: this check counts the same users again every second.
      const key = `mass change ${Math.floor(now.getTime() / windowMs)}`;
      const until = new Date(now.getTime() + 2 * windowMs);
      if (!isKnown || !(await announceOnce(tx, id, { condition: key, until }))) return;
      const undoCursor = store.history.cursorAt(
        organizationId,
        await anchorAt(tx.session.unscoped, organizationId, first - 1),
      );
      const data = { id, count, userIds, threshold, undoCursor };
      tx.emit({ type: 'connection.mass_change', subject: { type: 'connection', id }, connectionId: id, data });
    });
  }
}
