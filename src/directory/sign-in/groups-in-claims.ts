import { isObject } from '../../kernel/json.js';
import type { Connection } from '../connections/connection.js';
import type { Assertion } from './assertion.js';
import { adviceOf, nestedLists } from './missing-claims.js';

type Claims = Pick<Assertion, 'claims'>;
type Policy = Pick<Connection, 'jit' | 'groupMappings'>;

const maxName = 1_024;
/** The claims in which Entra sends groups, in OpenID Connect and in SAML. */
const entraGroups = ['groups', 'http://schemas.microsoft.com/ws/2008/06/identity/claims/groups'];
/** The attribute that Entra sends in SAML if a user has too many groups. */
const samlOverage = 'http://schemas.microsoft.com/claims/groups.link';

/** Returns the claim with this name or dotted path through objects, such as Keycloak's `realm_access.roles`. */
export function claimAt({ claims }: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let value: unknown = claims;
  for (const step of name.split('.')) {
    if (!isObject(value) || !Object.hasOwn(value, step)) return undefined;
    value = value[step];
  }
  return value;
}

/**
 * The groups in the claims. If the list is incomplete, the user can be in other groups too, so no membership may be
 * removed.
 */
export interface ListedGroups {
  /** Names or ids without duplicates and surrounding white space. */
  names: string[];
  /** False if the IdP did not send all groups, or sent groups that cannot be read. */
  isComplete: boolean;
}

/** Returns the groups in the claims. Groups that are not sent are unknown, which differs from an empty list. */
export function groupsOf(assertion: Claims, groupsClaim: string): ListedGroups {
  const sent = entriesOf(assertion, groupsClaim);
  const names = (sent ?? []).filter(isText).map((name) => name.trim());
  const readable = names.filter((name) => name !== '' && name.length <= maxName);
  const isComplete = sent !== null && leftOut(sent).length === 0 && !hasOverage(assertion, groupsClaim);
  return { names: [...new Set(readable)], isComplete };
}

/** Returns the entries of the claim. Null if it was not sent, is blank, or is not a list. */
function entriesOf(assertion: Claims, groupsClaim: string): unknown[] | null {
  const value = claimAt(assertion, groupsClaim);
  if (typeof value !== 'string' && !Array.isArray(value)) return null;
  const entries: unknown[] = [value].flat();
  return entries.length > 0 && entries.every(isBlank) ? null : entries;
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isBlank = (value: unknown): boolean => isText(value) && value.trim() === '';
const leftOut = (entries: readonly unknown[]): unknown[] =>
  entries.filter((one) => !isText(one) || one.trim().length > maxName);

/** Returns the reason why the groups are unknown, for the administrator; null if the claims list all groups. */
export function whyNoGroups(assertion: Claims, groupsClaim: string): string | null {
  const { names, isComplete } = groupsOf(assertion, groupsClaim);
  if (isComplete) return null;
  if (hasOverage(assertion, groupsClaim))
    return 'the user has too many groups for the IdP to send (overage): limit the groups that it sends to those assigned to the application';
  if (isMissing(assertion, groupsClaim)) {
    const elsewhere = nestedLists(assertion.claims);
    const advice = elsewhere.length > 0 ? `. If the groups are inside another claim, ${adviceOf(elsewhere)}` : '';
    return `the IdP did not send the groups: the claim "${groupsClaim}" is missing or blank${advice}`;
  }
  if (names.length > 0) return `the claim "${groupsClaim}" has entries that are not names`;
  const inside = nestedLists(assertion.claims, groupsClaim);
  const advice = inside.length > 0 ? `: it is an object, so ${adviceOf(inside)}` : '';
  return `the claim "${groupsClaim}" is not a list of names${advice}`;
}

function isMissing(assertion: Claims, groupsClaim: string): boolean {
  const value = claimAt(assertion, groupsClaim);
  if (value === undefined || value === null) return true;
  const entries = [value].flat();
  return entries.length > 0 && entries.every(isBlank);
}

/**
 * Returns true if the IdP has sent a reference instead of the groups. Entra does so for more than 200 groups (150 in
 * SAML): `_claim_names`, `hasgroups`, `groups.link`. Each refers to one claim; a list in another claim is complete.
 */
function hasOverage(assertion: Claims, groupsClaim: string): boolean {
  const { claims } = assertion;
  if (isElsewhere(assertion, groupsClaim)) return true;
  const isOfEntra = entraGroups.includes(groupsClaim);
  if (isOfEntra && (claims.hasgroups === true || claims.hasgroups === 'true')) return true;
  // Another claim can be missing for the same reason: it is filled from the groups of Entra.
  return Object.hasOwn(claims, samlOverage) && (isOfEntra || isMissing(assertion, groupsClaim));
}

/**
 * Returns true if the IdP refers to another source for a claim (OpenID Connect Core section 5.6.2), by its name or
 * path.
 */
export function isElsewhere({ claims }: Claims, claim: string): boolean {
  const names = Object.hasOwn(claims, '_claim_names') ? claims._claim_names : undefined;
  if (!isObject(names)) return names !== undefined;
  return [claim, claim.split('.')[0] ?? ''].some((name) => Object.hasOwn(names, name));
}

/** Returns the quirks for the request log: groups that are missing, unreadable or omitted. */
export function quirksOfGroups(assertion: Claims, { jit, groupMappings }: Policy): string[] {
  const { names, isComplete } = groupsOf(assertion, jit.groupsClaim);
  if (isComplete) return [];
  if (hasOverage(assertion, jit.groupsClaim)) return ['groupsOverage'];
  const isNeeded = jit.requiredGroups.length > 0 || jit.syncGroups || groupMappings.length > 0;
  if (isMissing(assertion, jit.groupsClaim)) return isNeeded ? ['groupsMissing'] : [];
  return [names.length > 0 ? 'groupsLeftOut' : 'groupsNotAList'];
}
