import { createServer, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'graphql-ws/client';
import WebSocket from 'ws';
import { Client, RollcallError, verifyWebhook } from '../../src/client/index.js';
import { gql, Refused, type Tenant } from './callers.js';

/** One event as a consumer received it. */
export interface Given {
  position: number;
  id: string;
  /** Webhooks only: the epoch of the log. It changes if the log has another history. */
  epoch?: string;
}

/**
 * The events that one consumer received, in order, by organization. A new stretch begins when the consumer had to
 * restart.
 */
export class Sequence {
  readonly stretches = new Map<string, Given[][]>();
  /** Number of errors that the consumer's cursor cannot be continued. */
  expired = 0;
  /** Repeated deliveries of a webhook-id: retries, which are allowed. */
  retries = 0;
  /** Retries with a different body. The epoch and the cursor are ignored, because a failover changes them. */
  altered = 0;

  constructor(readonly kind: string) {}

  add(organizationId: string, { position, id, epoch }: Given): void {
    const stretches = this.stretches.get(organizationId) ?? [[]];
    this.stretches.set(organizationId, stretches);
    stretches.at(-1)?.push({ position, id, ...(epoch !== undefined && { epoch }) });
  }

  /** Begins a new stretch: the cursor was rejected and the consumer restarts. */
  expire(): void {
    this.expired++;
    for (const stretches of this.stretches.values()) stretches.push([]);
  }

  positionsOf(organizationId: string): number[] {
    return (this.stretches.get(organizationId) ?? []).flat().map(({ position }) => position);
  }
}

/** Returns the cursor from which to restart if the errors contain CURSOR_EXPIRED; null for other errors. */
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
 * Starts a WebSocket consumer without Rollcall's client. It connects to one node after another and resumes with the
 * last cursor. It records all events that the server sends, including repeated ones.
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
        // Without a restart cursor, the node is unavailable, and the consumer continues at the next one.
        const restart = restartOf(error);
        if (restart !== null) {
          sequence.expire();
          cursor = restart;
        }
      }
      await Promise.resolve(client.dispose()).catch(() => {
        // The node can be unavailable, and the connection with it.
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

/**
 * Starts a consumer with Rollcall's client over server-sent events. It uses one node and waits until it is available
 * again.
 */
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

/** Starts a consumer that reads pages of the log from changing nodes. */
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
        // Without a restart cursor, the request is repeated.
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

/** Starts a webhook receiver. It verifies every signature and fails about 1 % of the requests. */
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
      // A rejected event was not delivered. It must be sent again before any later event.
      if (Math.random() < 0.01) return void response.writeHead(503).end();
      const event = verifyWebhook(request.headers, text, secrets.get(request.url ?? '') ?? '');
      const id = String(request.headers['webhook-id']);
      // Never sent here: the check requests no test event.
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
