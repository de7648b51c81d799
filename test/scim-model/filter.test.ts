import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fold } from '../../src/kernel/fold.js';
import { comparisons, type Filter, printFilter } from '../../src/scim-model/filter.js';
import { matchesResource } from '../../src/scim-model/match-filter.js';
import { parseFilter } from '../../src/scim-model/parse-filter.js';
import { FilterSyntax } from '../../src/scim-model/syntax-errors.js';
import { userType } from '../../src/scim-model/user-schema.js';
import { parsePath } from '../../src/scim-model/value-path.js';
import { filterSoup } from '../support/filters.js';
import { type Tenant, World } from '../support/world.js';

const value = fc.oneof(fc.string({ maxLength: 6 }), fc.boolean(), fc.integer(), fc.constant(null));
const path = fc
  .constantFrom('userName', 'title', 'nickName', 'name.givenName', 'emails.type', 'emails.value', 'displayName')
  .map((text) => {
    const [name = '', sub] = text.split('.');
    return { urn: null, name, sub: sub ?? null };
  });
const leaf = fc.oneof(
  fc.record({ kind: fc.constant('compare' as const), path, op: fc.constantFrom(...comparisons), value }),
  fc.record({ kind: fc.constant('present' as const), path }),
);
const filter: fc.Arbitrary<Filter> = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf as fc.Arbitrary<Filter>,
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      left: tie('filter'),
      right: tie('filter'),
    }) as fc.Arbitrary<Filter>,
    fc.record({ kind: fc.constant('not' as const), filter: tie('filter') }) as fc.Arbitrary<Filter>,
  ),
})).filter;

describe('the filter language (RFC 7644 section 3.4.2.2)', () => {
  test('parse(print(filter)) is the filter', () => {
    fc.assert(
      fc.property(filter, (given) => expect(parseFilter(printFilter(given))).toEqual(given)),
      { numRuns: 500 },
    );
  });

  test('not binds tighter than and, and and binds tighter than or', () => {
    const print = (text: string) => printFilter(parseFilter(text));
    expect(print('a eq 1 or b eq 2 and c eq 3')).toBe('(a eq 1) or ((b eq 2) and (c eq 3))');
    expect(print('not (a pr) and b pr')).toBe('(not (a pr)) and (b pr)');
    expect(print('emails[type eq "work" AND value Co "x"]')).toBe('emails[(type eq "work") and (value co "x")]');
    expect(print('emails[type eq "work"].value eq "x\\u0041"')).toBe('emails[type eq "work"].value eq "xA"');
    expect(print('urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value pr')).toContain(
      '2.0:User:manager.value pr',
    );
  });

  test('random text is parsed, or refused with invalidFilter', () => {
    fc.assert(
      fc.property(filterSoup, (text) => {
        try {
          parseFilter(text);
        } catch (error) {
          expect(error).toBeInstanceOf(FilterSyntax);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('an error of a filter contains the position, what was expected, and what was found', () => {
  test.each([
    ['emails[type=work]', 8, 'type eq "work"'],
    ['emails[type=work].value eq "x"', 8, 'type eq "work"'],
    ['userName=jo', 1, 'userName eq "jo"'],
    ['userName = "jo"', 10, 'found "="'],
    ['userName is "jo"', 10, 'eq, ne, co'],
    ['userName eq jo', 13, 'double quotes such as "jo"'],
    ["userName eq 'jo'", 13, 'double quotes such as "jo"'],
    ['userName eq', 12, 'found the end'],
    ['userName eq "jo', 13, 'double quote'],
    ['userName eq "\\x"', 13, 'JSON'],
    ['userName', 9, 'operator after "userName"'],
    ['userName pr title pr', 13, '"and", "or"'],
    ['(userName pr', 13, '")"'],
    ['emails[type pr', 15, '"]"'],
    ['userName pr and', 16, 'an attribute name'],
  ])('%s: at character %i', (filter, at, part) => {
    const parse = () => parseFilter(filter);
    expect(parse).toThrow(FilterSyntax);
    expect(parse).toThrow(new RegExp(`at character ${at}: `));
    expect(parse).toThrow(part);
  });

  test('the position in a PATCH path counts from the beginning of the path', () => {
    expect(() => parsePath('emails[type=work].value')).toThrow('at character 8: ');
  });
});

test('fold is idempotent over all code points', () => {
  for (let point = 0; point <= 0x10ffff; point++) {
    const text = String.fromCodePoint(point);
    const once = fold(text);
    if (fold(once) !== once) throw new Error(`U+${point.toString(16)}`);
  }
});

describe('a filter selects the same users in SQL and in memory', () => {
  let world: World;
  let tenant: Tenant;
  beforeAll(async () => {
    world = await World.shared();
    tenant = await world.tenant();
    const people = [
      {
        userName: 'Ann@acme.com',
        title: 'A',
        nickName: 'x',
        emails: [
          { type: 'work', value: 'Ann@acme.com' },
          { type: 'home', value: 'a@h.io' },
        ],
      },
      { userName: 'bob', name: { givenName: 'Bob' }, displayName: 'Bob B' },
      { userName: 'cé', title: 'a', emails: [{ type: 'home', value: 'C@H.io', primary: true }] },
      { userName: 'd%_d', title: '%', name: { givenName: '\u{1F600}' }, nickName: 'X' },
    ];
    for (const person of people) expect((await tenant.scim('POST', '/Users', person)).status).toBe(201);
  });
  afterAll(() => world.close());

  test('on random filters', async () => {
    const { body } = await tenant.scim('GET', '/Users');
    const values = fc.constantFrom(
      'ann@acme.com',
      'A',
      'a',
      '%',
      'X',
      'bob',
      'work',
      'HOME',
      'c@h.io',
      '\u{1F600}',
      'B',
      '',
      null,
    );
    const near = fc.record({
      kind: fc.constant('compare' as const),
      path,
      op: fc.constantFrom(...comparisons),
      value: values,
    });
    const element = fc.record({
      kind: fc.constant('element' as const),
      path: fc.constant({ urn: null, name: 'emails', sub: null }),
      filter: fc.record({
        kind: fc.constant('compare' as const),
        path: fc.constantFrom('type', 'value').map((name) => ({ urn: null, name, sub: null })),
        op: fc.constantFrom(...comparisons),
        value: values,
      }),
      also: fc.constant(null),
    });
    const some = fc.oneof(
      near,
      element,
      fc.record({ kind: fc.constant('present' as const), path }),
    ) as fc.Arbitrary<Filter>;
    const pair = fc.oneof(
      some,
      fc.record({
        kind: fc.constantFrom('and' as const, 'or' as const),
        left: some,
        right: some,
      }) as fc.Arbitrary<Filter>,
      fc.record({ kind: fc.constant('not' as const), filter: some }) as fc.Arbitrary<Filter>,
    );
    await fc.assert(
      fc.asyncProperty(pair, async (given) => {
        const text = printFilter(given);
        const answer = await tenant.scim('GET', `/Users?filter=${encodeURIComponent(text)}`);
        let expected: string[] | 'invalidFilter';
        try {
          expected = body.Resources.filter((user: Record<string, unknown>) =>
            matchesResource(userType, user, parseFilter(text)),
          ).map(({ id }: { id: string }) => id);
        } catch {
          expected = 'invalidFilter';
        }
        const got =
          answer.status === 400 ? answer.body.scimType : answer.body.Resources.map(({ id }: { id: string }) => id);
        expect([text, got]).toEqual([text, expected]);
      }),
      { numRuns: 400 },
    );
  });
});
