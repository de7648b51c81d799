import type { Session } from '../../storage/database.js';
import { rowsOf } from '../../storage/rows.js';
import { names, sql } from '../../storage/sql.js';
import type { StoredProfile } from './profile.js';
import { User } from './user.js';

type Property = keyof User & string;

const profile = ['profile', 'mapped'] as const;

/**
 * What each field of the API is made of, for lists: a page of fifty people costs what it shows. A field that is not here
 * is taken to need nothing but the keys, which is true of fields that look elsewhere by them.
 */
const madeOf: Record<string, readonly Property[]> = {
  userName: ['userName'],
  email: ['email'],
  roles: ['roles'],
  active: ['active'],
  status: ['active', 'deletedAt', 'invitedAt', 'suspendedAt'],
  suspendedAt: ['suspendedAt'],
  deprovisionedAt: ['deprovisionedAt'],
  deprovisionReason: ['deprovisionReason'],
  origin: ['origin'],
  scimManaged: ['scimConnectionId'],
  managedBy: ['scimConnectionId'],
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
  // The decision looks at the whole person.
  signInDecision: ['email'],
};

/** A reader of users of which only these fields are shown, in an alias `u`; `keys` are what the list is ordered by. */
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
    // The name stands in a column of its own, unless it is put together from parts or mapped.
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
