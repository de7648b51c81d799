import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { sized } from '../support/soak.js';

const program = fileURLToPath(new URL('../../dist/bench/check-events.js', import.meta.url));

// The checker creates its own PostgreSQL cluster, and kills it.
test(
  'every consumer receives each event once and in order while two servers, PostgreSQL and NATS are killed under eight writers',
  async () => {
    const child = spawn(process.execPath, [program, String(sized(12, 180)), '8']);
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    const code = await new Promise((resolve) => child.once('exit', resolve));
    if (code !== 0) throw new Error(`check-events ended with ${code}:\n${output}`);
    for (const kind of ['WebSocket', 'WebSocket, all organizations', 'SSE', 'polling', 'webhook'])
      expect(output).toMatch(new RegExp(`${kind} +[1-9]\\d* events: 0 gaps, 0 repeats, 0 inversions`));
    expect(output).toMatch(/[1-9]\d* kills/);
    expect(output).toMatch(/0 lost or doubled/);
  },
  sized(150_000, 900_000),
);
