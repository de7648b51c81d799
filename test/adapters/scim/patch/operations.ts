import fc from 'fast-check';
import type { Attributes, Definitions, Operation } from './reference.js';

export const core = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
export const acme = 'urn:ietf:params:scim:schemas:extension:acme:2.0:User';

const usual = ['value', 'display', 'type', 'primary'];
const address = ['formatted', 'streetAddress', 'locality', 'region', 'postalCode', 'country', 'type', 'primary'];

/** The attributes of RFC 7643 section 4 that the operations use. */
export const definitions: Definitions = {
  '': {
    title: { kind: 'simple' },
    nickName: { kind: 'simple' },
    name: { kind: 'complex', parts: ['givenName', 'familyName'] },
    emails: { kind: 'many', parts: usual, types: ['work', 'home', 'other'] },
    roles: { kind: 'many', parts: usual, types: [] },
    addresses: { kind: 'many', parts: address, types: ['work', 'home', 'other'] },
  },
  [enterprise]: {
    department: { kind: 'simple' },
    costCenter: { kind: 'simple' },
    manager: { kind: 'complex', parts: ['value', '$ref'] },
  },
};

const word = fc.constantFrom('a', 'A', 'b', 'c');
const empty = fc.constantFrom(null, '', []);
const type = fc.constantFrom('work', 'home', 'Work', 'odd');
const primary = fc.boolean();
const part = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 6, arbitrary: value }, { weight: 1, arbitrary: fc.constantFrom(null, '') });
const record = (model: Record<string, fc.Arbitrary<unknown>>) =>
  fc.record(model, { requiredKeys: [], noNullPrototype: true });
const email = record({ value: part(word), type: part(type), primary, display: part(word) });
const place = record({ locality: part(word), country: part(word), type: part(type), primary });
const names = record({ givenName: part(word), familyName: part(word) });
const loose = fc.oneof(
  word,
  fc.array(word, { minLength: 1, maxLength: 3 }),
  record({ a: part(word), B: part(word) }),
  fc.array(record({ a: word, b: word }), { minLength: 1, maxLength: 2 }),
);

const listed = (item: fc.Arbitrary<unknown>) => fc.oneof(item, fc.array(item, { maxLength: 3 }));
const values: Record<string, fc.Arbitrary<unknown>> = {
  title: word,
  nickName: word,
  department: word,
  costCenter: word,
  name: names,
  manager: fc.oneof(record({ value: part(word) }), word),
  emails: listed(fc.oneof({ weight: 5, arbitrary: email }, { weight: 1, arbitrary: word })),
  roles: listed(fc.oneof({ weight: 5, arbitrary: email }, { weight: 1, arbitrary: word })),
  addresses: listed(place),
};
const valueFor = (name: string) =>
  fc.oneof(
    { weight: 9, arbitrary: values[name.toLowerCase()] ?? values[name] ?? loose },
    { weight: 1, arbitrary: empty },
  );

const partValue = (sub: string) => (sub === 'primary' ? primary : sub === 'type' ? part(type) : part(word));
const subsOf: Record<string, string[]> = {
  name: ['givenName', 'familyName', 'nothing'],
  manager: ['value'],
  emails: ['value', 'type', 'primary', 'display', 'nothing'],
  roles: ['value', 'type', 'primary', 'display'],
  addresses: ['locality', 'country', 'type', 'primary'],
  title: ['x'],
};
const looseSubs = ['a', 'A', 'b', 'value'];

const filterOf = (name: string): fc.Arbitrary<Operation['filter']> => {
  const known = subsOf[name];
  const byType = fc.record({ sub: fc.constant('type'), value: type });
  const byPrimary = fc.record({ sub: fc.constant('primary'), value: fc.constantFrom(true, 'True', false) });
  const byValue = fc.record({ sub: fc.constantFrom(...(known ? ['value', 'display'] : looseSubs)), value: word });
  return known ? fc.oneof(byType, byPrimary, byValue) : byValue;
};

/** An operation: its meaning, and its spelling in a request. */
export interface Written {
  means: Operation;
  sent: Attributes;
}

const attributes: [schema: string | null, name: string][] = [
  ...['title', 'nickName', 'name', 'emails', 'roles', 'addresses'].map((name): [null, string] => [null, name]),
  ...['department', 'costCenter', 'manager', 'shoe'].map((name): [string, string] => [enterprise, name]),
  ...['devices', 'info', 'site'].map((name): [string, string] => [acme, name]),
];

const cased = (text: string) => fc.constantFrom(text, text, text.toUpperCase(), text.toLowerCase());

/** Spellings of the attribute in a path: with its URN, with a dot for the colon, or without a URN if the attribute is known. */
function spellings(schema: string | null, name: string): fc.Arbitrary<string> {
  const separators = fc.constantFrom(':', ':', '.');
  const qualified = fc.tuple(fc.constantFrom(schema ?? core), separators).map(([urn, mark]) => `${urn}${mark}${name}`);
  const isKnown = schema === null || (definitions[schema]?.[name] ?? null) !== null;
  return isKnown ? fc.oneof(fc.constant(name), qualified).chain(cased) : qualified;
}

/** Spellings of an operation without a filter and a sub-attribute. */
const forms = fc.constantFrom('path', 'path', 'key', 'below', 'schema');

