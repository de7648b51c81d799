import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { spawnServer } from '../support/process.js';
import { freshDatabase } from '../support/server.js';

test('start names every wrong setting, with an example', async () => {
  const server = await spawnServer({ PORT: 'high', LOG_LEVEL: 'loud', DATABASE_URL: 'mysql://x' });
  expect(await server.exit).toBe(1);
  for (const name of ['PORT', 'LOG_LEVEL', 'DATABASE_URL'])
    expect(server.output()).toMatch(new RegExp(`${name} .*Example: ${name}=`));
});

test('a start on a port that is in use says so, and the key of the administrator is shown by the next start', async () => {
  const database = await freshDatabase();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as { port: number };
  const first = await spawnServer({ ...database, PORT: String(port), ROLLCALL_ADMIN_KEY: '' });
  expect(await first.exit).toBe(1);
  expect(first.output()).toContain(`another program uses port ${port} of 127.0.0.1`);
  other.close();
  const second = await spawnServer({ ...database, ROLLCALL_ADMIN_KEY: '' });
  expect(second.output()).toMatch(/rc_key_\w+/);
  second.child.kill('SIGTERM');
  expect(await second.exit).toBe(0);
});
