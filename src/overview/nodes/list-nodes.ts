import { MoreThan } from 'typeorm';
import { authorize } from '../../access/authorize.js';
import type { Principal } from '../../access/principal.js';
import type { Store } from '../../access/store.js';
import { aliveMs, listedMs } from './heartbeat.js';
import { ServerNode } from './server-node.js';

/** Maximum number of listed nodes. */
export const mostNodes = 100;

export interface NodeFacts extends ServerNode {
  alive: boolean;
}

/**
 * Returns the nodes that have reported themselves within ten minutes, the newest first. Every node returns the same
 * list.
 *
 * @throws Forbidden
 */
export async function listNodes(
  { database, now }: Pick<Store, 'database' | 'now'>,
  principal: Principal,
): Promise<NodeFacts[]> {
  authorize({ principal }, 'deployment.read');
  const ms = now().getTime();
  const nodes = await database.manager.find(ServerNode, {
    where: { lastSeenAt: MoreThan(new Date(ms - listedMs)) },
    order: { startedAt: 'DESC', id: 'ASC' },
    take: mostNodes,
  });
  return nodes.map((node) => ({ ...node, alive: ms - node.lastSeenAt.getTime() <= aliveMs }));
}
