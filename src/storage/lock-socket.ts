import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeOf } from './error-code.js';

/** Maximum length of a socket path in bytes. The limit is 107 on Linux and 103 on macOS. */
const longestPath = 100;

/**
 * Listens on a socket in a directory, which shows that the process is running. The kernel closes the socket with the
 * process, and all processes on the same kernel can reach it, from any container that mounts the directory. Windows has
 * no such sockets: a pipe is used instead.
 */
export async function listenIn(directory: string, name: string): Promise<Server | null> {
  const server = createServer((asking) => asking.destroy()).unref();
  return within(directory, name, (path) => {
    return new Promise<Server | null>((resolve) => {
      // Some file systems do not support sockets. There, only the renewal of the lock file protects the directory.
      server.once('error', () => resolve(null));
      server.listen(path, () => resolve(server));
    });
  });
}

/** Returns `yes` if a process listens on the socket, `no` if none does, `unknown` if that cannot be determined here. */
export async function isListening(directory: string, name: string): Promise<'yes' | 'no' | 'unknown'> {
  return within(directory, name, (path) => {
    return new Promise<'yes' | 'no' | 'unknown'>((resolve) => {
      const socket = connect(path);
      socket.once('connect', () => {
        socket.destroy();
        resolve('yes');
      });
      socket.once('error', (error) => {
        const code = codeOf(error);
        // EAGAIN: the queue of a paused process is full.
        resolve(code === 'ECONNREFUSED' ? 'no' : code === 'EAGAIN' ? 'yes' : 'unknown');
      });
    });
  });
}

async function within<T>(directory: string, name: string, work: (path: string) => Promise<T>): Promise<T> {
  if (process.platform === 'win32') return work(`\\\\.\\pipe\\rollcall-${name}`);
  const path = join(directory, name);
  if (Buffer.byteLength(path) <= longestPath) return work(path);
  const short = mkdtempSync(join(tmpdir(), 'rollcall-'));
  try {
    symlinkSync(directory, join(short, 'd'));
    return await work(join(short, 'd', name));
  } finally {
    rmSync(short, { recursive: true, force: true });
  }
}
