import { EventEmitter } from 'node:events';
import { expect, test } from '@jest/globals';
import type { Pool } from 'pg';
import { Unavailable } from '../../src/kernel/errors.js';
import { AccessLost } from '../../src/storage/access-lost.js';
import { CheckOut, endsSession, isUnavailable } from '../../src/storage/unavailable.js';

const withCode = (code: string) => Object.assign(new Error('failed'), { code });

test.each(['EMFILE', 'ENFILE', 'ECONNREFUSED', 'EHOSTUNREACH', 'EAI_AGAIN', '53300', '57P01', '28P01'])(
  'a session that fails with %s is Unavailable',
  async (code) => {
    const pool = Object.assign(new EventEmitter(), { idleCount: 0, connect: () => Promise.reject(withCode(code)) });
    await expect(new CheckOut(pool as unknown as Pool).take()).rejects.toBeInstanceOf(Unavailable);
  },
);

test.each([
  ['25006', true],
  ['25P03', true],
  ['57P02', true],
  ['08006', true],
  ['55P03', false],
  ['53100', false],
])('SQLSTATE %s is temporary; it ends its session: %s', (code, ends) => {
  expect([isUnavailable(withCode(code)), endsSession(withCode(code))]).toEqual([true, ends]);
});

test('an error of a statement is not temporary, by its code or its text', () => {
  expect(isUnavailable(withCode('23505'))).toBe(false);
});

test('after a refusal, callers receive the same error until the next attempt', async () => {
  const connect = () => Promise.reject(withCode('42501'));
  const sessions = new CheckOut(Object.assign(new EventEmitter(), { idleCount: 0, connect }) as unknown as Pool);
  for (let n = 0; n < 3; n++) await expect(sessions.take()).rejects.toBeInstanceOf(AccessLost);
});
