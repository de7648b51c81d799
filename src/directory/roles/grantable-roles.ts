import type { ConnectionSettings } from '../../access/connection-settings.js';
import { BadInput } from '../../kernel/errors.js';
import { fold } from '../../kernel/fold.js';
import { isObject } from '../../kernel/json.js';
import type { GroupFacts } from '../groups/group.js';
import type { Profile } from '../users/profile.js';

/**
 * Returns the roles that the connection's IdP can grant, in the operator's spelling. If they are not set, these are the
 * roles in the group mappings.
 */
export const grantableRoles = (settings: Pick<ConnectionSettings, 'grantableRoles' | 'groupMappings'>): string[] => [
  ...new Set(settings.grantableRoles ?? settings.groupMappings.flatMap(({ roles }) => roles)),
];

/** Roles requested by an IdP, split into granted and rejected roles. */
export interface Granted {
  roles: string[];
  refused: string[];
}

function bounded(settings: ConnectionSettings, names: readonly string[]): Granted {
  const allowed = new Map(grantableRoles(settings).map((name) => [fold(name), name]));
  const known = names.map((name) => [name, allowed.get(fold(name))] as const);
  return {
    roles: [...new Set(known.flatMap(([, role]) => role ?? []))].sort(),
    refused: [...new Set(known.flatMap(([name, role]) => (role === undefined ? [name] : [])))],
  };
}

/** Returns the roles that the claims of a sign-in grant: the listed roles and the roles of the listed groups. */
export function rolesInClaims(settings: ConnectionSettings, groups: readonly string[], roles: unknown): Granted {
  const listed = [roles].flat().filter((role): role is string => typeof role === 'string' && role !== '');
  const known = new Set(groups.map(fold));
  const mapped = settings.groupMappings.filter(({ group }) => known.has(fold(group)));
  return bounded(settings, [...listed, ...mapped.flatMap((mapping) => mapping.roles)]);
}

/** Returns the roles that group mappings can have granted. They are kept while the IdP does not send the groups. */
export function rolesOfMappings({ groupMappings }: ConnectionSettings, roles: readonly string[]): string[] {
  const mapped = new Set(groupMappings.flatMap((mapping) => mapping.roles).map(fold));
  return roles.filter((role) => mapped.has(fold(role)));
}

/** Returns the roles in the user's `roles` attribute (RFC 7643 section 4.1.2) as the IdP sent it. */
export function rolesInProfile(settings: ConnectionSettings, { roles }: Profile): Granted {
  const items = Array.isArray(roles) ? roles : [];
  const names = items.flatMap((item: unknown) => {
    const name = isObject(item) ? (item.value ?? item.display) : item;
    return typeof name === 'string' ? [name] : [];
  });
  return bounded(settings, names);
}

/** Returns the roles that the connection's group mappings grant to the members of a group. */
export function rolesOfGroup(settings: ConnectionSettings, { displayName, externalId }: GroupFacts): Granted {
  const name = fold(displayName);
  const mapped = settings.groupMappings.filter(({ group }) => group === externalId || fold(group) === name);
  return bounded(
    settings,
    mapped.flatMap(({ roles }) => roles),
  );
}

/** Returns true if two sorted lists of roles are equal. */
export const sameRoles = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((role, n) => role === other[n]);

/** Returns names of roles, sorted and without duplicates. @throws BadInput for an empty or too long name */
export function checkedRoles(roles: readonly string[], field = 'roles'): string[] {
  const wrong = roles.some((role) => role.trim() === '' || role.length > 200);
  if (wrong || roles.length > 200)
    throw new BadInput(`"${field}" can have at most 200 entries, with 1 to 200 characters each.`, field);
  return [...new Set(roles)].sort();
}
