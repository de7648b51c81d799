import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import { Database } from '../../src/storage/database.js';
import { openEngine } from '../../src/storage/open.js';
import { embeddedDatabase } from '../support/server.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const heapMb = () => {
  collectGarbage();
  return process.memoryUsage().heapUsed / 1_048_576;
};

test('results of the embedded database do not stay in memory', async () => {
  const { DATA_DIR: directory = '' } = await embeddedDatabase();
  const engine = await openEngine({ directory });
  const database = new Database(engine, await engine.connect('owner'));
  try {
    const ask = async (times: number) => {
      for (let n = 0; n < times; n++) await database.query("select repeat('x', 20000) as text");
    };
    await ask(100);
    const before = heapMb();
    await ask(2_000);
    // All results together have 40 MB.
    expect(heapMb() - before).toBeLessThan(10);
  } finally {
    await database.close();
  }
});
