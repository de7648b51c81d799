import { mock } from 'node:test';
import { afterEach, expect, test } from '@jest/globals';
import { Failures } from '../../src/kernel/failures.js';
import { Clock } from '../../src/storage/clock.js';
import type { Session } from '../../src/storage/session.js';

const hourMs = 3_600_000;
let clock: Clock | undefined;
afterEach(() => {
  clock?.close();
  mock.timers.reset();
});

/** Returns a clock for a database with the time `time()`. The clock of this machine is mocked. */
async function clockOver(time: () => number) {
  const lines: object[] = [];
  const log = { warn: (line: object) => void lines.push(line) } as unknown as ConstructorParameters<typeof Failures>[0];
  const session = { query: async () => [{ time: new Date(time()) }] } as unknown as Session;
  const started = await Clock.start(session, { log, failures: new Failures(log) });
  clock = started;
  const offsetMs = (from: number) => Math.abs(started.now().getTime() - from);
  return { lines, offsetMs };
}

test('uses the time of the database, independent of jumps of the clock of this machine', async () => {
  const begin = Date.UTC(2026, 0, 1);
  mock.timers.enable({ apis: ['Date', 'setInterval'], now: begin });
  const { lines, offsetMs } = await clockOver(() => begin);
  expect(offsetMs(begin)).toBeLessThan(1_000);
  mock.timers.setTime(begin + hourMs);
  expect(offsetMs(begin)).toBeLessThan(1_000);
  expect(lines).toEqual([]);
});

test('a machine whose clock is an hour off is reported, and the time of the database is used', async () => {
  const begin = Date.UTC(2026, 0, 1);
  mock.timers.enable({ apis: ['Date', 'setInterval'], now: begin });
  let time = begin - hourMs;
  const { lines, offsetMs } = await clockOver(() => time);
  expect(offsetMs(time)).toBeLessThan(1_000);
  expect(lines).toEqual([{ aheadMs: expect.any(Number) }]);
  time += 2 * hourMs;
  mock.timers.tick(10_000);
  await new Promise((resolve) => setImmediate(resolve));
  expect(offsetMs(time)).toBeLessThan(1_000);
  // At most once a minute.
  expect(lines).toHaveLength(1);
});

test('without the database the process continues to count, and reports it', async () => {
  const begin = Date.now();
  mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  let isAway = false;
  const { lines, offsetMs } = await clockOver(() => {
    if (isAway) throw new Error('away');
    return begin;
  });
  isAway = true;
  for (let n = 0; n < 3; n++) {
    mock.timers.tick(10_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(offsetMs(begin)).toBeLessThan(2_000);
  expect(lines).toEqual([{ err: expect.objectContaining({ message: 'away' }) }]);
});
