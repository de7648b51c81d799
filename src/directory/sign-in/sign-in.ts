import { authorize } from '../../access/authorize.js';
import { endSessions, type SignInSession, startSession } from '../../access/session.js';
import type { Tx } from '../../access/write.js';
import { invariant, UserNameTaken } from '../../errors.js';
import { domainOf, fold } from '../../fold.js';
import { mapClaims } from '../connections/attribute-mappings.js';
import type { Connection } from '../connections/connection.js';
import { holdConnection } from '../connections/find-connections.js';
import { addMembers } from '../groups/change-members.js';
import { lockGroup } from '../groups/load-group.js';
import { subjectOf } from '../users/account-life.js';
import { applyEdit } from '../users/change-user.js';
import { lockUser } from '../users/load-user.js';
import { compact, type Profile } from '../users/profile.js';
import { provisionUser } from '../users/provision-user.js';
import { saveUser } from '../users/save-user.js';
import { type User, userState } from '../users/user.js';
import type { Assertion } from './assertion.js';
import { type Decision, type DenialCode, decide } from './decide.js';
import { gather } from './gather.js';

export type SignIn =
  | { user: User; session: SignInSession; accessToken: string; provisioned: boolean }
  /** Denied. It is a result and not an error, so that the event of the denial is committed. */
  | { denied: DenialCode };

/**
 * Decides a validated sign-in and carries the decision out: one account, one session, or one denial, each with its event.
 * Two first sign-ins of one person wait for each other here and end with one account.
 *
 * @throws NotFound, Forbidden
 */
export async function signIn(tx: Tx, connectionId: string, assertion: Assertion): Promise<SignIn> {
  const connection = await holdConnection(tx, connectionId);
  authorize(tx, 'session.start', connection);
  const key = JSON.stringify([connection.id, assertion.issuer, assertion.subject]);
  await tx.session.query('select pg_advisory_xact_lock(hashtextextended($1, 4))', [key]);
  for (let attempt = 1; ; attempt++) {
    const { known, users } = await gather(tx, connection, assertion);
    const decision = decide(known);
    if (decision.kind === 'deny') return refuse(tx, connection, assertion, decision);
    try {
      return await carryOut(tx, connection, assertion, decision, users);
    } catch (error) {
      // Somebody else, such as the IdP's SCIM client, has just created the account: now it is there to be found.
      if (!(error instanceof UserNameTaken) || attempt === 3) throw error;
    }
  }
}

/** Tells that a sign-in was denied. Of the claims it names only the domain of the address. */
export function refuse(
  tx: Tx,
  connection: Connection,
  { email }: Pick<Assertion, 'email'>,
  { code, row, userId }: { code: DenialCode; row: string; userId: string | null },
): SignIn {
  const subject = userId
    ? ({ type: 'user', id: userId } as const)
    : ({ type: 'connection', id: connection.id } as const);
  const data = { code, decisionRow: row, connectionId: connection.id, emailDomain: email && domainOf(email) };
  tx.emit({ type: 'sign_in.denied', subject, userId, connectionId: connection.id, data });
  return { denied: code };
}

type Allowed = Exclude<Decision, { kind: 'deny' }>;

async function carryOut(
  tx: Tx,
  connection: Connection,
  assertion: Assertion,
  decision: Allowed,
  users: User[],
): Promise<SignIn> {
  const provisioned = decision.kind === 'provision';
  const user = provisioned
    ? await arrive(tx, connection, assertion, decision.row)
    : users.find(({ id }) => id === decision.userId);
  invariant(user, 'a decision names an account that was found');
  if (decision.kind === 'link') await link(tx, connection, assertion, user);
  if (decision.kind === 'signIn') await refresh(tx, connection, assertion, user);
  user.lastSignInAt = tx.now;
  await tx.session.query(
    `with seen as (update identities set last_sign_in_at = $4 where organization_id = $1 and connection_id = $2 and user_id = $3)
     update users set last_sign_in_at = $4 where organization_id = $1 and id = $3`,
    [tx.organizationId, connection.id, user.id, tx.now],
  );
  return { user, provisioned, ...(await startSession(tx, user.id, connection.id)) };
}

async function arrive(tx: Tx, connection: Connection, assertion: Assertion, row: string): Promise<User> {
  const { issuer, subject } = assertion;
  const identity = { connectionId: connection.id, externalId: null, issuer, subject };
  const profile = profileFrom(assertion, assertion.email ?? subject);
  const user = await provisionUser(tx, {
    origin: 'JIT',
    active: true,
    externalId: null,
    profile,
    roles: connection.jit.defaultRoles,
    identity,
    mapped: mapClaims(connection.attributeMappings, assertion.claims),
    because: { decisionRow: row },
  });
  for (const id of connection.jit.defaultGroupIds) {
    // A default group that was deleted since is no reason to refuse the person.
    const group = await lockGroup(tx, id).catch(() => null);
    if (group) await addMembers(tx, group, [user.id]);
  }
  return connection.jit.defaultGroupIds.length > 0 ? lockUser(tx, user.id) : user;
}

/** The subject becomes the account's; sessions from before the proof end (pre-hijacking). */
async function link(tx: Tx, connection: Connection, { issuer, subject }: Assertion, user: User): Promise<void> {
  await tx.session.query(
    `insert into identities (organization_id, connection_id, user_id, issuer, subject, origin, created_at)
     values ($1, $2, $3, $4, $5, 'JIT', $6)
     on conflict (organization_id, connection_id, user_id) do update set issuer = $4, subject = $5`,
    [tx.organizationId, connection.id, user.id, issuer, subject, tx.now],
  );
  const sessionsRevoked = await endSessions(tx, user.id);
  await saveUser(tx, user);
  const changes = [{ path: 'identities', before: null, after: { connectionId: connection.id, subject } }];
  const data = { ...userState(user), sessionsRevoked };
  tx.emit({ type: 'user.updated', subject: subjectOf(user), connectionId: connection.id, data, changes });
}

/** Claims refresh the profile of accounts that no SCIM connection manages, where the policy says so. Never the userName. */
async function refresh(tx: Tx, connection: Connection, assertion: Assertion, user: User): Promise<void> {
  if (!connection.jit.refreshProfile || user.scimManaged || user.origin !== 'JIT') return;
  const mapped = mapClaims(connection.attributeMappings, assertion.claims);
  await applyEdit(tx, user, (before) => {
    // Laid over what the edit returns, whatever that is.
    user.mapped = mapped;
    const { emails, ...claims } = profileFrom(assertion, before.profile.userName);
    const trusted = assertion.emailVerified && emails ? { emails } : {};
    return { ...before, profile: { ...before.profile, ...claims, ...trusted } };
  });
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** The profile that the standard claims tell (OpenID Connect Core section 5.1). */
function profileFrom({ email, claims }: Assertion, userName: string): Profile {
  const name = { givenName: text(claims.given_name), familyName: text(claims.family_name) };
  const profile = {
    userName: fold(userName) === userName ? userName : userName.normalize('NFC'),
    displayName: text(claims.name),
    name,
    emails: email === null ? undefined : [{ value: email, type: 'work', primary: true }],
    locale: text(claims.locale),
    timezone: text(claims.zoneinfo),
  };
  return compact(profile) as Profile;
}
