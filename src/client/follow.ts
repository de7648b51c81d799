import type { Client } from './client.js';
import type { CursorStore } from './cursor-stores.js';
import type { RollcallEvent } from './event.js';
import { EventCursorDocument, EventsDocument, type EventType } from './generated.js';
import { Inbox } from './inbox.js';
import { RollcallError } from './rollcall-error.js';
import { type Target, type TransportName, transportOf } from './transports.js';

/** Which events, and from where. */
export interface EventOptions {
  /** May be left out by keys of one organization; keys of the platform that leave it out follow all. */
  organizationId?: string;
  /** A cursor: what lies after it comes first. It goes before the store's. */
  after?: string | null;
  types?: EventType[];
  subjectId?: string;
  /** Remembers how far the consumer has come, over restarts. */
  store?: CursorStore;
  signal?: AbortSignal;
  transport?: TransportName;
}

/** An event is missing between two that were delivered. It never happens; if it does, stop and tell us. */
export class CursorGap extends Error {}

/** Errors that the next attempt would meet again. */
const final = new Set([
  'CURSOR_EXPIRED',
  'CURSOR_INVALID',
  'FORBIDDEN',
  'UNAUTHENTICATED',
  'NOT_FOUND',
  'BAD_INPUT',
  'GRAPHQL_VALIDATION_FAILED',
  'SUBSCRIPTION_REVOKED',
  'LIMIT_EXCEEDED',
]);
/** Codes with which a server closes a WebSocket permanently. 4411 (TOKEN_EXPIRED) is not one: the next token continues. */
const finalCloses: Record<number, string> = { 4401: 'UNAUTHENTICATED', 4403: 'SUBSCRIPTION_REVOKED' };

const shortestPauseMs = 100;
const longestPauseMs = 10_000;
/** How often a function is asked again for a token that the server accepts: some seconds, with the pauses in between. */
const renewalAttempts = 5;

/** See `Client.events`. */
export async function* follow(client: Client, options: EventOptions): AsyncGenerator<RollcallEvent, void> {
  const { store, signal } = options;
  const seen = new Chain(options);
  let cursor = options.after ?? (await store?.load()) ?? null;
  let refusals = 0;
  for (let attempt = 0; !signal?.aborted; attempt++) {
    if (attempt > 0) await pause(attempt, signal);
    const key = await client.key();
    try {
      // Without a cursor of its own, what happens before a reconnect would be lost.
      cursor ??= await now(client, options);
      for await (const item of connect({ ...client.options, key }, options, cursor)) {
        attempt = 0;
        refusals = 0;
        if (item.event && seen.isNew(item.event)) yield item.event;
        cursor = item.cursor;
        await store?.save(cursor);
      }
    } catch (error) {
      const refused = refusalOf(error);
      // A token that has expired is replaced by the next one. The clock of an application can be behind the server's.
      const isExpired = refused !== null && isUnauthenticated(refused) && typeof client.options.key === 'function';
      if (refused && !(isExpired && ++refusals <= renewalAttempts)) throw refused;
    }
  }
}

async function now(client: Client, { organizationId }: EventOptions): Promise<string> {
  return (await client.request(EventCursorDocument, { organizationId })).eventCursor;
}

/** One connection, until it ends. A consumer that falls far behind is disconnected, and resumes when it has caught up. */
async function* connect(target: Target, { organizationId, types, subjectId, ...options }: EventOptions, after: string) {
  const inbox = new Inbox(options.signal);
  const variables = { organizationId, types, subjectId, after };
  const subscribe = transportOf(target, options.transport);
  const asked = { query: String(EventsDocument), variables, extensions: { progress: true } };
  inbox.open((sink) => subscribe(asked, sink));
  try {
    yield* inbox;
  } finally {
    inbox.close();
  }
}

const isUnauthenticated = (error: Error): boolean => error instanceof RollcallError && error.code === 'UNAUTHENTICATED';

/** What ends following for good; null for what the next attempt may mend. */
function refusalOf(error: unknown): Error | null {
  if (error instanceof RollcallError) return final.has(error.code) ? error : null;
  if (error instanceof CursorGap) return error;
  const { code, reason, response } = error as { code?: unknown; reason?: unknown; response?: { status?: unknown } };
  // Server-sent events are refused with the status of their request.
  if (response?.status === 401) return new RollcallError(String(error), 'UNAUTHENTICATED', []);
  const name = typeof code === 'number' ? finalCloses[code] : undefined;
  return name ? new RollcallError(String(reason || name), name, []) : null;
}

// Full jitter, so that the consumers of a server that restarts do not come back all at once.
function pause(attempt: number, signal: AbortSignal | undefined): Promise<void> {
  const ceiling = Math.min(longestPauseMs, shortestPauseMs * 2 ** Math.min(attempt, 10));
  return new Promise((resolve) => {
    const timer = setTimeout(done, shortestPauseMs + Math.random() * ceiling);
    function done() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    }
    signal?.addEventListener('abort', done);
  });
}

/** The last position of each organization that was delivered: proves that each event follows the one before. */
class Chain {
  readonly #last = new Map<string, number>();

  constructor(readonly filter: Pick<EventOptions, 'types' | 'subjectId'>) {}

  /** Whether the event was not delivered before. @throws CursorGap */
  isNew({ organization, position, previousPosition }: RollcallEvent): boolean {
    const last = this.#last.get(organization.id);
    if (last !== undefined && position <= last) return false;
    if (last !== undefined && previousPosition !== last) {
      throw new CursorGap(
        `Position ${position} of ${organization.id} follows ${previousPosition}, and ${last} came last.`,
      );
    }
    this.#last.set(organization.id, position);
    return true;
  }
}
