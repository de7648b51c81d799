import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fsync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import type { Server } from 'node:net';
import { join, resolve } from 'node:path';
import { codeOf } from './error-code.js';
import { type Holder, isRunning, parseHolder, thisProcess } from './lock-record.js';
import { isListening, listenIn } from './lock-socket.js';
import { makeDirectory } from './make-directory.js';

/**
 * The directory is used by another process. The embedded database has no lock: two processes on one directory would
 * corrupt it.
 */
export class DirectoryInUse extends Error {}

const beatMs = 5_000;
/**
 * Age of a lock file, in milliseconds, above which its holder is considered dead if it cannot be checked, because it
 * runs on another machine.
 */
const staleMs = 60_000;
const attempts = 5;
const form = /^rollcall-lock-(\d+)$/;
const nameOf = (number: number) => `rollcall-lock-${number}`;

/**
 * Locks the directory for this process and returns a function that releases it. A lock of a dead process is taken over.
 *
 * Lock files are numbered, and the highest number is the current lock. A number is never used again: to take over, a
 * process creates the next number, which only one process can do. Several processes can therefore check a stale lock
 * concurrently.
 *
 * @throws DirectoryInUse if a running process has the lock, or can have it
 */
export async function lockDirectory(given: string): Promise<() => void> {
  const directory = resolve(given);
  makeDirectory(directory);
  const id = randomUUID();
  const name = `rollcall-${id.slice(0, 8)}.sock`;
  const socket = await listenIn(directory, name);
  const holder = thisProcess(id, socket ? name : null);
  try {
    return hold(directory, await claim(directory, holder), { holder, socket });
  } catch (error) {
    stopListening(directory, holder, socket);
    throw error;
  }
}

/** Creates the lock file of this process and returns its number. */
async function claim(directory: string, holder: Holder): Promise<number> {
  const draft = join(directory, `rollcall-draft-${holder.id}`);
  try {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const last = lastIn(directory);
      // Uses the time of the file system, because the clocks of two machines can differ.
      writeFileSync(draft, textOf(holder));
      if (last > 0) await expectGone(directory, last, statSync(draft).mtimeMs);
      // A hard link appears with its content or not at all, so no process can read an empty lock file.
      if (!linked(draft, join(directory, nameOf(last + 1)))) continue;
      if (lastIn(directory) === last + 1) return last + 1;
      // Another process has taken over in the meantime, and deleted the lock that was checked.
      rmSync(join(directory, nameOf(last + 1)), { force: true });
    }
  } finally {
    rmSync(draft, { force: true });
  }
  throw new DirectoryInUse(`The directory ${directory} is being taken by other processes. Start only one of them.`);
}

const numbersIn = (directory: string): number[] =>
  readdirSync(directory).flatMap((name) => Number(form.exec(name)?.[1] ?? []) || []);
const lastIn = (directory: string): number => Math.max(0, ...numbersIn(directory));

function linked(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

const advice = 'or set DATA_DIR to another directory, or use PostgreSQL through DATABASE_URL.';

/** Checks that the holder of the lock has ended. @throws DirectoryInUse if it has not, or if that is unknown */
async function expectGone(directory: string, number: number, now: number): Promise<void> {
  const path = join(directory, nameOf(number));
  const seen = look(path);
  // The file was just deleted, so another process has taken over. The next attempt finds its lock.
  if (!seen) return;
  const { holder, at } = seen;
  if (holder?.released) return;
  const life = holder ? await lifeOf(directory, holder) : 'unknown';
  if (life === 'no') return;
  const who = holder ? `the process ${holder.pid} on the host "${holder.host}"` : 'an unknown process';
  if (life === 'yes')
    throw new DirectoryInUse(`The directory ${directory} is in use by ${who}. Stop that process, ${advice}`);
  const ageMs = Math.max(0, now - at);
  if (ageMs > staleMs) return;
  throw new DirectoryInUse(
    `The directory ${directory} was in use by ${who} ${Math.round(ageMs / 1_000)} seconds ago, and this process cannot determine whether that process is still running. ` +
      `If it is running, stop it, ${advice} If not, start again in ${Math.ceil((staleMs - ageMs) / 1_000)} seconds, or delete the file ${path}.`,
  );
}

function look(path: string): { holder: Holder | null; at: number } | null {
  try {
    return { holder: parseHolder(readFileSync(path, 'utf8')), at: statSync(path).mtimeMs };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

async function lifeOf(directory: string, holder: Holder): Promise<'yes' | 'no' | 'unknown'> {
  const isHere = holder.boot !== '' && holder.boot === thisProcess('', null).boot;
  const answer = holder.socket === null ? 'unknown' : await isListening(directory, holder.socket);
  // A socket of another machine never accepts connections here.
  if (answer === 'yes' || (answer === 'no' && (isHere || holder.boot === ''))) return answer;
  return isRunning(holder);
}

/** Renews the lock until it is released. */
function hold(directory: string, number: number, { holder, socket }: { holder: Holder; socket: Server | null }) {
  for (const old of numbersIn(directory)) if (old < number) sweep(directory, old);
  // Lock file of an earlier version, which identified processes only by their ids.
  rmSync(join(directory, 'rollcall.pid'), { force: true });
  // Kept open, because many connections can leave this process without a descriptor for the next renewal.
  const file = openSync(join(directory, nameOf(number)), 'r+');
  const timer = setInterval(() => beat({ directory, number, file }, holder), beatMs).unref();
  return () => {
    clearInterval(timer);
    // The file stays, so that its number is not used again.
    if (!isTaken(directory, number)) rewrite(file, { ...holder, released: true });
    closeSync(file);
    stopListening(directory, holder, socket);
  };
}

function stopListening(directory: string, { socket: name }: Holder, socket: Server | null): void {
  socket?.close();
  if (name) rmSync(join(directory, name), { force: true });
}

const textOf = (holder: Holder): string =>
  JSON.stringify(holder).padEnd(JSON.stringify({ ...holder, released: false }).length);

/** Overwrites the file in place, which needs no space on a full disk. */
function rewrite(file: number, holder: Holder): void {
  try {
    writeSync(file, textOf(holder), 0);
    // On a network file system, other machines see the content only after this. The next renewal detects an unavailable
    // file system.
    fsync(file, () => {});
  } catch {
    // An unavailable network file system does not end the lock: the next renewal detects it.
  }
}

/**
 * Returns true if another process has taken over: it creates the next number and deletes this one. Needs no descriptor.
 */
function isTaken(directory: string, number: number): boolean {
  const isThere = (name: string) => statSync(join(directory, name), { throwIfNoEntry: false }) !== undefined;
  try {
    return !isThere(nameOf(number)) || isThere(nameOf(number + 1));
  } catch {
    // The network file system is unavailable. The next renewal checks again.
    return false;
  }
}

function sweep(directory: string, number: number): void {
  const path = join(directory, nameOf(number));
  const left = look(path)?.holder?.socket;
  if (left) rmSync(join(directory, left), { force: true });
  rmSync(path, { force: true });
}

interface Held {
  directory: string;
  number: number;
  file: number;
}

/**
 * Renews the lock. @throws an uncaught error if another machine has taken over the directory: this process must stop
 * writing
 */
function beat({ directory, number, file }: Held, holder: Holder): void {
  rewrite(file, holder);
  if (!isTaken(directory, number)) return;
  throw new DirectoryInUse(`Another process now uses the directory ${directory}. This process ends.`);
}
