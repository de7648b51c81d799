import { BadInput } from '../../kernel/errors.js';
import { fold } from '../../kernel/fold.js';
import { checkAll } from '../../kernel/input-errors.js';
import { isObject, type Json } from '../../kernel/json.js';
import { lengthError, nameError } from '../../kernel/text-limits.js';
import { enterpriseUrn } from '../../scim-model/enterprise-schema.js';

export interface EmailAddress {
  value: string;
  type?: string;
  display?: string;
  primary?: boolean;
}

/** The profile without userName, which has its own column. */
export interface StoredProfile {
  displayName?: string;
  name?: { formatted?: string; givenName?: string; familyName?: string; [part: string]: unknown };
  emails?: EmailAddress[];
  title?: string;
  locale?: string;
  timezone?: string;
  [attribute: string]: unknown;
}

/**
 * The profile of a user in the form of RFC 7643: core attributes by name, extensions by URN, and unknown attributes as
 * they were sent. Unassigned attributes are absent, never null.
 */
export interface Profile extends StoredProfile {
  userName: string;
}

/**
 * Returns `value` without unassigned parts: `null`, "", empty lists and empty objects are equal to absence (RFC 7643
 * section 2.5).
 */
export function compact(value: unknown): unknown {
  if (value === null || value === '') return undefined;
  if (Array.isArray(value)) {
    const items = value.map(compact).filter((item) => item !== undefined);
    return items.length > 0 ? items : undefined;
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value).flatMap(([key, item]) => {
    const kept = compact(item);
    return kept === undefined ? [] : [[key, kept] as const];
  });
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

/** Returns `lower` with `upper` merged into it: objects attribute by attribute, other values as a whole. */
export function overlay(lower: StoredProfile, upper: StoredProfile): StoredProfile {
  if (Object.keys(upper).length === 0) return lower;
  const merged = new Map(Object.entries(lower));
  for (const [key, value] of Object.entries(upper)) {
    const before = merged.get(key);
    merged.set(key, isObject(before) && isObject(value) ? overlay(before, value) : value);
  }
  return Object.fromEntries(merged);
}

/** Returns the value with every string case-folded, so that case-insensitive filters need no SQL function. */
export function folded(value: unknown): unknown {
  if (typeof value === 'string') return fold(value);
  if (Array.isArray(value)) return value.map(folded);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, folded(item)]));
}

/** Returns the primary address; without one, the work address, otherwise the first address. */
export function primaryEmail({ emails = [] }: Profile): string | null {
  const chosen = emails.find(({ primary }) => primary) ?? emails.find(({ type }) => type?.toLowerCase() === 'work');
  return (chosen ?? emails[0])?.value ?? null;
}

/** Returns the attributes of the enterprise extension; empty if there are none. */
export function enterpriseOf(profile: Profile): Json {
  const extension = profile[enterpriseUrn];
  return isObject(extension) ? extension : {};
}

/** Returns the id in the manager attribute, even if no such user exists. */
export function managerOf(profile: Profile): string | null {
  const { manager } = enterpriseOf(profile);
  return isObject(manager) && typeof manager.value === 'string' ? manager.value : null;
}

const named = new Set(['userName', 'displayName', 'emails', 'title', 'locale', 'timezone']);
const namedParts = new Set(['givenName', 'familyName']);
const namedEnterprise = new Set(['department', 'employeeNumber', 'manager']);

/** Returns the attributes of the profile that have no field in the API, under their SCIM names. */
export function customAttributes(profile: Profile): Json {
  const rest = Object.entries(profile).flatMap(([key, value]) => {
    if (named.has(key)) return [];
    const hidden = key === 'name' ? namedParts : key === enterpriseUrn ? namedEnterprise : null;
    const kept = hidden ? compact(without(value as Json, hidden)) : value;
    return kept === undefined ? [] : [[key, kept] as const];
  });
  return Object.fromEntries(rest);
}

const without = (object: Json, keys: ReadonlySet<string>): Json =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.has(key)));

/** Checks a profile before it is saved, for all entry points. @throws BadInput that names each invalid attribute */
export function checkProfile(profile: Profile): void {
  const { displayName, name, emails = [] } = profile;
  const indexed = { displayName, 'name.familyName': name?.familyName, manager: managerOf(profile) };
  checkAll([
    () => expectSound('userName', nameError(profile.userName ?? '')),
    ...emails.map(({ value }) => () => {
      expectSound('emails', typeof value === 'string' ? nameError(value) : 'must have a "value" that is a string');
    }),
    ...Object.entries(indexed).map(([attribute, value]) => () => {
      expectSound(attribute, typeof value === 'string' ? lengthError(value) : null);
    }),
  ]);
}

function expectSound(attribute: string, fault: string | null): void {
  if (fault) throw new BadInput(`"${attribute}" ${fault}.`);
}
