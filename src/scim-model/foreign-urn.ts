import type { ResourceType } from './definition.js';
import { enterpriseUrn } from './enterprise-schema.js';
import { entitlementType, roleType } from './grant-schemas.js';
import { groupType } from './group-schema.js';
import { userType } from './user-schema.js';

const core = 'urn:ietf:params:scim:schemas:core:2.0';
const standard = [
  ...[userType, groupType, roleType, entitlementType].map(({ core: { id } }) => id),
  enterpriseUrn,
  ...['ServiceProviderConfig', 'ResourceType', 'Schema'].map((name) => `${core}:${name}`),
];

/**
 * Returns the URN at the start of a qualified name if it belongs to another resource type: a resource cannot have its
 * attributes (RFC 7643 section 3). Returns null for a URN of the type itself and for a URN that nothing defines.
 */
export function foreignUrn(type: ResourceType, name: string): string | null {
  const own = [type.core, ...type.extensions].map(({ id }) => id);
  const fitting = [...own, ...standard, ...(type.foreign ?? [])].filter((urn) => startsWithUrn(name, urn));
  const longest = Math.max(...fitting.map(({ length }) => length));
  // The type's own URNs are first, and take precedence over an equal one.
  const found = fitting.find(({ length }) => length === longest);
  return found === undefined || own.includes(found) ? null : found;
}

function startsWithUrn(name: string, urn: string): boolean {
  const next = name[urn.length];
  const ends = next === undefined || next === ':' || next === '.';
  return ends && name.slice(0, urn.length).toLowerCase() === urn.toLowerCase();
}
