import { expect, test } from '@jest/globals';
import { spawnServer } from '../support/process.js';

test('start names every wrong setting, with an example', async () => {
  const server = await spawnServer({ PORT: 'high', LOG_LEVEL: 'loud', DATABASE_URL: 'mysql://x' });
  expect(await server.exit).toBe(1);
  for (const name of ['PORT', 'LOG_LEVEL', 'DATABASE_URL'])
    expect(server.output()).toMatch(new RegExp(`${name} .*Example: ${name}=`));
});
