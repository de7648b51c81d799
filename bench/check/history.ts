import { setTimeout as sleep } from 'node:timers/promises';
import { adminKey, gql, type Ledger, type Tenant, writer } from './callers.js';
import type { Cluster } from './cluster.js';
import { byPolling, byWebhook, type Consumer, type Given, overSocket, overStream } from './consumers.js';
import type { ServerNode } from './node.js';
import { note } from './say.js';
import { logOf } from './verdict.js';

/** Milliseconds of writing that will be lost. */
const lostMs = 2_000;
/** Minimum milliseconds of writing after the loss: the positions of lost events must be assigned again. */
const anewMs = 4_000;

/** The cause for which the database gets another history than the one that consumers have read. */
export type Loss = 'failover with loss' | 'restore';

/** The results of the consumers. */
export interface Verdict {
  /** Events that were read and are no longer in the log. */
  lost: number;
  /** Lost events that were followed by an event of the new history without an error. */
  jumps: number;
  /** Events of one history that were skipped, repeated or out of order. */
  faults: number;
  /** Rejected cursors. */
  refused: number;
}

/**
 * Removes a part of the history while writers and consumers run, and checks whether a consumer continues with another
 * history.
 */
export async function losesHistory(
  cluster: Cluster,
  nodes: readonly [ServerNode, ServerNode],
  { tenants, loss, writers }: { tenants: readonly Tenant[]; loss: Loss; writers: number },
): Promise<Verdict> {
  const starts = await Promise.all(tenants.map((tenant) => startingNow(nodes[0].url, tenant)));
  const { eventCursor } = await gql<{ eventCursor: string }>(nodes[0].url, '{ eventCursor }');
  if (loss === 'restore') await cluster.backUp();
  const consumers = await consumersOf(nodes, starts, eventCursor);
  const stop = new AbortController();
  const ledger: Ledger = { created: new Set(), unknown: new Set(), requests: 0, failures: 0 };
  const names = Array.from({ length: writers }, (_, n) => `${loss}-${performance.now().toFixed(0)}-${n}`);
  const writing: Promise<void>[] = [];
  const write = async () => {
    for (const [n, name] of names.entries())
      writing.push(
        writer(nodes, starts[n % starts.length] as Tenant, {
          name: name.replaceAll(' ', '-'),
          ledger,
          stop: stop.signal,
        }),
      );
    await sleep(lostMs);
  };
  note(`${loss} under ${writers} writers`);
  if (loss === 'restore') {
    await write();
    await cluster.restore();
  } else await cluster.failOverWithLoss(write);
  for (const node of nodes) while (!(await node.isReady())) await sleep(100);
  note('both servers answer');
  await sleep(anewMs);
  stop.abort();
  await Promise.all(writing);
  await quiet(consumers);
  const logs = new Map<string, Map<number, string>>();
  for (const tenant of starts) {
    const log = await logOf(nodes[0].url, tenant, tenant.first.cursor);
    logs.set(tenant.organizationId, new Map(log.map(({ position, id }) => [position, id])));
  }
  await Promise.all(consumers.map((consumer) => consumer.stop()));
  return judge(consumers, logs);
}

async function startingNow(url: string, tenant: Tenant): Promise<Tenant> {
  const { eventCursor: cursor } = await gql<{ eventCursor: string }>(
    url,
    'query($id: ID!) { eventCursor(organizationId: $id) }',
    { id: tenant.organizationId },
  );
  return { ...tenant, first: { ...tenant.first, cursor } };
}

async function consumersOf(
  nodes: readonly [ServerNode, ServerNode],
  tenants: readonly Tenant[],
  eventCursor: string,
): Promise<Consumer[]> {
  const [one] = nodes;
  return [
    overSocket(nodes, { key: adminKey, after: eventCursor }),
    await byWebhook(one, tenants),
    ...tenants.flatMap((tenant, n) => [
      overSocket(nodes, { ...tenant, after: tenant.first.cursor }),
      overStream(nodes[n % 2] as ServerNode, tenant),
      byPolling(nodes, tenant),
    ]),
  ];
}

/** Waits until no consumer has received an event for three seconds. */
async function quiet(consumers: readonly Consumer[]): Promise<void> {
  const count = () =>
    consumers.reduce(
      (sum, { sequence }) => sum + [...sequence.stretches.values()].flat(2).length + sequence.expired,
      0,
    );
  for (
    let before = -1, end = performance.now() + 45_000;
    before !== count() && performance.now() < end;
    await sleep(3_000)
  )
    before = count();
}

function judge(consumers: readonly Consumer[], logs: ReadonlyMap<string, ReadonlyMap<number, string>>): Verdict {
  const verdict: Verdict = { lost: 0, jumps: 0, faults: 0, refused: 0 };
  for (const { sequence } of consumers) {
    verdict.refused += sequence.expired;
    for (const [organizationId, stretches] of sequence.stretches) {
      const log = logs.get(organizationId);
      const isLost = ({ position, id }: Given) => log?.get(position) !== id;
      for (const stretch of stretches) {
        verdict.lost += stretch.filter(isLost).length;
        for (const [n, next] of stretch.entries()) {
          const before = stretch[n - 1];
          if (!before || before.epoch !== next.epoch) continue;
          if (isLost(before) && !isLost(next)) verdict.jumps++;
          else if (next.position !== before.position + 1) verdict.faults++;
        }
      }
    }
  }
  return verdict;
}
