import type { ResourceType } from '../attributes/definition.js';
import { groupType } from '../attributes/group-schema.js';
import { attributeValue, listOf } from '../attributes/match-filter.js';
import { resolve } from '../attributes/resolve.js';
import type { Member } from '../directory/groups/find-groups.js';
import type { Group, GroupFacts } from '../directory/groups/group.js';
import { compact } from '../directory/users/profile.js';
import { isObject, type Json } from '../json.js';
import { coerceResource } from './coerce.js';
import { ScimError } from './errors.js';
import { placeOfKey } from './qualified-key.js';
import { type Base, metaOf } from './resource.js';

/** The group's facts as a resource that PATCH can work on; members are never part of it. */
export function toScim({ displayName, externalId, attributes }: GroupFacts): Json {
  return { ...attributes, displayName, ...(externalId !== null && { externalId }) };
}

/** Returns the facts and the member ids that a POST or PUT body describes. @throws ScimError invalidValue, invalidSyntax */
export function fromScim(body: unknown, type: ResourceType): { facts: GroupFacts; memberIds: string[] } {
  if (isObject(body)) checkMembers(body);
  const { members, ...resource } = coerceResource(type, body);
  return { facts: factsOf(resource), memberIds: memberIdsIn(members) };
}

/** A member without an id is refused: left out, a mistake would empty the group. @throws ScimError invalidValue */
function checkMembers(body: Json): void {
  for (const [key, value] of Object.entries(body)) {
    if (key.toLowerCase() === core && isObject(value)) checkMembers(value);
    else if (isMembersKey(key, value) && value !== null && value !== '') {
      for (const item of listOf(value))
        if (compact(isObject(item) ? attributeValue(item, 'value') : item) === undefined) throw withoutId();
    }
  }
}

const core = groupType.core.id.toLowerCase();

/** Returns true for a key in a body or in a value without a path that stands for the members. */
export function isMembersKey(key: string, value: unknown): boolean {
  const place = key.includes(':')
    ? placeOfKey(groupType, key, value)
    : resolve(groupType, { urn: null, name: key, sub: null }, () => false);
  return place?.urn === null && place.name === 'members' && place.sub === null;
}

const withoutId = () =>
  new ScimError(400, 'invalidValue', 'Each member needs a "value" with the id of a user or group.');

/** Returns the facts that a resource without members has. @throws ScimError invalidValue if the displayName is missing */
export function factsOf({ id: _id, displayName, externalId, ...attributes }: Json): GroupFacts {
  if (typeof displayName !== 'string') throw new ScimError(400, 'invalidValue', '"displayName" is required.');
  return { displayName, externalId: typeof externalId === 'string' ? externalId : null, attributes };
}

/** The ids in a value of `members`: objects with `value`, or bare ids. @throws ScimError invalidValue */
export function memberIdsIn(value: unknown): string[] {
  if (value === null || value === undefined || value === '') return [];
  const items = Array.isArray(value) ? value : [value];
  return items.map((item) => {
    const id = isObject(item) ? attributeValue(item, 'value') : item;
    if (typeof id !== 'string' || id === '') throw withoutId();
    return id;
  });
}

/** A member as SCIM shows it. */
export const memberForm = ({ id, type, display }: Member, { url }: Base): Json => ({
  value: id,
  $ref: `${url}/${type}s/${id}`,
  type,
  display,
});

/** The group as SCIM shows it (RFC 7643 section 4.2); `members` null when they were not asked for. */
export function renderGroup(group: Group, members: readonly Member[] | null, base: Base & { etag: string }): Json {
  const list = members?.map((member) => memberForm(member, base));
  const extensions = Object.keys(group.attributes).filter(
    (key) => key.includes(':') && isObject(group.attributes[key]),
  );
  return {
    schemas: [groupType.core.id, ...extensions],
    id: group.id,
    ...(group.externalId !== null && { externalId: group.externalId }),
    ...group.attributes,
    displayName: group.displayName,
    ...(list && { members: list }),
    meta: metaOf('Group', group, base),
  };
}
