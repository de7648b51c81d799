import { setTimeout as sleep } from 'node:timers/promises';
import { adminKey, gql, type Ledger, newTenant, type Tenant, writer } from './check/callers.js';
import { byPolling, byWebhook, type Consumer, overSocket, overStream, type Sequence } from './check/consumers.js';
import { ServerNode } from './check/node.js';
import { freePort, startNats, startPostgres } from './check/postgres.js';

/**
 * `npm run check:events [-- seconds writers]`: writers against two servers over one PostgreSQL and one NATS, all of which are
 * killed at random, while every organization is followed over WebSocket, server-sent events, polling and webhooks, and all
 * organizations at once. In the end each consumer must have been given every event once and in order.
 */
const seconds = Number(process.argv[2] ?? 60);
const writers = Number(process.argv[3] ?? 32);
const organizations = 4;

/** What happens when, for whoever watches. */
const note = (line: string) =>
  process.stderr.write(`${(performance.now() / 1_000).toFixed(1).padStart(6)} s  ${line}\n`);
const say = (line: string) => process.stdout.write(`${line}\n`);

/** Kills something every few seconds, and starts it again. Counts what it did. */
async function havoc(kills: Record<string, () => Promise<void> | void>, end: number): Promise<Record<string, number>> {
  const names = Object.keys(kills);
  const counts = Object.fromEntries(names.map((name) => [name, 0]));
  // Each has its turn, in an order that chance makes.
  for (let turns: string[] = []; performance.now() < end; ) {
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

/** What is wrong with a sequence that should be first+1, first+2, ... last. */
function faultsOf(positions: readonly number[], first: number, last: number) {
  const seen = new Set<number>();
  let repeats = 0;
  let inversions = 0;
  let highest = first;
  for (const position of positions) {
    if (seen.has(position)) repeats++;
    else if (position < highest) inversions++;
    seen.add(position);
    highest = Math.max(highest, position);
  }
  let gaps = 0;
  for (let position = first + 1; position <= last; position++) if (!seen.has(position)) gaps++;
  return { gaps, repeats, inversions };
}

async function headsOf(url: string, tenants: readonly Tenant[]): Promise<Map<string, number>> {
  const heads = new Map<string, number>();
  for (const { organizationId, first } of tenants) {
    let after = first.cursor;
    for (let more = true; more; ) {
      const { events } = await gql<{
        events: { nodes: { position: number }[]; pageInfo: { endCursor: string; hasNextPage: boolean } };
      }>(
        url,
        `query($id: ID!, $after: Cursor) { events(organizationId: $id, after: $after, first: 1000) {
          nodes { position } pageInfo { endCursor hasNextPage } } }`,
        { id: organizationId, after },
      );
      heads.set(organizationId, events.nodes.at(-1)?.position ?? heads.get(organizationId) ?? first.position);
      after = events.pageInfo.endCursor;
      more = events.pageInfo.hasNextPage;
    }
  }
  return heads;
}

/** Accounts that were acknowledged and are not told of exactly once; and unanswered ones that are told of twice. */
async function lostOf(url: string, tenants: readonly Tenant[], { created, unknown }: Ledger): Promise<number> {
  const told = new Map<string, number>();
  for (const { organizationId } of tenants) {
    for (let after: string | null = null, more = true; more; ) {
      const {
        events,
      }: {
        events: { nodes: { data: { externalId: string } }[]; pageInfo: { endCursor: string; hasNextPage: boolean } };
      } = await gql(
        url,
        `query($id: ID!, $after: Cursor) { events(organizationId: $id, after: $after, first: 1000, types: [USER_PROVISIONED]) {
            nodes { data } pageInfo { endCursor hasNextPage } } }`,
        { id: organizationId, after },
      );
      for (const { data } of events.nodes) told.set(data.externalId, (told.get(data.externalId) ?? 0) + 1);
      after = events.pageInfo.endCursor;
      more = events.pageInfo.hasNextPage;
    }
  }
  const lost = [...created].filter((id) => told.get(id) !== 1).length;
  return lost + [...unknown].filter((id) => (told.get(id) ?? 0) > 1).length;
}

async function caughtUp(sequences: readonly Sequence[], heads: Map<string, number>): Promise<void> {
  const isBehind = (sequence: Sequence) =>
    [...sequence.positions.keys()].some((id) => Math.max(...(sequence.positions.get(id) ?? [])) < (heads.get(id) ?? 0));
  for (const end = performance.now() + 45_000; performance.now() < end; await sleep(200))
    if (!sequences.some(isBehind)) return;
}

function report(
  consumers: readonly Consumer[],
  tenants: readonly Tenant[],
  heads: Map<string, number>,
): { faults: number; given: number } {
  let faults = 0;
  let given = 0;
  const kinds = new Map<
    string,
    { events: number; gaps: number; repeats: number; inversions: number; retries: number }
  >();
  for (const { sequence } of consumers) {
    const sum = kinds.get(sequence.kind) ?? { events: 0, gaps: 0, repeats: 0, inversions: 0, retries: 0 };
    kinds.set(sequence.kind, sum);
    sum.retries += sequence.retries;
    faults += sequence.altered;
    for (const { organizationId, first } of tenants) {
      const positions = sequence.positions.get(organizationId);
      if (!positions) continue;
      const found = faultsOf(positions, first.position, heads.get(organizationId) ?? 0);
      sum.events += positions.length;
      sum.gaps += found.gaps;
      sum.repeats += found.repeats;
      sum.inversions += found.inversions;
    }
  }
  for (const [kind, { events, gaps, repeats, inversions, retries }] of kinds) {
    faults += gaps + repeats + inversions;
    given += events;
    const again = kind === 'webhook' ? `, ${retries} retries of a webhook-id` : '';
    say(`${kind.padEnd(30)} ${events} events: ${gaps} gaps, ${repeats} repeats, ${inversions} inversions${again}`);
  }
  return { faults, given };
}

async function main(): Promise<void> {
  const postgres = await startPostgres();
  if (!postgres) throw new Error('PostgreSQL is not installed: initdb was not found.');
  const nats = await startNats();
  say(
    `Two servers, PostgreSQL${nats ? ', NATS' : ' (no NATS on this machine: hints by NOTIFY)'}; ${writers} writers, ${seconds} s.`,
  );
  const settings: Record<string, string> = {
    DATABASE_URL: postgres.url,
    ROLLCALL_ADMIN_KEY: adminKey,
    ROLLCALL_SECRET_KEY: 'a key of the checker, 32 characters and more',
    ...(nats && { NATS_URL: nats.url }),
  };
  const nodes = [new ServerNode(await freePort(), settings), new ServerNode(await freePort(), settings)] as const;
  try {
    await Promise.all(nodes.map((node) => node.start()));
    process.exitCode = (await check({ postgres, nats, nodes })) ? 0 : 1;
  } finally {
    await Promise.all(nodes.map((node) => node.kill()));
    nats?.stop();
    postgres.stop();
  }
}

interface Under {
  postgres: { crash(): void };
  nats: { crash(): void } | null;
  nodes: readonly [ServerNode, ServerNode];
}

async function check({ postgres, nats, nodes }: Under): Promise<boolean> {
  const [one, two] = nodes;
  const tenants: Tenant[] = [];
  for (let n = 0; n < organizations; n++) tenants.push(await newTenant(one.url, `Organization ${n}`));
  const { eventCursor } = await gql<{ eventCursor: string }>(one.url, '{ eventCursor }');
  // The platform's cursor lies behind what every new organization begins with.
  const heads0 = await headsOf(one.url, tenants);
  for (const tenant of tenants) tenant.first.position = heads0.get(tenant.organizationId) ?? 1;
  for (const tenant of tenants) {
    const { eventCursor: cursor } = await gql<{ eventCursor: string }>(
      one.url,
      'query($id: ID!) { eventCursor(organizationId: $id) }',
      { id: tenant.organizationId },
    );
    tenant.first.cursor = cursor;
  }
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
      PostgreSQL: () => postgres.crash(),
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

await main();
