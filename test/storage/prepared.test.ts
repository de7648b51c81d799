import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { prepared } from '../../src/storage/prepared.js';
import { and, integer, join, names, numbered, once, or, type Sql, sql, type Value } from '../../src/storage/sql.js';

const cases = Number(process.env.PROPERTY_CASES ?? 200);
const value: fc.Arbitrary<Value> = fc.oneof(fc.integer(), fc.string({ maxLength: 3 }), fc.constant(null));
const repeated = ['first', 'second'].map((text) => once(text));

/** Fragments that share templates, so that statements can differ in one part only. */
const { fragment } = fc.letrec<{ fragment: Sql }>((tie) => ({
  fragment: fc.oneof(
    { maxDepth: 4 },
    value.map((a) => sql`a = ${a}`),
    fc.constantFrom(...repeated),
    value.map((a) => once(a)),
    fc.nat(3).map(integer),
    fc.constantFrom(['id'], ['id', 'u.name']).map(names),
    fc.oneof(value, tie('fragment')).map((a) => sql`(${a})`),
    fc.tuple(fc.oneof(value, tie('fragment')), fc.oneof(value, tie('fragment'))).map(([a, b]) => sql`${a} or ${b}`),
    fc.array(tie('fragment'), { maxLength: 3 }).map((list) => and(...list)),
    fc.array(tie('fragment'), { maxLength: 3 }).map((list) => or(...list)),
    fc.array(tie('fragment'), { maxLength: 3 }).map((list) => join(list, ', ')),
  ),
}));

describe('a prepared statement', () => {
  test('has the text and the values of its fragment, however often it is sent', () => {
    fc.assert(
      fc.property(fragment, fc.boolean(), (statement, isConstant) => {
        const { text, values } = numbered(statement);
        for (let n = 0; n < 2; n++) expect(prepared(statement, { isConstant })).toMatchObject({ text, values });
      }),
      { numRuns: cases },
    );
  });

  test('has the same name for the same text only', () => {
    const [one, other] = [sql`select ${1}::int`, sql`select ${1}::text`].map((f) => prepared(f, { isConstant: true }));
    expect(one?.name).toBeDefined();
    expect(prepared(sql`select ${2}::int`, { isConstant: true }).name).toBe(one?.name);
    expect(other?.name).not.toBe(one?.name);
  });

  test('has a name after its fifth use if its text is not constant, unless it contains a pattern', () => {
    const uses = (make: () => Sql) => Array.from({ length: 7 }, () => prepared(make(), { isConstant: false }).name);
    const filter = uses(() => sql`select from users where name = ${'x'}`);
    expect(filter.slice(0, 5)).toEqual(Array(5).fill(undefined));
    expect([filter[5], filter[6]]).toEqual([expect.any(String), filter[5]]);
    expect(uses(() => sql`select from users where name like ${'x%'}`)).toEqual(Array(7).fill(undefined));
  });

  test('is recognized after very many others', () => {
    for (let n = 0; n < 30_000; n++) prepared(sql`select ${integer(n)}`, { isConstant: false });
    const statement = () => prepared(sql`select from users where id = ${'x'}`, { isConstant: true });
    expect(statement()).toEqual(statement());
  });
});
