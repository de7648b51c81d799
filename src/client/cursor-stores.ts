import type { Client } from './client.js';
import { AcknowledgeDocument, CreateConsumerDocument, type EventType } from './generated.js';

/**
 * Where a consumer keeps how far it has come. `save` is called with the cursor of each event once the next one is asked for,
 * so that an event whose handling failed comes again.
 */
export interface CursorStore {
  load(): Promise<string | null>;
  save(cursor: string): Promise<void>;
}

/** Keeps the cursor as long as the process lives. */
export function memoryStore(cursor: string | null = null): CursorStore & { cursor: string | null } {
  return {
    cursor,
    async load() {
      return this.cursor;
    },
    async save(next) {
      this.cursor = next;
    },
  };
}

/** How often a cursor is sent to the server at the most. What was handled since may come again after a crash. */
const pauseMs = 500;

/** A cursor that the server keeps, and how far the consumer itself knows that it has come. */
export interface ConsumerStore extends CursorStore {
  /** Of the log, as of the latest `load`. It changes when the database was restored or has failed over. */
  readonly epoch: string | null;
  /** Sends what is waiting, before a shutdown. */
  flush(): Promise<void>;
}

/**
 * Keeps the cursor at the server, under a name: what is not acknowledged outlives retention, and the operator hears when the
 * consumer lags.
 *
 * A database that is restored has an older cursor than the consumer. With `own`, such as a `fileStore`, the last cursor is kept
 * here too: `load` asks whether the server still has its event, and throws RollcallError CURSOR_EXPIRED when it has not.
 */
export function consumerStore(
  client: Client,
  { own, ...of }: { name: string; organizationId?: string; types?: EventType[]; own?: CursorStore },
): ConsumerStore {
  let consumerId: string | null = null;
  let epoch: string | null = null;
  let waiting: string | null = null;
  let sentAt = 0;
  const flush = async () => {
    if (waiting === null || consumerId === null) return;
    const cursor = waiting;
    await client.request(AcknowledgeDocument, { consumerId, cursor });
    sentAt = Date.now();
    if (waiting === cursor) waiting = null;
  };
  return {
    get epoch() {
      return epoch;
    },
    async load() {
      const last = (await own?.load()) ?? null;
      if (last !== null) await client.checkCursor(last, of);
      const { createConsumer } = await client.request(CreateConsumerDocument, { input: of });
      consumerId = createConsumer.consumer.id;
      epoch = createConsumer.consumer.epoch;
      return createConsumer.consumer.cursor;
    },
    async save(cursor) {
      await own?.save(cursor);
      waiting = cursor;
      if (Date.now() - sentAt < pauseMs) return;
      await flush().catch(() => {
        // A server that is away now receives the position with a later event.
      });
    },
    flush,
  };
}
