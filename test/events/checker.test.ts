import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { onPostgres } from '../support/server.js';

const program = fileURLToPath(new URL('../../dist/bench/check-events.js', import.meta.url));

/** A PostgreSQL of its own is killed in it, so it runs where PostgreSQL is installed: with the other tests on PostgreSQL. */
(onPostgres ? test : test.skip)(
  'two servers, PostgreSQL and NATS are killed under eight writers: every consumer is given each event once, in order',
  async () => {
    const child = spawn(process.execPath, [program, '12', '8']);
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect({ code, output }).toMatchObject({ code: 0 });
    for (const kind of ['WebSocket', 'WebSocket, all organizations', 'SSE', 'polling', 'webhook'])
      expect(output).toMatch(new RegExp(`${kind} +[1-9]\\d* events: 0 gaps, 0 repeats, 0 inversions`));
    expect(output).toMatch(/[1-9]\d* kills/);
    expect(output).toMatch(/0 lost or doubled/);
  },
  150_000,
);
