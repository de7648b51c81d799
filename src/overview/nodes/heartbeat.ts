import type { Server } from 'node:net';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import { LessThan } from 'typeorm';
import type { Store } from '../../access/store.js';
import { isDatabaseLost } from '../../kernel/errors.js';
import { sql } from '../../storage/sql.js';
import { ServerNode } from './server-node.js';

/** Milliseconds between two reports of a node. */
export const beatMs = 5_000;
/** Milliseconds after its last report in which a node counts as alive. */
export const aliveMs = 3 * beatMs;
/** Milliseconds after its last report in which a node is listed. */
export const listedMs = 600_000;

/** Reports this process in the table of nodes, which all nodes read. */
export class Heartbeat {
  readonly everyMs = beatMs;
  readonly #startedAt: Date;

  constructor(
    readonly store: Pick<Store, 'database' | 'tails' | 'bus' | 'failures' | 'now'>,
    readonly facts: { version: string; connections: () => Promise<number> },
  ) {
    this.#startedAt = store.now();
  }

  /** Saves the state of this node, and deletes nodes that have not reported themselves for ten minutes. */
  async beat(): Promise<void> {
    const { database, bus, now } = this.store;
    const lagMs = await this.#lagMs();
    const connections = await this.facts.connections();
    await database.query(
      sql`insert into server_nodes (id, host, version, started_at, last_seen_at, open_connections, lag_ms)
        values (${bus.node}, ${hostname()}, ${this.facts.version}, ${this.#startedAt}, ${now()}, ${connections}, ${lagMs})
        on conflict (id) do update set last_seen_at = excluded.last_seen_at,
          open_connections = excluded.open_connections, lag_ms = excluded.lag_ms`,
    );
    await database.manager.delete(ServerNode, { lastSeenAt: LessThan(new Date(now().getTime() - listedMs)) });
  }

  /** Deletes this node, because it stops. Without the database, it is listed as not alive until its row expires. */
  async leave(): Promise<void> {
    const { database, bus, failures } = this.store;
    try {
      await database.manager.delete(ServerNode, { id: bus.node });
    } catch (error) {
      if (!isDatabaseLost(error)) throw error;
      failures.note('the node cannot be removed from the list of nodes', error);
    }
  }

  // Readers of all logs stop at the oldest transaction that is still running.
  async #lagMs(): Promise<number> {
    const { place } = await this.store.tails.feed(null).head();
    const [oldest] = await this.store.database.query<{ ms: number }>(
      sql`select greatest(0, extract(epoch from clock_timestamp() - recorded_at) * 1000)::int as ms
        from events where seq > ${place} order by seq limit 1`,
    );
    return oldest?.ms ?? 0;
  }
}

/** Reports this node for the first time. A database that refuses the report does not prevent the start. */
export async function startHeartbeat(store: Store, version: string, server: Server): Promise<Heartbeat> {
  const connections = () => promisify(server.getConnections.bind(server))();
  const heartbeat = new Heartbeat(store, { version, connections });
  await heartbeat.beat().catch((error: unknown) => store.failures.note('the node cannot report itself', error));
  return heartbeat;
}
