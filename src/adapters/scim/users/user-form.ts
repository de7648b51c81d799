import type { Account } from '../../../directory/users/account.js';
import { enterpriseOf, type Profile } from '../../../directory/users/profile.js';
import type { Related } from '../../../directory/users/queries/scim-users.js';
import { profileOf, type User } from '../../../directory/users/user.js';
import { isObject, type Json } from '../../../kernel/json.js';
import { enterpriseUrn } from '../../../scim-model/enterprise-schema.js';
import { userSchema } from '../../../scim-model/user-schema.js';
import { ScimError } from '../http/errors.js';
import { type Base, metaOf } from '../resources/resource.js';
import { checkSize } from '../resources/resource-size.js';
import { digestOf, etagOf } from '../resources/version.js';

/** Returns the SCIM resource to which a PATCH is applied: the attributes of the account that a client can write. */
export function toScim({ active, externalId, profile }: Account): Json {
  return { ...profile, active, ...(externalId !== null && { externalId }) };
}

/**
 * Returns the account of a resource in the schema's types. If `active` is absent, `activeBefore` is kept: a PUT or
 * PATCH reactivates a user only with `true`.
 *
 * @throws ScimError invalidValue if userName is missing; 413 tooMany if the resource is too large
 */
export function accountOf(resource: Json, activeBefore: boolean): Account {
  const { id: _id, active = activeBefore, externalId, ...profile } = resource;
  if (typeof profile.userName !== 'string') throw new ScimError(400, 'invalidValue', '"userName" is required.');
  checkSize(profile);
  return {
    active: active === true,
    externalId: typeof externalId === 'string' ? externalId : null,
    profile: profile as Profile,
  };
}

/** Returns the ETag of the user's representation with `related`. */
export function etagOfUser(user: User, { groups, managerName }: Related): string {
  const memberships = groups.map(({ id, display, direct }) => `${id} ${display} ${direct}`);
  return etagOf(
    user,
    digestOf(managerName === null ? memberships : [`${user.managerId} ${managerName}`, ...memberships]),
  );
}

/** Returns a user in SCIM format (RFC 7643 section 4.1). Values are returned as they were sent. */
export function renderUser(user: User, { groups, managerName }: Related, base: Base & { etag: string }): Json {
  const profile = withManager(user, managerName, base);
  const extensions = Object.keys(profile).filter((key) => key.includes(':') && isObject(profile[key]));
  const memberships = groups.map(({ id, display, direct }) => ({
    value: id,
    $ref: `${base.url}/Groups/${id}`,
    display,
    type: direct ? 'direct' : 'indirect',
  }));
  return {
    schemas: [userSchema.id, ...extensions],
    id: user.id,
    ...(user.externalId !== null && { externalId: user.externalId }),
    ...profile,
    active: user.active,
    ...(memberships.length > 0 && { groups: memberships }),
    meta: metaOf('User', user, base),
  };
}

function withManager(user: User, displayName: string | null, { url }: Base): Json {
  const profile: Profile = profileOf(user);
  const enterprise = enterpriseOf(profile);
  const { manager } = enterprise;
  if (!isObject(manager) || typeof manager.value !== 'string') return profile;
  const value = user.managerId ?? manager.value;
  // A manager who is not provisioned yet stays as sent. The id and name are added when the manager is provisioned.
  const known = displayName === null ? {} : { value, $ref: `${url}/Users/${value}`, displayName };
  return { ...profile, [enterpriseUrn]: { ...enterprise, manager: { ...manager, ...known } } };
}
