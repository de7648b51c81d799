import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Who holds a directory. */
export interface Holder {
  /** Different for each start. */
  id: string;
  pid: number;
  host: string;
  /** Which kernel it runs on, and in which space of process ids. Empty where the system does not tell. */
  boot: string;
  space: string;
  /** When the process started, in the kernel's own unit: a pid that is used again has another one. */
  started: string;
  /** The name of its socket; null on a file system without sockets. */
  socket: string | null;
  /** True after a stop in good order. */
  released: boolean;
}

/** Describes this process. */
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

/** Returns the holder that a lock file names; null if the file is empty or has another form. */
export function parseHolder(text: string): Holder | null {
  try {
    const holder = JSON.parse(text) as Holder | null;
    return typeof holder?.id === 'string' && typeof holder.pid === 'number' ? holder : null;
  } catch {
    return null;
  }
}

/** Returns whether the process of the holder lives, by its pid and start; "unknown" where the pid means another process. */
export function isRunning({ boot, space, pid, started }: Holder): 'yes' | 'no' | 'unknown' {
  if (boot === '' || boot !== read('/proc/sys/kernel/random/boot_id') || space !== spaceOf()) return 'unknown';
  return started !== '' && startOf(pid) === started ? 'yes' : 'no';
}

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    // Not Linux, or the process is gone.
    return '';
  }
};

function spaceOf(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    // Not Linux.
    return '';
  }
}

// The name of the program, in brackets, can have blanks and brackets.
const startOf = (pid: number): string => read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ')[19] ?? '';
