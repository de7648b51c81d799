import { setTimeout as sleep } from 'node:timers/promises';
import { gql, type Ledger, type Tenant } from './callers.js';
import type { Consumer, Sequence } from './consumers.js';
import { say } from './say.js';

/** Counts the errors in a sequence of positions that should be first+1, first+2, ... last. */
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

/** An event in the log. */
export interface Logged {
  position: number;
  id: string;
  externalId?: string | undefined;
}

/** Returns the current log of an organization after a cursor. */
export async function logOf(
  url: string,
  { organizationId }: Tenant,
  from: string,
  types?: string[],
): Promise<Logged[]> {
  const found: Logged[] = [];
  for (let after: string | null = from, more = true; more; ) {
    const { events }: { events: Page } = await gql(
      url,
      `query($id: ID!, $after: Cursor, $types: [EventType!]) {
        events(organizationId: $id, after: $after, first: 1000, types: $types) {
          nodes { position id data } pageInfo { endCursor hasNextPage } } }`,
      { id: organizationId, after, types },
    );
    found.push(...events.nodes.map(({ position, id, data }) => ({ position, id, externalId: data.externalId })));
    after = events.pageInfo.endCursor;
    more = events.pageInfo.hasNextPage;
  }
  return found;
}

interface Page {
  nodes: { position: number; id: string; data: { externalId?: string } }[];
  pageInfo: { endCursor: string; hasNextPage: boolean };
}

/** Returns the last position of each organization. */
export async function headsOf(url: string, tenants: readonly Tenant[]): Promise<Map<string, number>> {
  const heads = new Map<string, number>();
  for (const tenant of tenants) {
    const log = await logOf(url, tenant, tenant.first.cursor);
    heads.set(tenant.organizationId, log.at(-1)?.position ?? tenant.first.position);
  }
  return heads;
}

/** Counts acknowledged accounts without exactly one event, and unacknowledged accounts with more than one event. */
export async function lostOf(url: string, tenants: readonly Tenant[], { created, unknown }: Ledger): Promise<number> {
  const told = new Map<string, number>();
  for (const tenant of tenants) {
    for (const { externalId = '' } of await logOf(url, tenant, tenant.first.cursor, ['USER_PROVISIONED']))
      told.set(externalId, (told.get(externalId) ?? 0) + 1);
  }
  const lost = [...created].filter((id) => told.get(id) !== 1).length;
  return lost + [...unknown].filter((id) => (told.get(id) ?? 0) > 1).length;
}

/** Waits at most 45 s until every consumer has received the latest event of each organization. */
export async function caughtUp(sequences: readonly Sequence[], heads: Map<string, number>): Promise<void> {
  const isBehind = (sequence: Sequence) =>
    [...sequence.stretches.keys()].some((id) => Math.max(...sequence.positionsOf(id)) < (heads.get(id) ?? 0));
  for (const end = performance.now() + 45_000; performance.now() < end; await sleep(200))
    if (!sequences.some(isBehind)) return;
}

interface Sum {
  events: number;
  gaps: number;
  repeats: number;
  inversions: number;
  retries: number;
  refused: number;
}

/** Prints the number of events that each kind of consumer received, and counts the errors. */
export function report(
  consumers: readonly Consumer[],
  tenants: readonly Tenant[],
  heads: Map<string, number>,
): { faults: number; given: number } {
  let faults = 0;
  let given = 0;
  const kinds = new Map<string, Sum>();
  for (const { sequence } of consumers) {
    const sum = kinds.get(sequence.kind) ?? { events: 0, gaps: 0, repeats: 0, inversions: 0, retries: 0, refused: 0 };
    kinds.set(sequence.kind, sum);
    sum.retries += sequence.retries;
    faults += sequence.altered + sequence.expired;
    sum.refused += sequence.expired;
    for (const { organizationId, first } of tenants) {
      if (!sequence.stretches.has(organizationId)) continue;
      const positions = sequence.positionsOf(organizationId);
      const found = faultsOf(positions, first.position, heads.get(organizationId) ?? 0);
      sum.events += positions.length;
      sum.gaps += found.gaps;
      sum.repeats += found.repeats;
      sum.inversions += found.inversions;
    }
  }
  for (const [kind, { events, gaps, repeats, inversions, retries, refused }] of kinds) {
    faults += gaps + repeats + inversions;
    given += events;
    const again = kind === 'webhook' ? `, ${retries} retries of a webhook-id` : '';
    say(
      `${kind.padEnd(30)} ${events} events: ${gaps} gaps, ${repeats} repeats, ${inversions} inversions, ${refused} cursors refused${again}`,
    );
  }
  return { faults, given };
}
