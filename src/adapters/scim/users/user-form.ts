import { idpConnectionOf } from '../../../access/principal.js';
import { scopeOf } from '../../../access/scope.js';
import type { Read } from '../../../access/write.js';
import { type GroupOfUser, groupsOfUsers } from '../../../directory/groups/queries/find-groups.js';
import type { Account } from '../../../directory/users/account.js';
import { enterpriseOf, type Profile } from '../../../directory/users/profile.js';
import { profileOf, type User } from '../../../directory/users/user.js';
import { parseId, type UserId } from '../../../kernel/ids.js';
import { isObject, type Json } from '../../../kernel/json.js';
import { enterpriseUrn } from '../../../scim-model/enterprise-schema.js';
import { userSchema } from '../../../scim-model/user-schema.js';
import { sql } from '../../../storage/sql.js';
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

/** Related data that users contain in SCIM: their groups and the names of their managers. */
export interface Related {
  groups: Map<UserId, GroupOfUser[]>;
  managers: Map<string, string>;
}

/** Reads the related data of `users`, with at most one query for groups and one for managers. */
export async function relatedTo(read: Read, users: readonly User[], { groups }: { groups: boolean }): Promise<Related> {
  const ids = users.map(({ id }) => id);
  const memberships = groups ? await groupsOfUsers(read, ids) : [];
  const managerIds = users.flatMap(({ managerId }) => (managerId && parseId('user', managerId) ? [managerId] : []));
  const managers =
    managerIds.length === 0
      ? []
      : await read.session.query<{ id: string; name: string }>(
          sql`select id, coalesce(display_name, user_name) as name from users
            where organization_id = ${scopeOf(read)} and id = any(${managerIds}) and deleted_at is null
              and (${idpConnectionOf(read.principal)}::text is null or scim_connection_id is null
                or scim_connection_id = ${idpConnectionOf(read.principal)})`,
        );
  const byUser = new Map<UserId, GroupOfUser[]>();
  for (const membership of memberships) {
    byUser.set(membership.userId, [...(byUser.get(membership.userId) ?? []), membership]);
  }
  return { groups: byUser, managers: new Map(managers.map(({ id, name }) => [id, name])) };
}

/** Returns the ETag of the user's representation with `related`. */
export function etagOfUser(user: User, { groups, managers }: Related): string {
  const manager = managers.get(user.managerId ?? '');
  const memberships = (groups.get(user.id) ?? []).map(({ id, display, direct }) => `${id} ${display} ${direct}`);
  return etagOf(user, digestOf(manager === undefined ? memberships : [`${user.managerId} ${manager}`, ...memberships]));
}

/** Returns a user in SCIM format (RFC 7643 section 4.1). Values are returned as they were sent. */
export function renderUser(user: User, related: Related, base: Base): Json {
  const { groups, managers } = related;
  const profile = withManager(user, managers, base);
  const extensions = Object.keys(profile).filter((key) => key.includes(':') && isObject(profile[key]));
  const memberships = (groups.get(user.id) ?? []).map(({ id, display, direct }) => ({
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
    meta: metaOf('User', user, { ...base, etag: etagOfUser(user, related) }),
  };
}

function withManager(user: User, managers: Map<string, string>, { url }: Base): Json {
  const profile: Profile = profileOf(user);
  const enterprise = enterpriseOf(profile);
  const { manager } = enterprise;
  if (!isObject(manager) || typeof manager.value !== 'string') return profile;
  const value = user.managerId ?? manager.value;
  const displayName = managers.get(value);
  // A manager who is not provisioned yet stays as sent. The id and name are added when the manager is provisioned.
  const known = displayName === undefined ? {} : { value, $ref: `${url}/Users/${value}`, displayName };
  return { ...profile, [enterpriseUrn]: { ...enterprise, manager: { ...manager, ...known } } };
}
