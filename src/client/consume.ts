import type { Client } from './client.js';
import type { RollcallEvent } from './event.js';
import type { EventOptions } from './follow.js';

/** Events that may be under way: one slow organization must not fill the memory. */
const mostOpen = 1_000;

/** How a consumer works events off. */
export interface Consuming extends EventOptions {
  /** Called with each event. Of one organization the next waits for the one before; a throw ends everything. */
  handle: (event: RollcallEvent) => Promise<void> | void;
  /** How many organizations may be worked on at a time; 1 unless said. */
  concurrency?: { acrossOrganizations: number };
}

/**
 * Works events off, in order inside each organization and several organizations at a time. The store is told of an event once
 * it and all before it are done. Ends when `signal` aborts.
 *
 * @throws what `handle` throws, and what `Client.events` throws
 */
export async function consume(client: Client, { handle, concurrency, store, ...options }: Consuming): Promise<void> {
  const most = concurrency?.acrossOrganizations ?? 1;
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  /** By organization, the end of what is to be done. */
  const queues = new Map<string, Promise<void>>();
  /** In the order of their arrival: what is done, and what all wait for. */
  const open: { cursor: string; done: boolean }[] = [];
  let failure: { error: unknown } | null = null;
  const settle = async () => {
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
      await settle();
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
    // One organization's events wait here for each other, and not in memory.
    if (most === 1) await queue;
  }
  await Promise.all(queues.values());
  if (failure) throw (failure as { error: unknown }).error;
}
