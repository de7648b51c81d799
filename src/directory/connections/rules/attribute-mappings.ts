import type { AttributeMappingRule } from '../../../access/connection-settings.js';
import { BadInput } from '../../../kernel/errors.js';
import { isObject, type Json } from '../../../kernel/json.js';
import type { Attribute } from '../../../scim-model/definition.js';
import { valueAt } from '../../../scim-model/read-path.js';
import { anyBareName, type Place, resolve } from '../../../scim-model/resolve.js';
import { FilterSyntax, PathSyntax } from '../../../scim-model/syntax-errors.js';
import { userType } from '../../../scim-model/user-schema.js';
import { parsePath } from '../../../scim-model/value-path.js';
import { compact, overlay, type StoredProfile } from '../../users/profile.js';

const maximum = 100;
// Mappings must not change the identity of a user, its permissions or whether it is active.
const kept = new Set([
  'username',
  'emails',
  'active',
  'id',
  'externalid',
  'meta',
  'schemas',
  'groups',
  'roles',
  'entitlements',
  'password',
  'manager',
]);

/** Checks the mappings that an operator sends. @throws BadInput that names the mapping and the error */
export function checkedMappings(mappings: readonly AttributeMappingRule[]): AttributeMappingRule[] {
  if (mappings.length > maximum)
    throw new BadInput(`"attributeMappings" can have at most ${maximum} entries; this request has ${mappings.length}.`);
  const targets = new Set<string>();
  return mappings.map(({ source, target }) => {
    if (source.trim() === '' || source.length > 2_048)
      throw new BadInput('"attributeMappings" must have sources of 1 to 2,048 characters.');
    if (source.includes('[')) placeable(source, () => parsePath(source));
    const place = placeable(target, () => targetOf(target));
    const { attribute } = place;
    if (place.urn === null && kept.has((place.name ?? '').toLowerCase())) {
      throw new BadInput(
        `"attributeMappings" must not have the target "${target}": the IdP sets it only under its own name.`,
      );
    }
    if (attribute?.multiValued || (attribute?.type === 'complex' && place.sub === null)) {
      throw new BadInput(
        `"attributeMappings": the target "${target}" is a complex attribute. Use one of its sub-attributes.`,
      );
    }
    if (targets.has(target.toLowerCase())) throw new BadInput(`"attributeMappings" has "${target}" twice.`);
    targets.add(target.toLowerCase());
    return { source, target };
  });
}

function placeable<T>(text: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof PathSyntax || error instanceof FilterSyntax) {
      throw new BadInput(`"attributeMappings": "${text.slice(0, 100)}" is not a path. ${error.message}`);
    }
    throw error;
  }
}

function targetOf(target: string): Place {
  const { path, filter } = parsePath(target);
  const place = filter ? null : resolve(userType, path, anyBareName);
  if (!place?.name) throw new PathSyntax('a target is one attribute');
  return place;
}

/** Returns the attributes that the mappings set for a SCIM resource, to be merged into the profile. */
export const mapResource = (mappings: readonly AttributeMappingRule[], resource: Json): StoredProfile =>
  mapped(mappings, (source) => valueAtPath(resource, source));

/** Returns the attributes that the mappings set for a sign-in. The sources are names of claims. */
export const mapClaims = (mappings: readonly AttributeMappingRule[], claims: Json): StoredProfile =>
  mapped(mappings, (source) => (Object.hasOwn(claims, source) ? claims[source] : undefined));

function valueAtPath(resource: Json, source: string): unknown {
  try {
    return valueAt(userType, resource, parsePath(source));
  } catch (error) {
    // The source is the name of a claim, which only sign-ins have.
    if (error instanceof PathSyntax || error instanceof FilterSyntax) return undefined;
    throw error;
  }
}

function mapped(mappings: readonly AttributeMappingRule[], read: (source: string) => unknown): StoredProfile {
  return mappings.reduce<StoredProfile>((all, { source, target }) => {
    const place = targetOf(target);
    const value = typed(place.subAttribute ?? place.attribute, compact(read(source)));
    return value === undefined ? all : overlay(all, shape(place, value));
  }, {});
}

/**
 * Returns the value converted to the type of the target; undefined if it cannot be converted. Custom attributes accept
 * any value.
 */
function typed(attribute: Attribute | null, value: unknown): unknown {
  if (attribute === null || value === undefined) return value;
  if (isObject(value) || Array.isArray(value)) return undefined;
  if (attribute.type === 'boolean')
    return /^(true|false)$/i.test(String(value)) ? /^true$/i.test(String(value)) : undefined;
  if (attribute.type === 'integer' || attribute.type === 'decimal') {
    return Number.isFinite(Number(value)) ? Number(value) : undefined;
  }
  return String(value);
}

function shape({ urn, name, sub }: Place, value: unknown): StoredProfile {
  return [urn, name, sub]
    .filter((key) => key !== null)
    .reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as StoredProfile;
}
