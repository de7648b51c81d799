import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ended, Store } from '../../../access/store.js';
import type { Socket } from '../context.js';

/** Operations of a transport on its peer. */
export interface Peer {
  /** Returns the unread bytes of the peer, or its unread messages counted as `perMessage` bytes each. */
  buffered(): number;
  /** Ends the connection because the credential is no longer valid. */
  end(why: Ended): void;
  /** Ends the connection because the peer does not read. It can resume from its last cursor. */
  cutOff(): void;
}

const maximumBuffered = 1_048_576;
const drainMs = 10_000;
/**
 * Interval, in milliseconds, after which a credential is checked again. A change of data that credentials depend on
 * causes an immediate check.
 */
const trustedMs = 200;

/** Watches an open connection: whether its credential is valid, and whether its peer reads. */
export function watchPeer(
  { credentials }: Pick<Store, 'credentials'>,
  secret: string,
  peer: Peer,
): { socket: Socket; ended(): void } {
  const over = new AbortController();
  // Each subscription of the connection adds a listener.
  setMaxListeners(0, over.signal);
  const ends = (why: Ended) => {
    if (over.signal.aborted) return;
    peer.end(why);
    over.abort();
  };
  const unwatch = credentials.watch(secret, ends);
  let seen = { at: Number.NEGATIVE_INFINITY, generation: -1 };
  const isAlive = () => credentials.generation === seen.generation && performance.now() - seen.at < trustedMs;
  const alive = async () => {
    const { generation } = credentials;
    const at = performance.now();
    if (isAlive()) return true;
    if (await credentials.find(secret)) {
      seen = { at, generation };
      return true;
    }
    ends(credentials.whyEnded(secret));
    return false;
  };
  const drained = async () => {
    for (let waited = 0; peer.buffered() > maximumBuffered; waited += 50) {
      if (over.signal.aborted) return false;
      if (waited >= drainMs) {
        peer.cutOff();
        over.abort();
        return false;
      }
      await sleep(50);
    }
    return true;
  };
  return {
    socket: {
      holds: () => !over.signal.aborted && peer.buffered() <= maximumBuffered && isAlive(),
      stillHolds: async () => !over.signal.aborted && (await alive()) && (await drained()),
      signal: over.signal,
    },
    ended: () => {
      unwatch();
      over.abort();
    },
  };
}
