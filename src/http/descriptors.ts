import { readFileSync } from 'node:fs';

/** What this process keeps for itself: 200 webhooks at a time, the pool, requests to IdPs, and files. */
const ownFiles = 256;
/** Files that the embedded database keeps open. Without a descriptor it is broken until the next start. */
const databaseFiles = 640;
/** Fewer are of no use: with such a limit the embedded database reports what it is short of. */
const fewest = 32;

/**
 * Returns how many connections clients may have open, so that a flood of them leaves descriptors for the database; null where
 * the system does not tell its limit.
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
    // Not Linux.
    return '';
  }
}
