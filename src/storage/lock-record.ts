import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Process that holds a directory. */
export interface Holder {
  /** Unique id of this start. */
  id: string;
  pid: number;
  host: string;
  /** Boot id of the kernel, and its namespace of process ids. Empty if the system does not provide them. */
  boot: string;
  space: string;
  /** Start time of the process in the kernel's unit. It differs if the pid is reused. */
  started: string;
  /** Name of its socket; null on a file system without sockets. */
  socket: string | null;
  /** True after a clean shutdown. */
  released: boolean;
}

/** Returns the description of this process. */
export const thisProcess = (id: string, socket: string | null): Holder => ({
  id,
  pid: process.pid,
  host: hostname(),
  boot: read('/proc/sys/kernel/random/boot_id'),
  space: spaceOf(),
  started: startOf(process.pid),
  socket,
  released: false,
});

/** Returns the holder in a lock file; null if the file is empty or malformed. */
export function parseHolder(text: string): Holder | null {
  try {
    const holder = JSON.parse(text) as Holder | null;
    return typeof holder?.id === 'string' && typeof holder.pid === 'number' ? holder : null;
  } catch {
    return null;
  }
}

/**
 * Checks by pid and start time if the process of the holder is running. Returns "unknown" if the pid can mean another
 * process.
 */
export function isRunning({ boot, space, pid, started }: Holder): 'yes' | 'no' | 'unknown' {
  if (boot === '' || boot !== read('/proc/sys/kernel/random/boot_id') || space !== spaceOf()) return 'unknown';
  return started !== '' && startOf(pid) === started ? 'yes' : 'no';
}

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    // The system is not Linux, or the process has ended.
    return '';
  }
};

function spaceOf(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    // The system is not Linux.
    return '';
  }
}

// The name of the program, in parentheses, can contain spaces and parentheses.
const startOf = (pid: number): string => read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ')[19] ?? '';
