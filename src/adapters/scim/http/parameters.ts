import { isObject, type Json } from '../../../kernel/json.js';
import { ScimError, type ScimType } from './errors.js';

const names = [
  'filter',
  'sortBy',
  'sortOrder',
  'startIndex',
  'count',
  'cursor',
  'attributes',
  'excludedAttributes',
] as const;
/** Parameters of RFC 7644 sections 3.4.2 and 3.9, and of RFC 9865. */
export type Parameter = (typeof names)[number];

const knownNames = new Map<string, Parameter>(names.map((name) => [name.toLowerCase(), name]));

/** Returns the parameters of a URL under their names in the RFC. A repeated parameter becomes a list. */
export function urlParameters(query: unknown): Json {
  const given = new Map<string, unknown[]>();
  for (const [name, value] of Object.entries(isObject(query) ? query : {})) {
    const known = knownNames.get(name.toLowerCase()) ?? name;
    given.set(known, [...(given.get(known) ?? []), ...(Array.isArray(value) ? value : [value])]);
  }
  return Object.fromEntries([...given].map(([name, values]) => [name, values.length === 1 ? values[0] : values]));
}

/**
 * Returns the parameters in the body of a SearchRequest (RFC 7644 section 3.4.3) in the form of URL parameters. Names
 * are case-insensitive like those of all attributes, and lists of names become text.
 *
 * @throws ScimError if the body is not an object, or a list contains anything but names
 */
export function searchParameters(body: unknown): Json {
  if (!isObject(body)) throw new ScimError(400, 'invalidSyntax', 'The body must be a SearchRequest object.');
  const given = Object.entries(body).map(([name, value]): [string, unknown] => {
    const known = knownNames.get(name.toLowerCase()) ?? name;
    return [known, known === 'attributes' || known === 'excludedAttributes' ? namesIn(known, value) : value];
  });
  const twice = given.find(([name], n) => given.findIndex(([other]) => other === name) !== n);
  if (twice) throw new ScimError(400, 'invalidSyntax', `"${twice[0]}" can be given only once.`);
  return Object.fromEntries(given);
}

function namesIn(name: Parameter, value: unknown): unknown {
  if (value === null || value === undefined || typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(',');
  throw new ScimError(400, 'invalidValue', `"${name}" must be a list of attribute names.`);
}

/** Returns a text parameter; null if it is absent. @throws ScimError for a list and any other type */
export function textParameter(query: Json, name: Parameter, fault: ScimType = 'invalidValue'): string | null {
  const value = query[name];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') throw wrong(name, 'a string', value, fault);
  return value;
}

/** Returns an integer parameter; null if it is absent. @throws ScimError for anything else */
export function numberParameter(query: Json, name: Parameter, fault: ScimType = 'invalidValue'): number | null {
  const value = query[name];
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  if (typeof value === 'string' && /^-?\d{1,15}$/.test(value)) return Number(value);
  throw wrong(name, 'a whole number', value, fault);
}

const wrong = (name: Parameter, need: string, value: unknown, fault: ScimType) =>
  new ScimError(400, fault, `"${name}" must be ${need}${Array.isArray(value) ? ', given only once' : ''}.`);
