import { describe, expect, test } from '@jest/globals';
import { FairQueue } from '../../../src/adapters/scim/http/fair-queue.js';

describe('rule 19 requests of one connection do not delay those of others', () => {
  test('connections are served in turn, each in order of arrival, with at most the limit of concurrent requests', async () => {
    const queue = new FairQueue(2, 2);
    const order: string[] = [];
    let inside = 0;
    let most = 0;
    const request = async (key: string, n: number) => {
      const leave = await queue.enter(key);
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(`${key}${n}`);
      inside--;
      leave();
    };
    const flood = Array.from({ length: 20 }, (_, n) => request('a', n));
    const others = [request('b', 0), request('c', 0), request('b', 1)];
    await Promise.all([...flood, ...others]);
    expect(most).toBe(2);
    expect(order.filter((name) => name.startsWith('a'))).toEqual(Array.from({ length: 20 }, (_, n) => `a${n}`));
    for (const name of ['b0', 'c0', 'b1']) expect(order.indexOf(name)).toBeLessThan(9);
  });

  test('a single connection can use all slots except those reserved for others', async () => {
    const queue = new FairQueue(4);
    const leaves = await Promise.all([queue.enter('a'), queue.enter('a'), queue.enter('a')]);
    let fourth = false;
    const waiting = queue.enter('a').then((leave) => {
      fourth = true;
      return leave;
    });
    const other = await queue.enter('b');
    await new Promise((resolve) => setImmediate(resolve));
    expect(fourth).toBe(false);
    other();
    leaves[0]?.();
    (await waiting)();
    for (const leave of leaves.slice(1)) leave();
  });
});