const one = fc.constantFrom(...attributes).chain(([schema, name]) =>
  fc
    .record({
      op: fc.constantFrom('add', 'replace', 'add', 'replace', 'remove'),
      at: fc.constantFrom('whole', 'whole', 'sub', 'filter', 'both'),
    })
    .chain(({ op, at }) => {
      const subs = subsOf[name] ?? looseSubs;
      const hasFilter = at === 'filter' || at === 'both';
      const hasSub = at === 'sub' || at === 'both';
      return fc
        .record({
          filter: hasFilter ? filterOf(name) : fc.constant(null),
          sub: hasSub ? fc.constantFrom(...subs) : fc.constant(null),
          path: spellings(schema, name),
          form: hasFilter || hasSub || op === 'remove' ? fc.constant('path') : forms,
          lists: fc.boolean(),
        })
        .chain(({ filter, sub, path, form, lists }) => {
          const value = sub === null ? valueFor(name) : partValue(sub);
          const isBare = op === 'remove' && ((hasSub && !hasFilter) || !lists);
          return (isBare ? fc.constant(undefined) : value).map(
            (given): Written =>
              written({ op: op as Operation['op'], schema, name, filter, sub, value: given }, path, form),
          );
        });
    }),
);

function written(means: Operation, path: string, form: string): Written {
  const { op, schema, name, filter, sub, value } = means;
  const urn = schema ?? core;
  if (form === 'key') return { means, sent: { op, value: { [path]: value } } };
  if (form === 'below') return { means, sent: { op, value: { [urn]: { [name]: value } } } };
  if (form === 'schema') return { means, sent: { op, path: urn, value: { [name]: value } } };
  const selector = filter ? `[${filter.sub} eq ${JSON.stringify(filter.value)}]` : '';
  const sent = { op, path: `${path}${selector}${sub ? `.${sub}` : ''}` };
  return { means, sent: value === undefined ? sent : { ...sent, value } };
}

/** Any operations, in any spelling. */
export const operations: fc.Arbitrary<Written[]> = fc.array(one, { minLength: 1, maxLength: 6 });

/**
 * Returns the operations as they are sent: consecutive ones without a path and with the same op on different attributes become one
 * operation with several attributes in its value.
 */
export function sentOf(written: readonly Written[]): Attributes[] {
  const sent: Attributes[] = [];
  let names = new Set<string>();
  for (const { means, sent: next } of written) {
    const last = sent.at(-1);
    const name = `${means.schema} ${means.name}`;
    if (last && !names.has(name) && canJoin(last, next)) {
      sent[sent.length - 1] = { ...last, value: { ...attributesOf(last), ...attributesOf(next) } };
      names.add(name);
    } else {
      sent.push(next);
      names = new Set([name]);
    }
  }
  return sent;
}

const attributesOf = ({ value }: Attributes) => value as Attributes;

function canJoin(one: Attributes, other: Attributes): boolean {
  if ('path' in one || 'path' in other || one.op !== other.op) return false;
  const keys = new Set(Object.keys(attributesOf(one)).map((key) => key.toLowerCase()));
  return Object.keys(attributesOf(other)).every((key) => !keys.has(key.toLowerCase()));
}

const stored = (item: fc.Arbitrary<Attributes>, key: string) =>
  fc.uniqueArray(item, {
    minLength: 1,
    maxLength: 3,
    selector: (each) => String(each[key]).toLowerCase() + String(each.type).toLowerCase(),
  });
const storedEmail = fc.record(
  { value: word, type, primary, display: word },
  { requiredKeys: ['value'], noNullPrototype: true },
);
const storedPlace = fc.record(
  { locality: word, country: word, type, primary },
  { requiredKeys: ['locality'], noNullPrototype: true },
);
const onePrimary = (items: Attributes[]) => {
  const last = items.findLastIndex(({ primary }) => primary === true);
  return items.map((item, n) => (item.primary === true && n !== last ? { ...item, primary: false } : item));
};
const storedName = fc.record(
  { givenName: word, familyName: word },
  { requiredKeys: ['givenName'], noNullPrototype: true },
);
const storedLoose = fc.oneof(
  word,
  fc.array(word, { minLength: 1, maxLength: 3 }),
  fc.record({ a: word, B: word }, { requiredKeys: ['a'], noNullPrototype: true }),
  fc.array(fc.record({ a: word, b: word }, { requiredKeys: ['a'], noNullPrototype: true }), {
    minLength: 1,
    maxLength: 3,
  }),
);

/** Any resource, as it is stored. */
export const resources: fc.Arbitrary<Attributes> = record({
  title: word,
  name: storedName,
  emails: stored(storedEmail as fc.Arbitrary<Attributes>, 'value').map(onePrimary),
  roles: stored(storedEmail as fc.Arbitrary<Attributes>, 'value').map(onePrimary),
  addresses: stored(storedPlace as fc.Arbitrary<Attributes>, 'locality').map(onePrimary),
  [enterprise]: fc.record(
    { department: word, manager: word.map((value) => ({ value })), shoe: storedLoose },
    { requiredKeys: ['department'], noNullPrototype: true },
  ),
  [acme]: fc.record(
    { site: word, devices: storedLoose, info: storedLoose },
    { requiredKeys: ['site'], noNullPrototype: true },
  ),
}) as fc.Arbitrary<Attributes>;
