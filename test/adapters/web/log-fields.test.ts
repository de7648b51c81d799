import { expect, test } from '@jest/globals';
import { errorFields } from '../../../src/adapters/web/log-fields.js';
import { World } from '../../support/world.js';

const textOf = (error: unknown) => JSON.stringify(errorFields(error));

test('an error is logged with its type, code, message, stack and causes', () => {
  const error = new TypeError('outer', { cause: Object.assign(new Error('inner'), { code: 'ECONNREFUSED' }) });
  expect(errorFields(error)).toMatchObject({
    type: 'TypeError',
    message: 'outer',
    stack: expect.stringMatching(/^\s+at /),
    cause: { message: 'inner', code: 'ECONNREFUSED' },
  });
  expect(errorFields(new AggregateError([new Error('one'), 'two'])).errors).toMatchObject([{ message: 'one' }, {}]);
});

test('additional properties of library errors are omitted', () => {
  const parts = {
    rawPacket: Buffer.from('CANARY'),
    parameters: ['CANARY'],
    detail: 'Key (a)=(CANARY)',
    input: 'CANARY',
  };
  expect(textOf(Object.assign(new Error('failed'), parts))).not.toMatch(/CANARY|67,65,78,65,82,89/);
  expect(textOf(new Error('failed', { cause: parts }))).not.toContain('CANARY');
  expect(textOf('CANARY')).not.toContain('CANARY');
});

test('an endless chain of causes is cut', () => {
  const error = new Error('round');
  error.cause = error;
  expect(textOf(error).match(/round/g)?.length).toBe(6);
});

test('a message of a parser or of a data exception does not repeat the value', async () => {
  const database = (await World.shared()).database();
  const failing = [
    "select 'CANARY \" CANARY'::int",
    "select 'CANARY'::timestamptz",
    "select 'CANARY'::jsonb",
    'select \'{"CANARY": CANARY}\'::jsonb',
    "insert into event_heads (organization_id, position) values ('CANARY', 0), ('CANARY', 0)",
  ];
  for (const statement of failing) {
    const error = await database.query(statement).catch((fault: unknown) => fault);
    expect(error).toBeInstanceOf(Error);
    expect(textOf(error)).not.toContain('CANARY');
  }
  for (const text of ['CANARY', '{"a":"CANARY\n"', '["CANARY"']) {
    const parse = () => JSON.parse(text);
    expect(parse).toThrow(SyntaxError);
    try {
      parse();
    } catch (error) {
      expect(textOf(error)).not.toContain('CANARY');
    }
  }
});
