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

/**
 * Keeps the cursor at the server, under a name: what is not acknowledged outlives retention, and the operator hears when the
 * consumer lags. `flush` sends what is waiting, before a shutdown.
 */
export function consumerStore(
  client: Client,
  of: { name: string; organizationId?: string; types?: EventType[] },
): CursorStore & { flush(): Promise<void> } {
  let consumerId: string | null = null;
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
    async load() {
      const { createConsumer } = await client.request(CreateConsumerDocument, { input: of });
      consumerId = createConsumer.consumer.id;
      return createConsumer.consumer.cursor;
    },
    async save(cursor) {
      waiting = cursor;
      // A server that is away now hears of it with a later event.
      if (Date.now() - sentAt >= pauseMs) await flush().catch(() => {});
    },
    flush,
  };
}
