import type { Group, GroupFacts } from '../../../directory/groups/group.js';
import { checkNumber } from '../../../directory/groups/known-members.js';
import type { Member } from '../../../directory/groups/queries/find-groups.js';
import { compact } from '../../../directory/users/profile.js';
import { isObject, type Json } from '../../../kernel/json.js';
import type { ResourceType } from '../../../scim-model/definition.js';
import { groupType } from '../../../scim-model/group-schema.js';
import { attributeValue, listOf } from '../../../scim-model/match-filter.js';
import { resolve } from '../../../scim-model/resolve.js';
import { ScimError } from '../http/errors.js';
import { coerceResource } from '../resources/coerce.js';
import { placeOfKey } from '../resources/qualified-key.js';
import { type Base, metaOf } from '../resources/resource.js';
import { checkSize } from '../resources/resource-size.js';

/** Returns the group as a resource that PATCH can change. Members are not included. */
export function toScim({ displayName, externalId, attributes }: GroupFacts): Json {
  return { ...attributes, displayName, ...(externalId !== null && { externalId }) };
}

/** Returns the facts and the member ids of a POST or PUT body. @throws ScimError invalidValue, invalidSyntax */
export function fromScim(body: unknown, type: ResourceType): { facts: GroupFacts; memberIds: string[] } {
  if (isObject(body)) checkMembers(body);
  const { members, ...resource } = coerceResource(type, body);
  return { facts: factsOf(resource), memberIds: memberIdsIn(members) };
}

/**
 * Rejects a member without an id. If it were ignored, an error of the client could empty the group. The members are
 * counted before they are coerced, because 8 MiB of them take seconds. @throws ScimError invalidValue; BadInput
 */
function checkMembers(body: Json): void {
  for (const [key, value] of Object.entries(body)) {
    if (key.toLowerCase() === core && isObject(value)) checkMembers(value);
    else if (isMembersKey(key, value) && value !== null && value !== '') {
      const items = listOf(value);
      checkNumber(items.length, 'memberIds');
      for (const item of items)
        if (compact(isObject(item) ? attributeValue(item, 'value') : item) === undefined) throw withoutId();
    }
  }
}

const core = groupType.core.id.toLowerCase();

/** Returns true for a key that refers to the members, in a body or in a value without a path. */
export function isMembersKey(key: string, value: unknown): boolean {
  const place = key.includes(':')
    ? placeOfKey(groupType, key, value)
    : resolve(groupType, { urn: null, name: key, sub: null }, () => false);
  return place?.urn === null && place.name === 'members' && place.sub === null;
}

const withoutId = () =>
  new ScimError(400, 'invalidValue', 'Each member must have a "value" with the id of a user or group.');

/**
 * Returns the facts of a resource without members.
 *
 * @throws ScimError invalidValue if displayName is missing; 413 tooMany if the resource is too large
 */
export function factsOf({ id: _id, displayName, externalId, ...attributes }: Json): GroupFacts {
  checkSize(attributes);
  if (typeof displayName !== 'string') throw new ScimError(400, 'invalidValue', '"displayName" is required.');
  return { displayName, externalId: typeof externalId === 'string' ? externalId : null, attributes };
}

/**
 * Returns the ids in a value of `members`: objects with `value`, or plain ids. @throws ScimError invalidValue; BadInput
 * for too many
 */
export function memberIdsIn(value: unknown): string[] {
  if (value === null || value === undefined || value === '') return [];
  const items = Array.isArray(value) ? value : [value];
  checkNumber(items.length, 'memberIds');
  return items.map((item) => {
    const id = isObject(item) ? attributeValue(item, 'value') : item;
    if (typeof id !== 'string' || id === '') throw withoutId();
    return id;
  });
}

/** Returns a member in SCIM format. */
export const memberForm = ({ id, type, display }: Member, { url }: Base): Json => ({
  value: id,
  $ref: `${url}/${type}s/${id}`,
  type,
  display,
});

/** Returns a group in SCIM format (RFC 7643 section 4.2). `members` is null if they were not requested. */
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
