import type { Client } from './client.js';
import type { RollcallEvent } from './event.js';
import type { EventOptions } from './follow.js';

/** Maximum number of events in progress, so that one slow organization cannot fill the memory. */
const mostOpen = 1_000;

/** Options of a consumer that processes events. */
export interface Consuming extends EventOptions {
  /** Called with each event. For one organization, each call waits for the previous one. An error ends the consumer. */
  handle: (event: RollcallEvent) => Promise<void> | void;
  /** Number of organizations that are processed concurrently (default: 1). */
  concurrency?: { acrossOrganizations: number };
}

/**
 * Processes events, in order for each organization and concurrently for several organizations. The store saves the
 * cursor of an event after it and all earlier events are processed. Ends when `signal` aborts.
 *
 * @throws the errors of `handle` and of `Client.events`
 */
export async function consume(client: Client, { handle, concurrency, store, ...options }: Consuming): Promise<void> {
  const most = concurrency?.acrossOrganizations ?? 1;
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  /** Promises that resolve when the pending work of an organization has ended. */
  const queues = new Map<string, Promise<void>>();
  /** Events in order of arrival. The first unfinished one determines the cursor to save. */
  const open: { cursor: string; done: boolean }[] = [];
  let failure: { error: unknown } | null = null;
  const acknowledge = async () => {
    let last: string | null = null;
    while (open[0]?.done) last = open.shift()?.cursor ?? last;
    if (last !== null) await store?.save(last);
  };
  const after = options.after ?? (await store?.load()) ?? null;
  for await (const event of client.events({ ...options, after, signal })) {
    const { id } = event.organization;
    const isFull = () => open.length >= mostOpen || (!queues.has(id) && queues.size >= most);
    while (isFull() && queues.size > 0 && !failure) await Promise.race(queues.values());
    if (failure) break;
    const entry = { cursor: event.cursor, done: false };
    open.push(entry);
    const work = async () => {
      if (failure) return;
      await handle(event);
      entry.done = true;
      await acknowledge();
    };
    const queue: Promise<void> = (queues.get(id) ?? Promise.resolve())
      .then(work)
      .catch((error) => {
        failure ??= { error };
        stop.abort();
      })
      .finally(() => {
        if (queues.get(id) === queue) queues.delete(id);
      });
    queues.set(id, queue);
    // With one organization at a time, events wait here instead of in memory.
    if (most === 1) await queue;
  }
  await Promise.all(queues.values());
  if (failure) throw (failure as { error: unknown }).error;
}
