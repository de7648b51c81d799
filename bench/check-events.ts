import { setTimeout as sleep } from 'node:timers/promises';
import { adminKey, gql, type Ledger, newTenant, type Tenant, writer } from './check/callers.js';
import { Cluster } from './check/cluster.js';
import { byPolling, byWebhook, type Consumer, overSocket, overStream } from './check/consumers.js';
import { type Loss, losesHistory } from './check/history.js';
import { ServerNode } from './check/node.js';
import { freePort, startNats } from './check/postgres.js';
import { note, say } from './check/say.js';
import { caughtUp, headsOf, lostOf, report } from './check/verdict.js';

/**
 * `npm run check:events [-- seconds writers]` runs writers against two servers with one PostgreSQL, its standby and one
 * NATS. It kills the servers, PostgreSQL and NATS at random, fails PostgreSQL over without loss, and interrupts the
 * network to it. Meanwhile, consumers follow every organization by WebSocket, server-sent events, polling and webhooks,
 * and all organizations at once. At the end, each consumer must have received every event once and in order, and no
 * cursor may have been rejected. Then failovers and restores lose events: no consumer may continue with another
 * history.
 */
const seconds = Number(process.argv[2] ?? 60);
const writers = Number(process.argv[3] ?? 32);
const organizations = 4;
/** Longer than any operation waits for the database, in milliseconds. */
const silentMs = 8_000;
/** The check loses events by one failover and one restore per this number of seconds of kills. */
const secondsPerLoss = 150;

/** Kills one of the components every few seconds and starts it again. Returns the number of kills of each. */
async function havoc(kills: Record<string, () => Promise<void> | void>, end: number): Promise<Record<string, number>> {
  const names = Object.keys(kills);
  const counts = Object.fromEntries(names.map((name) => [name, 0]));
  // First each component once, from the last to the first, then in random order.
  for (let turns = [...names]; performance.now() < end; ) {
    await sleep(1_500 + Math.random() * 2_500);
    if (turns.length === 0) turns = [...names].sort(() => Math.random() - 0.5);
    const name = turns.pop() ?? '';
    counts[name] = (counts[name] ?? 0) + 1;
    note(`kills ${name}`);
    await kills[name]?.();
    note(`${name} is back`);
  }
  return counts;
}

async function main(): Promise<void> {
  const cluster = await Cluster.start();
  if (!cluster) throw new Error('PostgreSQL is not installed: initdb was not found.');
  const nats = await startNats();
  say(
    `Two servers, PostgreSQL${nats ? ', NATS' : ' (no NATS on this machine: hints by NOTIFY)'}; ${writers} writers, ${seconds} s.`,
  );
  const settings: Record<string, string> = {
    DATABASE_URL: cluster.url,
    ROLLCALL_ADMIN_KEY: adminKey,
    ROLLCALL_SECRET_KEY: 'a key of the checker, 32 characters and more',
    ...(nats && { NATS_URL: nats.url }),
  };
  const nodes = [new ServerNode(await freePort(), settings), new ServerNode(await freePort(), settings)] as const;
  try {
    await Promise.all(nodes.map((node) => node.start()));
    const tenants = await newTenants(nodes[0].url);
    const isWhole = await survivesKills({ cluster, nats, nodes, tenants });
    const isHonest = isWhole && (await survivesLosses({ cluster, nodes, tenants }));
    process.exitCode = isWhole && isHonest ? 0 : 1;
  } finally {
    await Promise.all(nodes.map((node) => node.kill()));
    nats?.stop();
    await cluster.stop();
  }
}

interface Under {
  cluster: Cluster;
  nats: { crash(): void } | null;
  nodes: readonly [ServerNode, ServerNode];
  tenants: readonly Tenant[];
}

