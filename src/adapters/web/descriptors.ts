import { readFileSync } from 'node:fs';

/** Descriptors reserved for this process: 200 concurrent webhooks, the pool, requests to IdPs, and files. */
const ownFiles = 256;
/** Files that the embedded database keeps open. If it cannot get a descriptor, it fails until the next start. */
const databaseFiles = 640;
/** Minimum number of connections. With such a low limit, the embedded database reports the shortage. */
const fewest = 32;

/**
 * Returns the maximum number of client connections, so that descriptors for the database are left; null if the system
 * does not provide its limit. `server.ts` sets it as `maxConnections`.
 */
export function mostConnections({ embedded }: { embedded: boolean }, limits = readLimits()): number | null {
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  if (soft === undefined) return null;
  return Math.max(fewest, Number(soft) - ownFiles - (embedded ? databaseFiles : 0));
}

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    // The system is not Linux.
    return '';
  }
}
