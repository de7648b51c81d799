import { mutated, pick, type Random, text } from './mutate.js';
import { canary, domain, type Scene } from './scene.js';

/** One request to an entry point. */
export interface Sent {
  method: string;
  /** Path and query. */
  path: string;
  headers: Record<string, string>;
  body?: string;
}

/** Makes one random request to an entry point. */
export type Make = (scene: Scene, random: Random) => Sent;

export const chance = (random: Random, share: number): boolean => random() < share;

/** Returns a text that a parser, index or log might not expect. */
export const odd = (random: Random): string =>
  pick(random, [
    '',
    ' ',
    canary,
    `${canary}@${domain}`,
    '\0',
    '%00',
    '\ud800',
    '\u{1f600}',
    '../../etc/passwd',
    "' or 1=1 --",
    '<script>alert(1)</script>',
    '__proto__',
    'constructor',
    '-1',
    '0',
    '1e99',
    '99999999999999999999',
    'null',
    'a'.repeat(300),
    'b'.repeat(5_000),
    '2026-02-30T25:00:00Z',
    'https://127.0.0.1:1/',
    'javascript:alert(1)',
    '[',
    '{}',
  ]);

/** Returns the value unchanged, changed or replaced. */
export function maybe(random: Random, value: string): string {
  const roll = random();
  if (roll < 0.7) return value;
  return roll < 0.85 ? text(random, value) : odd(random);
}

/** Returns a random selection of the fields: some are changed, and sometimes one is unknown or repeated. */
export function fields(random: Random, all: Record<string, string>, share = 0.9): URLSearchParams {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(all)) {
    if (chance(random, share)) form.append(chance(random, 0.03) ? text(random, name) : name, maybe(random, value));
    if (chance(random, 0.02)) form.append(name, odd(random));
  }
  if (chance(random, 0.05)) form.append(odd(random) || 'x', odd(random));
  return form;
}

const types = [
  'application/json',
  'application/scim+json',
  'application/x-www-form-urlencoded',
  'text/plain',
  'multipart/form-data; boundary=x',
  'application/secevent+jwt',
  `x/${canary}`,
  '',
] as const;

/** Returns a body with its media type, sometimes with another one. */
export function typed(random: Random, type: string, body: string): Pick<Sent, 'headers' | 'body'> {
  const given = chance(random, 0.05) ? pick(random, types) : type;
  return { headers: given ? { 'content-type': given } : {}, body };
}

export const form = (random: Random, all: Record<string, string>, share?: number): Pick<Sent, 'headers' | 'body'> =>
  typed(random, 'application/x-www-form-urlencoded', fields(random, all, share).toString());

export const json = (random: Random, value: unknown): Pick<Sent, 'headers' | 'body'> =>
  typed(random, 'application/json', JSON.stringify(chance(random, 0.3) ? mutated(random, value) : value));

export const bearer = (random: Random, tokens: readonly [string, ...string[]]): Record<string, string> => {
  const roll = random();
  if (roll < 0.03) return {};
  if (roll < 0.06) return { authorization: maybe(random, `Bearer ${odd(random)}`) };
  return { authorization: `Bearer ${roll < 0.1 ? text(random, pick(random, tokens)) : pick(random, tokens)}` };
};

/** Returns a query string of random fields, sometimes malformed; empty if no field is selected. */
export const query = (random: Random, all: Record<string, string>, share?: number): string => {
  const search = fields(random, all, share).toString();
  return search === '' ? '' : `?${chance(random, 0.05) ? text(random, search) : search}`;
};
