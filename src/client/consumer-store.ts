import type { Client } from './client.js';
import type { CursorStore } from './cursor-store.js';
import { AcknowledgeDocument, CreateConsumerDocument, type EventType } from './generated.js';

/**
 * Minimum interval, in milliseconds, at which a cursor is sent to the server. Events that were processed since can be
 * repeated after a crash.
 */
const pauseMs = 500;

/** Store of a cursor on the server, optionally with a copy of the consumer. */
export interface ConsumerStore extends CursorStore {
  /** Epoch of the log at the last `load`. It changes after a restore or failover of the database. */
  readonly epoch: string | null;
  /** Sends a pending cursor. Call it before a shutdown. */
  flush(): Promise<void>;
}

/**
 * Returns a store that keeps the cursor on the server, under a name. Events that are not acknowledged are kept beyond
 * the retention time, and the operator is notified if the consumer lags.
 *
 * After a restore, the database has an older cursor than the consumer. With `own`, such as a `fileStore`, the last
 * cursor is also stored locally: `load` checks that the log still contains its event, and throws RollcallError
 * CURSOR_EXPIRED if not.
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
      if (waiting === null) return createConsumer.consumer.cursor;
      // After CURSOR_EXPIRED, the application has saved the cursor of a snapshot, which the server may not have yet.
      const saved = waiting;
      await flush();
      return saved;
    },
    async save(cursor) {
      await own?.save(cursor);
      waiting = cursor;
      if (Date.now() - sentAt < pauseMs) return;
      await flush().catch(() => {
        // If the server is unavailable now, it receives the cursor with a later event.
      });
    },
    flush,
  };
}
