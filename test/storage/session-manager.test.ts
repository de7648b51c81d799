import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ApiKey } from '../../src/credentials/api-keys/api-key.js';
import { keyOf } from '../../src/credentials/api-keys/keys.js';
import { BadInput } from '../../src/kernel/errors.js';
import type { Session } from '../../src/storage/session.js';
import { World } from '../support/world.js';

let world: World;
beforeAll(async () => {
  world = await World.shared();
});
afterAll(() => world.close());

const aKey = (name: string) =>
  keyOf(`secret of ${name}`, { organizationId: null, name, scopes: ['ADMIN'], expiresAt: null, now: new Date() });

/** Runs `work` in a transaction that is rolled back. */
async function rolledBack(work: (session: Session) => Promise<void>): Promise<void> {
  const { session, release } = await world.database().session();
  await session.query('begin');
  try {
    await work(session);
  } finally {
    await session.query('rollback');
    release(false);
  }
}

test('the manager of a transaction reads, writes and locks rows in that transaction', async () => {
  const key = aKey('rolled back');
  await rolledBack(async ({ manager }) => {
    await manager.insert(ApiKey, key);
    const lock = { mode: 'pessimistic_write' } as const;
    expect(await manager.findOne(ApiKey, { where: { id: key.id }, lock })).toEqual(key);
  });
  expect(await world.database().manager.findOneBy(ApiKey, { id: key.id })).toBeNull();
});

test('TypeORM and the mapping of hot paths return equal rows', async () => {
  await rolledBack(async (session) => {
    await session.manager.insert(ApiKey, aKey('compared'));
    expect(await session.manager.findBy(ApiKey, { name: 'compared' })).toEqual(
      await session.rows(ApiKey, "name = 'compared'"),
    );
  });
});

test('errors are mapped by the session, and keep the code of the database', async () => {
  await rolledBack(async ({ manager }) => {
    await expect(manager.findBy(ApiKey, { name: '\ud800' })).rejects.toThrow(BadInput);
    await manager.insert(ApiKey, aKey('twice'));
    await expect(manager.insert(ApiKey, aKey('twice'))).rejects.toMatchObject({ code: '23505' });
  });
});

test('TypeORM begins no transaction of its own', async () => {
  await expect(world.database().manager.save(aKey('saved'))).rejects.toThrow('`write` begins and ends transactions');
});
