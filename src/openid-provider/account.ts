import type { Account } from 'oidc-provider';
import { scopeOf } from '../access/scope.js';
import type { Store } from '../access/store.js';
import { groupsAbove } from '../directory/groups/nested-groups.js';
import { selectUsers, usersIn } from '../directory/users/queries/load-user.js';
import type { User } from '../directory/users/user.js';
import { parseId } from '../kernel/ids.js';
import { sql } from '../storage/sql.js';
import { emailClaims } from './email-claims.js';
import { type GrantedSession, sessionUnder } from './grants.js';

/** Maximum number of groups in a token, which has to fit into a header. The API lists all groups. */
const mostGroups = 200;

/** The claims of each scope. `sub` is the id of the user, which is different in each organization. */
export const claimsOfScopes = {
  openid: ['sub', 'sid', 'org_id', 'connection_id', 'roles', 'groups', 'auth_time', 'acr', 'amr'],
  email: ['email', 'email_verified', 'idp_email_verified'],
  profile: ['name', 'given_name', 'family_name', 'preferred_username', 'locale', 'zoneinfo', 'updated_at'],
};

/** The scopes that every application can request. */
export const commonScopes = ['openid', 'offline_access', 'email', 'profile'];

/** Returns the user as the subject of tokens; undefined if the user cannot sign in. */
export async function accountOf(
  store: Store,
  userId: string,
  grantIds: readonly string[],
): Promise<Account | undefined> {
  const session = await sessionUnder(store, grantIds);
  const key = parseId('user', userId);
  if (!session || session.userId !== key) return undefined;
  const rows = await store.database.query<Record<string, unknown>>(
    sql`${selectUsers} where u.organization_id = ${session.organizationId} and u.id = ${key}`,
  );
  const [user] = usersIn(store.database, rows);
  if (user?.status !== 'ACTIVE') return undefined;
  return {
    accountId: user.id,
    claims: async () => ({
      ...tokenClaims(user, session),
      groups: await groupsOf(store, user),
      ...(await emailClaims(store, user, session)),
      ...profileClaims(user),
    }),
  };
}

/**
 * Returns the claims of the introspection of an access token (RFC 7662 section 2.2). The email claims need the scope
 * `email`.
 */
export async function introspected(
  store: Store,
  { userId, grantId, scopes }: { userId: string; grantId: string; scopes: ReadonlySet<string> },
): Promise<Record<string, unknown>> {
  const account = await accountOf(store, userId, [grantId]);
  const claims = await account?.claims('userinfo', '', {}, []);
  if (!claims) return {};
  const { org_id, connection_id, roles, groups, email, email_verified, idp_email_verified } = claims;
  const address = scopes.has('email') ? { email, email_verified, idp_email_verified } : {};
  return { org_id, connection_id, roles, groups, ...address };
}

const seconds = (date: Date) => Math.floor(date.getTime() / 1000);

function tokenClaims(user: User, session: GrantedSession) {
  return {
    sub: user.id,
    sid: session.sessionId,
    org_id: session.organizationId,
    connection_id: session.connectionId,
    roles: user.roles,
    ...(session.authTime !== null && { auth_time: seconds(session.authTime) }),
    ...(session.acr !== null && { acr: session.acr }),
    ...(session.amr !== null && session.amr.length > 0 && { amr: session.amr }),
  };
}

const defined = (claims: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined && value !== null));

function profileClaims(user: User): Record<string, unknown> {
  return defined({
    name: user.displayName,
    given_name: user.givenName,
    family_name: user.familyName,
    preferred_username: user.userName,
    locale: user.locale,
    zoneinfo: user.timezone,
    updated_at: seconds(user.updatedAt),
  });
}

async function groupsOf({ database }: Store, user: User): Promise<string[]> {
  const scope = scopeOf(user);
  const direct = sql`select group_id from memberships where organization_id = ${scope} and user_id = ${user.id}`;
  const rows = await database.query<{ name: string }>(sql`with recursive ${groupsAbove(scope, direct)}
    select g.display_name as name from above
    join groups g on g.organization_id = ${scope} and g.id = above.id
    order by g.display_name_key limit ${mostGroups}`);
  return rows.map(({ name }) => name);
}