async function newTenants(url: string): Promise<Tenant[]> {
  const tenants: Tenant[] = [];
  for (let n = 0; n < organizations; n++) tenants.push(await newTenant(url, `Organization ${n}`));
  // After the initial events of each new organization.
  const heads = await headsOf(url, tenants);
  for (const tenant of tenants) {
    const { eventCursor: cursor } = await gql<{ eventCursor: string }>(
      url,
      'query($id: ID!) { eventCursor(organizationId: $id) }',
      { id: tenant.organizationId },
    );
    tenant.first = { cursor, position: heads.get(tenant.organizationId) ?? 1 };
  }
  return tenants;
}

async function survivesKills({ cluster, nats, nodes, tenants }: Under): Promise<boolean> {
  const [one, two] = nodes;
  const { eventCursor } = await gql<{ eventCursor: string }>(one.url, '{ eventCursor }');
  const consumers: Consumer[] = [
    overSocket(nodes, { key: adminKey, after: eventCursor }),
    await byWebhook(one, tenants),
    ...tenants.flatMap((tenant, n) => [
      overSocket(n % 2 === 0 ? [one, two] : [two, one], { ...tenant, after: tenant.first.cursor }),
      overStream(nodes[n % 2] as ServerNode, tenant),
      byPolling(nodes, tenant),
    ]),
  ];
  const ledger: Ledger = { created: new Set(), unknown: new Set(), requests: 0, failures: 0 };
  const stop = new AbortController();
  const writing = Array.from({ length: writers }, (_, n) =>
    writer(nodes, tenants[n % tenants.length] as Tenant, { name: `w${n}`, ledger, stop: stop.signal }),
  );
  const restart = (node: ServerNode) => async () => {
    await node.kill();
    await node.start();
  };
  const kills = await havoc(
    {
      'server one': restart(one),
      'server two': restart(two),
      PostgreSQL: () => cluster.crash(),
      'PostgreSQL, over to its standby': () => cluster.failOver(),
      'the network for 8 s': () => cluster.silence(silentMs),
      ...(nats && { NATS: () => nats.crash() }),
    },
    performance.now() + seconds * 1_000,
  );
  stop.abort();
  await Promise.all(writing);
  note('the writers have stopped');
  for (const node of nodes) while (!node.hasDied && !(await node.isReady())) await sleep(100);
  const dead = nodes.filter(({ hasDied }) => hasDied);
  for (const { output } of dead) say(`A server ended by itself:\n${output}`);
  if (dead.length > 0) return false;
  note('both servers answer');
  const heads = await headsOf(one.url, tenants);
  const sequences = consumers.map(({ sequence }) => sequence);
  await caughtUp(sequences, heads);
  const lost = await lostOf(two.url, tenants, ledger);
  await Promise.all(consumers.map((consumer) => consumer.stop()));
  const events = tenants.reduce(
    (sum, { organizationId, first }) => sum + (heads.get(organizationId) ?? 0) - first.position,
    0,
  );
  const { faults, given } = report(consumers, tenants, heads);
  const count = Object.values(kills).reduce((sum, n) => sum + n, 0);
  say(
    `${count} kills: ${Object.entries(kills)
      .map(([name, n]) => `${n} of ${name}`)
      .join(', ')}`,
  );
  say(
    `${ledger.requests} requests, ${ledger.failures} of them failed; ${ledger.created.size} accounts acknowledged, ${lost} lost or doubled`,
  );
  say(`${events} events, ${given} deliveries, ${faults} faults`);
  return faults === 0 && lost === 0 && events > 0;
}

async function survivesLosses({ cluster, nodes, tenants }: Omit<Under, 'nats'>): Promise<boolean> {
  const rounds = Math.max(1, Math.round(seconds / secondsPerLoss));
  const losses: Loss[] = Array.from({ length: rounds }, () => ['failover with loss', 'restore'] as const).flat();
  let isHonest = true;
  for (const loss of losses) {
    const verdict = await losesHistory(cluster, nodes, { tenants, loss, writers });
    const { lost, jumps, faults, refused } = verdict;
    say(
      `${loss.padEnd(30)} ${lost} deliveries lost, ${refused} cursors refused, ${jumps} cursors over another history, ${faults} faults`,
    );
    isHonest &&= lost > 0 && jumps === 0 && faults === 0;
  }
  return isHonest;
}

await main();
