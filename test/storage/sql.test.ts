import { describe, expect, test } from '@jest/globals';
import { scopeOf } from '../../src/access/scope.js';
import type { Read } from '../../src/access/write.js';
import { newId } from '../../src/kernel/ids.js';
import { and, integer, join, names, numbered, once, or, raw, scopedTo, sql } from '../../src/storage/sql.js';

/** Statements that compile and statements that do not. `npm run types` fails if one of them changes. Never called. */
export function compileTimeChecks(read: Read, text: string): void {
  const scope = scopeOf(read);
  void read.session.query(sql`select 1 from users where organization_id = ${scope}`);
  void read.session.query(sql`select 1 from users where ${sql`organization_id = ${scope} and id = ${text}`}`);
  // @ts-expect-error A statement without the organization.
  void read.session.query(sql`select 1 from users where id = ${text}`);
  // @ts-expect-error The organization's id as an ordinary value: it could belong to another organization.
  void read.session.query(sql`select 1 from users where organization_id = ${read.organizationId}`);
  // @ts-expect-error A text.
  void read.session.query('select 1 from users');
  // @ts-expect-error A text that was composed.
  void read.session.query(`select 1 from users where organization_id = '${read.organizationId}'`);
  // @ts-expect-error A text that is known only when it runs.
  raw(text);
  // @ts-expect-error An object, which the driver would write in its own way.
  sql`select ${{ text }}`;
  // @ts-expect-error An undefined value.
  sql`select ${undefined}`;
  void read.session.unscoped.query(sql`select pg_advisory_xact_lock(${1})`);
}

describe('a fragment of SQL', () => {
  test('numbers its values once, in the order of the text', () => {
    const condition = and(sql`a = ${1}`, or(sql`b = ${'two'}`, sql`c = ${null}`));
    expect(numbered(sql`select 1 where ${condition} limit ${3}`)).toEqual({
      text: 'select 1 where a = $1 and (b = $2 or c = $3) limit $4',
      values: [1, 'two', null, 3],
    });
  });

  test('is immutable: a fragment that is used twice contains its values twice', () => {
    const part = sql`a = ${1}`;
    expect(numbered(sql`${part} and ${part}`)).toEqual({ text: 'a = $1 and a = $2', values: [1, 1] });
    expect(numbered(part)).toEqual({ text: 'a = $1', values: [1] });
  });

  test('numbers a value of `once`, such as the organization, only once', () => {
    const now = once('now');
    expect(numbered(sql`a > ${now} and b > ${now}`)).toEqual({ text: 'a > $1 and b > $1', values: ['now'] });
    const read = { organizationId: newId('org') };
    const { text, values } = numbered(sql`x = ${scopeOf(read)} and y = ${1} and z = ${scopeOf(read)}`);
    expect([text, values]).toEqual(['x = $1 and y = $2 and z = $1', [read.organizationId, 1]]);
  });

  test('uses the new organization after a transaction changes it', () => {
    const read = { organizationId: newId('org') };
    const before = scopeOf(read);
    read.organizationId = newId('org');
    expect(numbered(sql`${before} ${scopeOf(read)}`).values).toEqual([expect.anything(), read.organizationId]);
    expect(numbered(before).values).not.toEqual(numbered(scopeOf(read)).values);
  });

  test('is true for `all` without conditions, and false for `any` without conditions', () => {
    expect([numbered(and()).text, numbered(or()).text, numbered(join([], ', ')).text]).toEqual(['true', 'false', '']);
  });

  test('cannot be converted to a string, because its values would be lost', () => {
    expect(() => `${sql`a = ${1}`}`).toThrow('A fragment of SQL is not a text.');
    expect(() => `${scopedTo('org')}`).toThrow(TypeError);
  });

  test('writes a whole number as text, and no other value', () => {
    expect(numbered(sql`limit ${integer(20)}`)).toEqual({ text: 'limit 20', values: [] });
    for (const wrong of [-1, 1.5, Number.NaN, 2 ** 53]) expect(() => integer(wrong)).toThrow(RangeError);
  });
  test('accepts only names of columns and tables', () => {
    expect(numbered(names(['u.id', 'users', 'u.*'])).text).toBe('u.id, users, u.*');
    for (const name of ['id; drop table users', 'u."id"', 'a b', '', "'x'", 'u..id', '1'])
      expect(() => names([name])).toThrow('is not the name of a column or table');
  });
});
