import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { adminKey, secretKey } from './server.js';

const built = fileURLToPath(new URL('../../dist/src/cli/rollcall.js', import.meta.url));

/** The built server in a separate process that tests can kill. */
export interface ServerProcess {
  url: string;
  child: ChildProcess;
  output: () => string;
  exit: Promise<number | null>;
}

/** Starts it, optionally through another program and with another command, and waits until it prints its URL or ends. */
export async function spawnServer(
  settings: Record<string, string>,
  through: string[] = [],
  command = built,
): Promise<ServerProcess> {
  const { DATABASE_URL: _none, ...environment } = process.env;
  const [program = '', ...options] = [...through, process.execPath, '--disable-proto=delete', command, 'start'];
  const child = spawn(program, options, {
    env: {
      ...environment,
      PORT: '0',
      LOG_LEVEL: 'silent',
      ROLLCALL_ADMIN_KEY: adminKey,
      ROLLCALL_SECRET_KEY: secretKey,
      ...settings,
    },
  });
  let output = '';
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const url = await new Promise<string>((resolve) => {
    const read = (chunk: Buffer) => {
      output += chunk;
      const listening = /listens on [^h]*(http:\/\/[\d.:]+)/.exec(output);
      if (listening?.[1]) resolve(listening[1]);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    void exit.then(() => resolve(''));
  });
  return { url, child, output: () => output, exit };
}
