import { rowsOf } from '../../../storage/rows.js';
import type { Session } from '../../../storage/session.js';
import { names, sql } from '../../../storage/sql.js';
import type { StoredProfile } from '../profile.js';
import { User } from '../user.js';

type Property = keyof User & string;

const profile = ['profile', 'mapped'] as const;

/**
 * The columns that each field of the API needs, so that lists read only the selected fields. A field that is missing
 * here needs only the keys, which is true for fields that are loaded by key.
 */
const madeOf: Record<string, readonly Property[]> = {
  userName: ['userName'],
  email: ['email'],
  roles: ['roles'],
  assignedRoles: ['directRoles'],
  active: ['active'],
  status: ['active', 'deletedAt', 'invitedAt', 'suspendedAt'],
  suspendedAt: ['suspendedAt'],
  deprovisionedAt: ['deprovisionedAt'],
  deprovisionReason: ['deprovisionReason'],
  origin: ['origin'],
  scimManaged: ['scimConnectionId'],
  managedBy: ['scimConnectionId'],
  managers: ['scimConnectionId'],
  viewerCan: ['active', 'deletedAt', 'invitedAt', 'suspendedAt', 'scimConnectionId'],
  protected: ['protected'],
  hasSignedIn: ['lastSignInAt'],
  lastSignInAt: ['lastSignInAt'],
  createdAt: ['createdAt'],
  updatedAt: ['updatedAt'],
  manager: ['managerId'],
  displayName: ['shownName', 'mapped'],
  emails: profile,
  givenName: profile,
  familyName: profile,
  title: profile,
  department: profile,
  employeeNumber: profile,
  locale: profile,
  timezone: profile,
  attributes: ['userName', ...profile],
  // The decision loads the complete user by its id.
  signInDecision: ['email'],
};

/**
 * Returns the select list for users in an alias `u` that reads only what `fields` need, and the function that maps the
 * rows. `keys` are the properties that order the list.
 */
export function shownUsers(
  session: Pick<Session, 'dataSource'>,
  fields: ReadonlySet<string>,
  keys: readonly Property[] = [],
) {
  const properties = new Set<string>(['organizationId', 'id', ...keys]);
  for (const field of fields) for (const property of madeOf[field] ?? []) properties.add(property);
  const { names: read, from } = rowsOf(session.dataSource, User).pick(properties);
  const columns = names(read.map((name) => `u.${name}`));
  if (fields.has('displayName') && !properties.has('profile')) {
    // The name has its own column, unless it is composed of parts or mapped.
    const profileIfNeeded = sql`case when u.display_name is null or u.mapped <> '{}' then u.profile end as profile`;
    return { select: sql`${columns}, ${profileIfNeeded}`, from: withProfile(from) };
  }
  return { select: columns, from };
}

const withProfile = (from: (row: Record<string, unknown>) => User) => (row: Record<string, unknown>) => {
  const user = from(row);
  user.profile = (row.profile ?? {}) as StoredProfile;
  return user;
};
