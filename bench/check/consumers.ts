import { createServer, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'graphql-ws/client';
import WebSocket from 'ws';
import { Client, verifyWebhook } from '../../src/client/index.js';
import { gql, type Tenant } from './callers.js';

/** What one consumer was given, as it was given, by organization. */
export class Sequence {
  readonly positions = new Map<string, number[]>();
  /** Deliveries of a webhook-id that had come before: retries, which the rules allow. */
  retries = 0;
  /** Retries whose bytes were not those of the first: which they do not. */
  altered = 0;

  constructor(readonly kind: string) {}

  add(organizationId: string, position: number): void {
    const known = this.positions.get(organizationId);
    if (known) known.push(position);
    else this.positions.set(organizationId, [position]);
  }

  lastOf(organizationId: string): number {
    return this.positions.get(organizationId)?.at(-1) ?? 0;
  }
}

/** A consumer that runs until it is stopped. */
export interface Consumer {
  sequence: Sequence;
  stop(): Promise<void>;
}

type Nodes = readonly { url: string }[];
interface Received {
  position: number;
  cursor: string;
  organization: { id: string };
}

const selection = '{ position cursor organization { id } }';

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
          sequence.add(data.events.organization.id, data.events.position);
          cursor = data.events.cursor;
        }
      } catch {
        // The node is gone: the next one goes on.
      }
      await Promise.resolve(client.dispose()).catch(() => {});
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
    const following = { organizationId, after: first.cursor, transport: 'sse', signal: stop.signal } as const;
    for await (const { organization, position } of client.events(following)) sequence.add(organization.id, position);
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
        for (const { position } of events.nodes) sequence.add(organizationId, position);
        after = events.pageInfo.endCursor ?? after;
      } catch {
        // It is asked again.
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
      const { organizationId, position } = verifyWebhook(request.headers, text, secrets.get(request.url ?? '') ?? '');
      const id = String(request.headers['webhook-id']);
      const before = bodies.get(id);
      if (before === undefined) sequence.add(organizationId, position);
      else sequence.retries++;
      if (before !== undefined && before !== text) sequence.altered++;
      bodies.set(id, text);
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
