import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { codeOf } from './error-code.js';

/** The embedded database takes no lock of its own: two processes on one directory would destroy it. */
export class DirectoryInUse extends Error {
  constructor(directory: string, pid: number) {
    super(
      `The directory ${directory} is in use by the process ${pid}. ` +
        'Stop that process, or set DATA_DIR to another directory, or use PostgreSQL through DATABASE_URL.',
    );
  }
}

/** Directories that this very process holds: a stale file can carry our own pid, as containers reuse small numbers. */
const held = new Set<string>();

/**
 * Takes the directory for this process and gives back the way to release it. A lock left by a process that died is
 * taken over.
 *
 * @throws DirectoryInUse while a process that lives holds it
 */
export function lockDirectory(directory: string): () => void {
  mkdirSync(directory, { recursive: true });
  const path = join(resolve(directory), 'rollcall.pid');
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, String(process.pid));
  try {
    for (let attempt = 0; ; attempt++) {
      if (claim(draft, path)) break;
      const holder = Number(readFileSync(path, 'utf8'));
      if (attempt > 2 || isAlive(holder, path)) throw new DirectoryInUse(directory, holder);
      rmSync(path, { force: true });
    }
  } finally {
    rmSync(draft, { force: true });
  }
  held.add(path);
  return () => {
    held.delete(path);
    rmSync(path, { force: true });
  };
}

// A hard link appears with its content or not at all, so nobody can read a lock file that is still empty.
function claim(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function isAlive(pid: number, path: string): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  if (pid === process.pid) return held.has(path);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}
