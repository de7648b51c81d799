import { IsNull, LessThan } from 'typeorm';
import { system } from '../../access/principal.js';
import type { Store } from '../../access/store.js';
import { write } from '../../access/write.js';
import { dayMs } from '../../kernel/durations.js';
import type { OrganizationId } from '../../kernel/ids.js';
import { sql } from '../../storage/sql.js';
import { Consumer } from './consumer.js';
import { unreadEvents } from './unread-events.js';

interface Lagging extends Pick<Consumer, 'id' | 'name'> {
  /** Organization of the oldest event that is not acknowledged. */
  organizationId: OrganizationId;
  since: Date;
  lag: number;
}

// Consumers whose oldest unacknowledged event is older than half of the retention time. Each is reported once a day;
// any acknowledgment resets this. Handwritten SQL, because TypeORM has no lateral joins.
const lagging = (unread: Date, told: Date) => sql`
  select c.id, c.name, oldest.organization_id as "organizationId", oldest.occurred_at as since,
    ${unreadEvents} as lag
  from event_consumers c, lateral (
    select e.organization_id, e.occurred_at from events e
    where (c.organization_id is null and e.seq > c.place
      or e.organization_id = c.organization_id and e.position > c.place)
      and (cardinality(c.types) = 0 or e.type = any(c.types))
    order by e.seq limit 1
  ) oldest
  where oldest.occurred_at < ${unread} and (c.told_at is null or c.told_at < ${told})
  order by c.id limit 100`;

/** Emits an event for each lagging consumer, before the events that it has not read are deleted. */
export async function reportLaggingConsumers(store: Store, retentionDays: number): Promise<void> {
  const now = store.now().getTime();
  const found = await store.database.query<Lagging>(
    lagging(new Date(now - (retentionDays / 2) * dayMs), new Date(now - dayMs)),
  );
  for (const { id, name, organizationId, since, lag } of found) {
    await write(store, system(organizationId), async (tx) => {
      const isDue = [IsNull(), LessThan(new Date(now - dayMs))].map((toldAt) => ({ id, toldAt }));
      const { affected } = await tx.manager.update(Consumer, isDue, { toldAt: tx.now });
      if (affected === 0) return;
      const data = { id, name, lag, since, lastError: null };
      tx.emit({ type: 'consumer.lagging', subject: { type: 'consumer', id }, data });
    });
  }
}
