import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A PostgreSQL server of the check that can be killed and started again. */
export interface Postgres {
  url: string;
  /** Kills the server like a crash and starts it again. */
  crash(): void;
  /** Sends a signal to all processes of the server: SIGSTOP suspends them, SIGCONT resumes them. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  /** Restarts the server as a standby that waits for a primary. `select pg_promote()` promotes it. */
  demote(): void;
  stop(): void;
}

/** Returns a free port. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Returns the directory of the newest PostgreSQL programs on this machine; null if there are none. */
export function programs(): string | null {
  const { POSTGRES_BIN: chosen } = process.env;
  if (chosen) return chosen;
  const base = '/usr/lib/postgresql';
  const versions = existsSync(base) ? readdirSync(base).sort((a, b) => Number(b) - Number(a)) : [];
  const found = [...versions.map((version) => `${base}/${version}/bin`), '/usr/local/bin', '/usr/bin'];
  return found.find((path) => existsSync(join(path, 'initdb'))) ?? null;
}

/**
 * Returns the user that runs PostgreSQL, which refuses to run as root: in that case the user "postgres" of its package;
 * otherwise null.
 */
export function owner(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })));
  return uid === undefined || gid === undefined ? null : { uid, gid };
}

/** Returns the ids of the child processes of a process, from /proc. */
function childrenOf(parent: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => parentOf(pid) === parent).map(Number);
}

function parentOf(pid: string): number | null {
  try {
    // The name of the program, in parentheses, can contain spaces.
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]);
  } catch {
    // The process has ended in the meantime.
    return null;
  }
}

/** A directory for PostgreSQL's programs, which run there as a user that they accept. */
export interface Directory {
  path: string;
  /** Runs a program of PostgreSQL until it ends. @throws an error if the program fails */
  run(program: string, ...options: string[]): Promise<void>;
  remove(): void;
}

/** Creates a directory. Returns null if PostgreSQL is not installed. */
export function newDirectory(): Directory | null {
  const bin = programs();
  if (!bin) return null;
  const path = mkdtempSync(join(tmpdir(), 'rollcall-check-'));
  const as = owner();
  if (as) chownSync(path, as.uid, as.gid);
  return {
    path,
    run: async (program, ...options) => {
      // A started server keeps the file descriptors that it inherits, so nothing is piped.
      const child = spawn(join(bin, program), options, { stdio: 'ignore', cwd: path, ...as });
      const [code] = await once(child, 'exit');
      if (code !== 0) throw new Error(`${program} ${options.join(' ')} ended with ${code}.`);
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Creates a database cluster in a new directory and starts it. Returns null if PostgreSQL is not installed. */
export async function startPostgres(): Promise<Postgres | null> {
  const bin = programs();
  if (!bin) return null;
  const directory = mkdtempSync(join(tmpdir(), 'rollcall-check-'));
  const as = owner();
  if (as) chownSync(directory, as.uid, as.gid);
  const data = join(directory, 'data');
  const port = await freePort();
  const run = (program: string, ...options: string[]) =>
    execFileSync(join(bin, program), options, { stdio: 'ignore', cwd: directory, ...as });
  run('initdb', '-D', data, '-U', 'rollcall', '-A', 'trust', '--no-sync');
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${directory} -c max_connections=200`;
  const start = () => run('pg_ctl', '-D', data, '-w', '-o', options, '-l', join(directory, 'log'), 'start');
  start();
  return {
    url: `postgres://rollcall@127.0.0.1:${port}/postgres`,
    crash: () => {
      run('pg_ctl', '-D', data, '-m', 'immediate', 'stop');
      start();
    },
    signal: (name) => {
      const [first = ''] = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
      for (const pid of [Number(first), ...childrenOf(Number(first))]) process.kill(pid, name);
    },
    demote: () => {
      run('pg_ctl', '-D', data, '-m', 'fast', 'stop');
      writeFileSync(join(data, 'standby.signal'), '');
      start();
    },
    stop: () => {
      run('pg_ctl', '-D', data, '-m', 'immediate', 'stop');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Starts a NATS server that can be killed and started again. Returns null if NATS is not installed. */
export async function startNats(): Promise<{ url: string; crash(): void; stop(): void } | null> {
  const program = ['/usr/sbin/nats-server', '/usr/bin/nats-server', '/usr/local/bin/nats-server'].find(existsSync);
  if (!program) return null;
  const port = await freePort();
  const start = () => spawn(program, ['-a', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  let child = start();
  return {
    url: `nats://127.0.0.1:${port}`,
    crash: () => {
      child.kill('SIGKILL');
      child = start();
    },
    stop: () => void child.kill('SIGKILL'),
  };
}
