import { mock } from 'node:test';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Failures } from '../src/kernel/failures.js';

let lines: { what: string; times?: number; message: string }[];
let failures: Failures;
beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout'] });
  lines = [];
  const warn = ({ err, times }: { err: Error; times?: number }, what: string) => {
    lines.push({ what, message: err.message, ...(times !== undefined && { times }) });
  };
  failures = new Failures({ warn } as unknown as ConstructorParameters<typeof Failures>[0]);
});
afterEach(() => {
  failures.close();
  mock.timers.reset();
});

test('a failure is logged at once, and its repeats once a minute with their number', () => {
  failures.note('the bus is down', new Error('first'));
  expect(lines).toEqual([{ what: 'the bus is down', message: 'first' }]);
  for (let n = 0; n < 600; n++) failures.note('the bus is down', new Error(`repetition ${n}`));
  expect(lines).toHaveLength(1);
  mock.timers.tick(60_000);
  expect(lines.slice(1)).toEqual([{ what: 'the bus is down', message: 'repetition 599', times: 600 }]);
});

test('after a minute without a failure the next one is logged at once', () => {
  failures.note('the bus is down', new Error('first'));
  mock.timers.tick(120_000);
  failures.note('the bus is down', new Error('second'));
  expect(lines.map(({ message }) => message)).toEqual(['first', 'second']);
});

test('different failures are counted separately, and a stop logs the pending numbers', () => {
  failures.note('the bus is down', new Error('bus'));
  failures.note('the clock cannot be read', new Error('clock'));
  failures.note('the clock cannot be read', new Error('clock'));
  failures.close();
  expect(lines).toHaveLength(3);
  expect(lines[2]).toEqual({ what: 'the clock cannot be read', message: 'clock', times: 1 });
});

test('failures with one cause are counted together, except those that request a separate line', () => {
  const grouped = new Failures(failures.log, (error) => (error instanceof RangeError ? 'refused' : null));
  grouped.note('a job failed', new RangeError('first'));
  grouped.note('another job failed', new RangeError('second'));
  grouped.note('another job failed', new Error('other'));
  grouped.noteApart('not ready', new RangeError('third'));
  mock.timers.tick(60_000);
  expect(lines).toEqual([
    { what: 'refused', message: 'first' },
    { what: 'another job failed', message: 'other' },
    { what: 'not ready', message: 'third' },
    { what: 'refused', message: 'second', times: 1 },
  ]);
  grouped.close();
});
