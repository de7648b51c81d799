import { spawn } from 'node:child_process';
import pg from 'pg';
import { environment } from '../src/cli/environment.js';

/** Runs one statement on the database of `url`. */
export async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement);
  await client.end();
}

/** Starts a program in its own process, and waits for the URL that it prints. */
export function launch(
  command: string[],
  settings: Record<string, string>,
  children: (() => void)[],
): Promise<{ url: string; pid: number }> {
  const child = spawn(process.execPath, ['--disable-proto=delete', ...command], {
    env: { ...environment(), NODE_ENV: 'production', ...settings },
  });
  children.push(() => child.kill('SIGKILL'));
  child.stderr.on('data', (chunk) => process.stderr.write(chunk));
  return new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      const url = /http:\/\/[\d.:]+\d/.exec(String(chunk))?.[0];
      if (url) resolve({ url, pid: child.pid ?? 0 });
    });
    child.once('exit', () => reject(new Error(`${command[0]} ended`)));
  });
}
