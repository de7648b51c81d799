import { isObject } from '../../json.js';
import type { Connection } from '../connections/connection.js';
import type { Assertion } from './assertion.js';

type Claims = Pick<Assertion, 'claims'>;
type Policy = Pick<Connection, 'jit' | 'groupMappings'>;

const maxName = 1_024;
/** The attribute that Entra sends in SAML if a user has too many groups. */
const samlOverage = 'http://schemas.microsoft.com/claims/groups.link';

/** Returns the claim of a name, or of a path with dots through objects, as Keycloak's `realm_access.roles`. */
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
 * Returns the names or ids of groups that the claims list, each once and without white space around it. Null if the IdP did
 * not send them: groups that are unknown are not empty, so nothing may be removed because of them.
 */
export function groupsOf(assertion: Claims, groupsClaim: string): string[] | null {
  const value = claimAt(assertion, groupsClaim);
  if (typeof value !== 'string' && !Array.isArray(value)) return null;
  const texts = [value].flat().filter((name): name is string => typeof name === 'string');
  const names = texts.map((name) => name.trim()).filter((name) => name !== '' && name.length <= maxName);
  // A list without a readable entry is not an empty list.
  return names.length === 0 && [value].flat().length > 0 && !isBlank(value) ? null : [...new Set(names)];
}

const isBlank = (value: unknown): boolean =>
  [value].flat().every((one) => typeof one === 'string' && one.trim() === '');

/** Describes why the groups are unknown, for the administrator; null if the claims list them. */
export function whyNoGroups(assertion: Claims, groupsClaim: string): string | null {
  if (groupsOf(assertion, groupsClaim) !== null) return null;
  if (hasOverage(assertion, groupsClaim))
    return 'the user has too many groups for the IdP to send (overage): limit the groups that it sends to those assigned to the application';
  const value = claimAt(assertion, groupsClaim);
  if (value === undefined || value === null)
    return `the IdP did not send the groups: the claim "${groupsClaim}" is missing`;
  return `the claim "${groupsClaim}" is not a list of names`;
}

/** Entra sends a reference instead of more than 200 groups (150 in SAML): `_claim_names`, `hasgroups`, `groups.link`. */
function hasOverage({ claims }: Claims, groupsClaim: string): boolean {
  const names = Object.hasOwn(claims, '_claim_names') ? claims._claim_names : undefined;
  const refers = isObject(names)
    ? Object.hasOwn(names, groupsClaim) || Object.hasOwn(names, 'groups')
    : names !== undefined;
  return refers || [true, 'true'].includes(claims.hasgroups as never) || Object.hasOwn(claims, samlOverage);
}

/** Returns the quirks for the request log: groups that are missing, unreadable or left out. */
export function quirksOfGroups(assertion: Claims, { jit, groupMappings }: Policy): string[] {
  const groups = groupsOf(assertion, jit.groupsClaim);
  if (hasOverage(assertion, jit.groupsClaim) && groups === null) return ['groupsOverage'];
  const value = claimAt(assertion, jit.groupsClaim);
  const isNeeded = jit.requiredGroups.length > 0 || jit.syncGroups || groupMappings.length > 0;
  if (value === undefined || value === null) return isNeeded ? ['groupsMissing'] : [];
  if (groups === null) return ['groupsNotAList'];
  const left = [value].flat().filter((one) => typeof one !== 'string' || one.trim().length > maxName);
  return left.length > 0 ? ['groupsLeftOut'] : [];
}
