/** Returns a generator of pseudorandom numbers from 0 to 1 that a seed determines (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export type Random = () => number;

export const pick = <T>(random: Random, items: readonly [T, ...T[]]): T =>
  items[Math.floor(random() * items.length)] ?? items[0];

const words = [
  '[',
  ']',
  '.',
  ':',
  '"',
  '\\',
  ' ',
  ' eq ',
  ' and ',
  'not (',
  '[type eq "work"]',
  '.value',
  'urn:',
  '2.0',
  'User',
  'urn:ietf:params:scim:schemas:core:2.0:User',
  '$ref',
  'members',
  'é',
  '\u0000',
  '\ud800',
  '%',
  "'",
  '__proto__',
  'constructor',
  '',
] as const;
const values = [
  null,
  '',
  [],
  {},
  [[]],
  [null],
  0,
  -1,
  1.5,
  true,
  'True',
  'x',
  { value: null },
  [{ type: 'work' }],
  { value: { value: 'x' } },
  [
    { value: 'a', primary: 'True' },
    { value: 'b', primary: true },
  ],
  'y'.repeat(3_000),
  { __proto__x: 1 },
  { constructor: 'x' },
] as const;
const names = [
  'op',
  'path',
  'value',
  'Value',
  'schemas',
  'Operations',
  'members',
  'emails',
  'active',
  'id',
  'meta',
  '__proto__',
  'type',
] as const;

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Returns a copy of a JSON value with one to three random changes of texts, types, names or positions. */
export function mutated(random: Random, value: unknown): unknown {
  let result = value;
  for (let n = 1 + Math.floor(random() * 3); n > 0; n--) result = changed(random, result);
  return result;
}

function changed(random: Random, value: unknown): unknown {
  const here = random() < 0.15;
  if (Array.isArray(value) && value.length > 0 && !here) {
    const at = Math.floor(random() * value.length);
    if (random() < 0.1) return [...value, value[at]];
    if (random() < 0.1) return value.toSpliced(at, 1);
    return value.map((item, n) => (n === at ? changed(random, item) : item));
  }
  const entries = isObject(value) ? Object.entries(value) : [];
  if (entries.length > 0 && !here) {
    const at = Math.floor(random() * entries.length);
    return Object.fromEntries(
      entries.flatMap(([key, item], n): [string, unknown][] => {
        if (n !== at) return [[key, item]];
        const chance = random();
        if (chance < 0.08) return [];
        if (chance < 0.16) return [[pick(random, names), item]];
        if (chance < 0.24) return [[text(random, key), item]];
        return [[key, changed(random, item)]];
      }),
    );
  }
  if (typeof value === 'string' && !here) return text(random, value);
  return pick(random, values as unknown as [unknown, ...unknown[]]);
}

/** Returns a copy of a text with one random change. */
export function text(random: Random, before: string): string {
  const at = Math.floor(random() * (before.length + 1));
  const chance = random();
  if (chance < 0.3) return before.slice(0, at) + pick(random, words) + before.slice(at);
  if (chance < 0.5) return before.slice(0, at) + before.slice(at + 1 + Math.floor(random() * 4));
  if (chance < 0.7) return random() < 0.5 ? before.toUpperCase() : before.toLowerCase();
  if (chance < 0.8) return before.slice(0, at);
  return before.slice(0, at) + before.slice(at).replace(/[.:[\]" ]/, () => pick(random, words));
}
