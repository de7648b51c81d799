import { createServer, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'graphql-ws/client';
import WebSocket from 'ws';
import { Client, RollcallError, verifyWebhook } from '../../src/client/index.js';
import { gql, Refused, type Tenant } from './callers.js';

/** One event as a consumer was given it. */
export interface Given {
  position: number;
  id: string;
  /** Webhooks: the epoch of the log, which changes when the log is no longer the one that was read. */
  epoch?: string;
}

/** What one consumer was given, as it was given, by organization, in stretches that end where it was told to start anew. */
export class Sequence {
  readonly stretches = new Map<string, Given[][]>();
  /** How often the consumer was told that its cursor cannot be continued. */
  expired = 0;
  /** Deliveries of a webhook-id that had come before: retries, which the rules allow. */
  retries = 0;
  /** Retries whose body was not that of the first, apart from the epoch and the cursor, which a failover changes. */
  altered = 0;

  constructor(readonly kind: string) {}

  add(organizationId: string, { position, id, epoch }: Given): void {
    const stretches = this.stretches.get(organizationId) ?? [[]];
    this.stretches.set(organizationId, stretches);
    stretches.at(-1)?.push({ position, id, ...(epoch !== undefined && { epoch }) });
  }

  /** The cursor was refused, and the consumer starts anew. */
  expire(): void {
    this.expired++;
    for (const stretches of this.stretches.values()) stretches.push([]);
  }

  positionsOf(organizationId: string): number[] {
    return (this.stretches.get(organizationId) ?? []).flat().map(({ position }) => position);
  }
}

/** Where to start anew when the errors say that the cursor cannot be continued; null for other errors. */
function restartOf(errors: unknown): string | null {
  const list = (Array.isArray(errors) ? errors : [errors]) as { extensions?: Record<string, unknown> }[];
  const expired = list.find((error) => error?.extensions?.code === 'CURSOR_EXPIRED');
  return expired ? String(expired.extensions?.snapshotCursor) : null;
}

/** A consumer that runs until it is stopped. */
export interface Consumer {
  sequence: Sequence;
  stop(): Promise<void>;
}

type Nodes = readonly { url: string }[];
interface Received extends Given {
  cursor: string;
  organization: { id: string };
}

const selection = '{ position id cursor organization { id } }';

/**
 * A WebSocket consumer without our client: connects to one node after the other and resumes by the last cursor. Whatever the
 * server sends is written down, so that a repeat would show.
 */
export function overSocket(
  nodes: Nodes,
  { key, organizationId, after }: { key: string; organizationId?: string; after: string },
): Consumer {
  const sequence = new Sequence(organizationId ? 'WebSocket' : 'WebSocket, all organizations');
  let cursor = after;
  let stopped = false;
  const run = async () => {
    for (let turn = 0; !stopped; turn++) {
      const { url } = nodes[turn % nodes.length] as { url: string };
      const client = createClient({
        url: `${url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        retryAttempts: 0,
        connectionParams: { authorization: `Bearer ${key}` },
      });
      const query = `subscription($id: ID, $after: Cursor) { events(organizationId: $id, after: $after) ${selection} }`;
      const results = client.iterate<{ events: Received }>({ query, variables: { id: organizationId, after: cursor } });
      current = results;
      try {
        for await (const { data } of results) {
          if (!data) break;
          sequence.add(data.events.organization.id, data.events);
          cursor = data.events.cursor;
        }
      } catch (error) {
        // Otherwise the node is gone, and the next one goes on.
        const restart = restartOf(error);
        if (restart !== null) {
          sequence.expire();
          cursor = restart;
        }
      }
      await Promise.resolve(client.dispose()).catch(() => {
        // The node can be gone, and its connection with it.
      });
      await sleep(100);
    }
  };
  let current: AsyncIterableIterator<unknown> | undefined;
  const done = run();
  return {
    sequence,
    stop: async () => {
      stopped = true;
      await current?.return?.();
      await done;
    },
  };
}

/** Our client over server-sent events, with one node: it waits for it to come back. */
export function overStream({ url }: { url: string }, { key, organizationId, first }: Tenant): Consumer {
  const sequence = new Sequence('SSE');
  const stop = new AbortController();
  const run = async () => {
    const client = new Client({ url, key });
    let after = first.cursor;
    while (!stop.signal.aborted) {
      const following = { organizationId, after, transport: 'sse', signal: stop.signal } as const;
      try {
        for await (const event of client.events(following)) sequence.add(event.organization.id, event);
      } catch (error) {
        const restart = error instanceof RollcallError ? restartOf(error.errors) : null;
        if (restart === null) throw error;
        sequence.expire();
        after = restart;
      }
    }
  };
  const done = run();
  return {
    sequence,
    stop: async () => {
      stop.abort();
      await done;
    },
  };
}

/** Pages of the log, from whichever node answers. */
export function byPolling(nodes: Nodes, { key, organizationId, first }: Tenant): Consumer {
  const sequence = new Sequence('polling');
  let stopped = false;
  const run = async () => {
    let after = first.cursor;
    for (let turn = 0; !stopped; turn++) {
      const { url } = nodes[turn % nodes.length] as { url: string };
      try {
        const { events } = await gql<{ events: { nodes: Received[]; pageInfo: { endCursor: string | null } } }>(
          url,
          `query($id: ID!, $after: Cursor) { events(organizationId: $id, after: $after, first: 200) {
            nodes ${selection} pageInfo { endCursor } } }`,
          { id: organizationId, after },
          key,
        );
        for (const event of events.nodes) sequence.add(organizationId, event);
        after = events.pageInfo.endCursor ?? after;
      } catch (error) {
        // Otherwise it is asked again.
        const restart = error instanceof Refused ? restartOf(error.errors) : null;
        if (restart !== null) {
          sequence.expire();
          after = restart;
        }
      }
      await sleep(50);
    }
  };
  const done = run();
  return {
    sequence,
    stop: async () => {
      stopped = true;
      await done;
    },
  };
}

/** An application that is posted to. It fails now and then, and checks every signature. */
export async function byWebhook(node: { url: string }, tenants: readonly Tenant[]): Promise<Consumer> {
  const sequence = new Sequence('webhook');
  const secrets = new Map<string, string>();
  const bodies = new Map<string, string>();
  const server: Server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      // What is refused was not delivered, and has to come again before anything later.
      if (Math.random() < 0.01) return void response.writeHead(503).end();
      const event = verifyWebhook(request.headers, text, secrets.get(request.url ?? '') ?? '');
      const id = String(request.headers['webhook-id']);
      // Not sent here: the check requests no test event.
      if (event.type === 'webhook.test') return void response.writeHead(204).end();
      const body = JSON.stringify({ ...event, epoch: null, cursor: null });
      const before = bodies.get(id);
      if (before === undefined) sequence.add(event.organizationId, event);
      else sequence.retries++;
      if (before !== undefined && before !== body) sequence.altered++;
      bodies.set(id, body);
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  for (const { organizationId, first } of tenants) {
    const { createWebhookEndpoint } = await gql<{ createWebhookEndpoint: { secret: string } }>(
      node.url,
      'mutation($i: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $i) { secret } }',
      { i: { organizationId, url: `http://127.0.0.1:${port}/${organizationId}`, after: first.cursor } },
    );
    secrets.set(`/${organizationId}`, createWebhookEndpoint.secret);
  }
  return {
    sequence,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
