import { isObject } from '../../kernel/json.js';

const maxNames = 20;
/**
 * Claims of the protocol, which are in every ID token or assertion and contain nothing that an administrator can map.
 */
const protocolClaims = new Set([
  ...['iss', 'aud', 'azp', 'exp', 'iat', 'nbf', 'nonce', 'jti', 'sub', 'sid', 'auth_time', 'acr', 'amr'],
  ...['at_hash', 'c_hash', 's_hash', 'typ', 'ver', '_claim_names', '_claim_sources'],
]);

type Claims = Record<string, unknown>;
const quoted = (name: string): string => `"${name.slice(0, 100)}"`;

/** Joins names for a sentence: "a", "b" and "c". */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, maxNames).map(quoted);
  if (names.length > maxNames) return `${shown.join(', ')} and ${names.length - maxNames} more`;
  const last = shown.pop() ?? '';
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`;
}

/** The carrier of an expected claim, in the terms of the protocol. */
export type Carrier = 'ID token' | 'assertion';

/**
 * Describes a missing claim or attribute, with the names that were sent and the required change. Values are omitted,
 * because the reason becomes part of an event.
 */
export function whyMissing(carrier: Carrier, name: string, claims: Claims): string {
  const word = carrier === 'assertion' ? 'attribute' : 'claim';
  const value = Object.hasOwn(claims, name) ? claims[name] : null;
  const isBlank = value == null || (typeof value === 'string' && value.trim() === '');
  if (!isBlank) return `the ${word} ${quoted(name)} of the ${carrier} has a value that cannot be used`;
  const names = Object.keys(claims)
    .filter((one) => one !== name && !protocolClaims.has(one))
    .sort();
  const missing = `the ${carrier} has no ${word} ${quoted(name)}`;
  if (names.length === 0) return `${missing}, and no other. Send ${quoted(name)} from the IdP`;
  const advice = names.length === 1 ? 'Map it' : 'Map one of them';
  return `${missing}. It has ${listed(names)}. ${advice} to ${quoted(name)} at the IdP`;
}

/** Returns the paths of lists of strings inside objects in the claims, such as Keycloak's `realm_access.roles`. */
export function nestedLists(claims: Claims, below?: string): string[] {
  const roots = below === undefined ? Object.keys(claims) : Object.hasOwn(claims, below) ? [below] : [];
  return roots.flatMap((root) => listsBelow(claims[root], root, 2)).slice(0, 3);
}

function listsBelow(value: unknown, path: string, depth: number): string[] {
  if (depth === 0 || !isObject(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const isList = Array.isArray(inner) && inner.length > 0 && inner.every((one) => typeof one === 'string');
    return isList ? [`${path}.${name}`.slice(0, 200)] : listsBelow(inner, `${path}.${name}`, depth - 1);
  });
}

/** Returns the advice to read the groups from one of these paths. */
export const adviceOf = (paths: readonly string[]): string =>
  `set "jit.groupsClaim" to ${paths.map(quoted).join(' or ')}`;
