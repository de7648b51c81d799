import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const demo = fileURLToPath(new URL('../../dist/demo/run.js', import.meta.url));

test('the demo runs a working day through the public APIs with a certified OIDC provider without an error', async () => {
  const { DATABASE_URL: _none, ...environment } = process.env;
  const child = spawn(process.execPath, [demo], { env: { ...environment, NO_COLOR: '1' } });
  let output = '';
  const read = (chunk: Buffer) => {
    output += chunk;
  };
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  const code = await new Promise((resolve) => child.once('exit', resolve));
  expect([code, output.includes('no unexpected result')]).toEqual([0, true]);
  expect(output).toMatch(/user_deprovisioned person7@acme\.test.* ms after/);
});
