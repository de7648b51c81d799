import type { ClientOptions } from './client-options.js';
import type { CursorStore } from './cursor-store.js';
import type { RollcallEvent } from './event.js';
import { type EventFilter, EventsDocument, type EventType } from './generated.js';
import { Inbox } from './inbox.js';
import { RollcallError } from './rollcall-error.js';
import { type Target, type TransportName, transportOf } from './transports.js';

/** Options of a subscription: which events, and where to start. */
export interface EventOptions {
  /**
   * Organization whose events are delivered. Default: the organization of the key; for a platform key, all
   * organizations.
   */
  organizationId?: string;
  /** Cursor to start after. It takes precedence over the cursor of the store. */
  after?: string | null;
  /** Event types to deliver. Replaces `filter.types`. */
  types?: EventType[];
  /** Id of the subject. Replaces `filter.subjectIds`. */
  subjectId?: string;
  /** Conditions for the events. */
  filter?: EventFilter;
  /** Stores the cursor of the consumer across restarts. */
  store?: CursorStore;
  signal?: AbortSignal;
  transport?: TransportName;
  /**
   * Called with `lost` when the connection ends and the client begins to reconnect, and with `restored` when it is
   * connected again. No event is missed in between.
   */
  onConnection?: (change: 'lost' | 'restored') => void;
}

/** An event is missing between two delivered ones. This is an internal error: stop the consumer and report it. */
export class CursorGap extends Error {}

/** Codes of errors that a retry cannot fix. */
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
/**
 * Codes with which a server closes a WebSocket permanently. 4411 (TOKEN_EXPIRED) is not one of them: the client
 * continues with the next token.
 */
const finalCloses: Record<number, string> = { 4401: 'UNAUTHENTICATED', 4403: 'SUBSCRIPTION_REVOKED' };

const shortestPauseMs = 100;
const longestPauseMs = 10_000;
/**
 * Number of times that the function is called again after the server rejected a token: some seconds with the pauses.
 */
const renewalAttempts = 5;

/** The members of a client that a subscription uses. */
interface Connecting {
  readonly options: ClientOptions;
  key(): Promise<string>;
  eventCursor(of: Pick<EventOptions, 'organizationId'>): Promise<string>;
}

/** Follows the log: see `Client.events`. */
export async function* follow(client: Connecting, options: EventOptions): AsyncGenerator<RollcallEvent, void> {
  const { store, signal } = options;
  const seen = new Chain(options);
  let cursor = options.after ?? (await store?.load()) ?? null;
  let refusals = 0;
  let isLost = false;
  const opened = () => {
    if (isLost) options.onConnection?.('restored');
    isLost = false;
  };
  for (let attempt = 0; !signal?.aborted; attempt++) {
    if (attempt > 0) await pause(attempt, signal);
    const key = await client.key();
    try {
      // Without a cursor, events before a reconnect would be lost.
      cursor ??= await client.eventCursor(options);
      for await (const item of connect({ ...client.options, key }, { ...options, opened }, cursor)) {
        attempt = 0;
        refusals = 0;
        if (item.event && seen.isNew(item.event)) yield item.event;
        cursor = item.cursor;
        await store?.save(cursor);
      }
    } catch (error) {
      const refused = refusalOf(error);
      // An expired token is replaced by the next one. The clock of an application can be behind the server's.
      const isExpired = refused !== null && isUnauthenticated(refused) && typeof client.options.key === 'function';
      if (refused && !(isExpired && ++refusals <= renewalAttempts)) throw refused;
    }
    if (!isLost && !signal?.aborted) options.onConnection?.('lost');
    isLost = true;
  }
}

/** Returns the filter of the options. */
const filterOf = ({ filter, types, subjectId }: EventOptions): EventFilter => ({
  ...filter,
  ...(types && { types }),
  ...(subjectId !== undefined && { subjectIds: [subjectId] }),
});

/**
 * Yields the events of one connection until it ends. A slow consumer is disconnected, and resumes when it has caught
 * up.
 */
async function* connect(
  target: Target,
  { organizationId, opened, ...options }: EventOptions & { opened: () => void },
  after: string,
) {
  const inbox = new Inbox(options.signal, opened);
  const variables = { organizationId, filter: filterOf(options), after };
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

/** Returns the error that ends the subscription permanently; null if a retry can succeed. */
function refusalOf(error: unknown): Error | null {
  if (error instanceof RollcallError) return final.has(error.code) ? error : null;
  if (error instanceof CursorGap) return error;
  const { code, reason, response } = error as { code?: unknown; reason?: unknown; response?: { status?: unknown } };
  // Server-sent events are rejected with the status of their request.
  if (response?.status === 401) return new RollcallError(String(error), 'UNAUTHENTICATED', []);
  const name = typeof code === 'number' ? finalCloses[code] : undefined;
  return name ? new RollcallError(String(reason || name), name, []) : null;
}

// Full jitter, so that the consumers of a restarted server do not reconnect all at once.
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

/** Last delivered position of each organization. Checks that each event follows the previous one. */
class Chain {
  readonly #last = new Map<string, number>();

  constructor(readonly filter: Pick<EventOptions, 'types' | 'subjectId'>) {}

  /** Returns true if the event was not delivered before. @throws CursorGap */
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
