import type { ConnectionSettings } from '../../access/connection-settings.js';
import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import { invariant, NotFound } from '../../kernel/errors.js';
import { fold } from '../../kernel/fold.js';
import { sql } from '../../storage/sql.js';
import { type Connection, settingsOf } from '../connections/connection.js';
import { mapClaims } from '../connections/rules/attribute-mappings.js';
import { addMembers } from '../groups/change-members.js';
import type { Group } from '../groups/group.js';
import { syncJitGroups } from '../groups/jit-groups.js';
import { lockGroup } from '../groups/queries/load-group.js';
import { isOfAnother } from '../organizations/domain-trust.js';
import { rolesInClaims, rolesOfMappings, sameRoles } from '../roles/grantable-roles.js';
import { recomputeRoles } from '../roles/recompute-roles.js';
import { type SignInSession, startSession } from '../sessions/session.js';
import { acceptInvitation } from '../users/accept-invitation.js';
import { carryOutOne } from '../users/carry-out.js';
import { applyEdit } from '../users/change-user.js';
import { planReopening } from '../users/plan.js';
import { provisionUser } from '../users/provision-user.js';
import { lockUser } from '../users/queries/load-user.js';
import type { User } from '../users/user.js';
import type { Assertion } from './assertion.js';
import type { Freshness } from './authentication.js';
import { profileFrom } from './claims.js';
import type { Decision, Denial } from './decide.js';
import { groupsOf, isElsewhere } from './groups-in-claims.js';
import { bindSubject, link } from './link.js';
import type { DecisionRow } from './rows.js';

/** The context of a sign-in in addition to the assertion. */
export interface Visit {
  /** The code of an invitation, if the user has presented one. */
  code?: string | null;
  ipAddress?: string | null;
  userAgent?: string | null;
  clientId?: string | null;
  /** The application's requirements for the authentication. */
  freshness?: Freshness | null;
  /** The only user that the application accepts; null for any. */
  userId?: string | null;
}

/** A user who has signed in, with the session. */
export interface Admitted {
  user: User;
  session: SignInSession;
  accessToken: string;
  provisioned: boolean;
  /** The row of the decision. */
  row: DecisionRow;
}

interface Admission {
  connection: Connection;
  assertion: Assertion;
  decision: Exclude<Decision, Denial>;
  users: User[];
  visit: Visit;
}

/** Executes the decision and starts the session. Every row that it writes is already locked. */
export async function applyDecision(tx: Tx, admission: Admission): Promise<Admitted> {
  const { connection, assertion, decision, visit } = admission;
  const provisioned = decision.kind === 'provision' || decision.kind === 'accept';
  const user = await admit(tx, admission);
  await grant(tx, connection, assertion, user);
  user.lastSignInAt = tx.now;
  await tx.session.query(sql`with seen as (
      update identities set last_sign_in_at = ${tx.now}, sub = ${otherSub(assertion)}
      where organization_id = ${scopeOf(tx)} and connection_id = ${connection.id} and user_id = ${user.id}
    )
    update users set last_sign_in_at = ${tx.now}
    where organization_id = ${scopeOf(tx)} and id = ${user.id}`);
  const { ipAddress = null, userAgent = null, clientId = null } = visit;
  const { email, emailVerified, authentication = null } = assertion;
  const idpEmail = email === null ? null : { key: fold(email), verified: emailVerified };
  const how = { ipAddress, userAgent, clientId, authentication, idpEmail };
  const session = await startSession(tx, user.id, connection.id, { ...how, decisionRow: decision.row });
  return { user: provisioned ? await lockUser(tx, user.id) : user, provisioned, row: decision.row, ...session };
}

/** Returns the claim `sub` if it is not the subject of the identity. */
function otherSub({ claims: { sub }, subject }: Assertion): string | null {
  return typeof sub === 'string' && sub !== subject ? sub : null;
}

async function admit(tx: Tx, { connection, assertion, decision, users }: Admission): Promise<User> {
  if (decision.kind === 'provision') return arrive(tx, connection, assertion, decision.row);
  const user = users.find(({ id }) => id === decision.userId);
  invariant(user, 'a decision names an account that was found');
  if (decision.kind === 'accept') return accept(tx, connection, assertion, user);
  if (decision.kind === 'link') await link(tx, connection, assertion, user);
  if (decision.kind === 'link') return user;
  if (decision.kind === 'reactivate' && decision.row !== 'B1') await link(tx, connection, assertion, user);
  else await bindSubject(tx, connection, assertion, user);
  const open = decision.kind === 'reactivate' ? await carryOutOne(tx, planReopening(user, 'SIGNED_IN')) : user;
  return refresh(tx, connection, assertion, open);
}

async function arrive(tx: Tx, connection: Connection, assertion: Assertion, row: string): Promise<User> {
  const { issuer, subject } = assertion;
  const identity = { connectionId: connection.id, externalId: null, issuer, subject };
  const user = await provisionUser(tx, {
    origin: 'JIT',
    active: true,
    externalId: null,
    profile: profileFrom(assertion, assertion.email ?? subject),
    roles: connection.jit.defaultRoles,
    identity,
    mapped: mapClaims(connection.attributeMappings, assertion.claims),
    because: { decisionRow: row },
  });
  await joinDefaultGroups(tx, connection, user);
  return user;
}

async function accept(tx: Tx, connection: Connection, assertion: Assertion, user: User): Promise<User> {
  user.directRoles = [...new Set([...user.directRoles, ...connection.jit.defaultRoles])].sort();
  await acceptInvitation(tx, user, { connectionId: connection.id, decisionRow: 'B5' });
  await link(tx, connection, assertion, user);
  const accepted = await applyEdit(tx, user, (before) => {
    const { emails: _known, ...claims } = profileFrom(assertion, before.profile.userName);
    return { ...before, profile: { ...before.profile, ...claims } };
  });
  await joinDefaultGroups(tx, connection, accepted);
  await recomputeRoles(tx, [user.id], { direct: true });
  return accepted;
}

async function joinDefaultGroups(tx: Tx, { jit }: Connection, user: User): Promise<void> {
  for (const id of jit.defaultGroupIds) {
    const group = await lockDefaultGroup(tx, id);
    if (group) await addMembers(tx, group, [user.id]);
  }
}

/** Returns the locked group; null if it was deleted, which is not a reason to reject the sign-in. */
async function lockDefaultGroup(tx: Tx, id: string): Promise<Group | null> {
  try {
    return await lockGroup(tx, id);
  } catch (error) {
    if (error instanceof NotFound) return null;
    throw error;
  }
}

/**
 * Updates the profile from the claims, if the policy allows it and no SCIM connection manages the user. The userName
 * never changes.
 */
async function refresh(tx: Tx, connection: Connection, assertion: Assertion, user: User): Promise<User> {
  if (!connection.jit.refreshProfile || user.scimManaged || user.origin !== 'JIT') return user;
  const mapped = mapClaims(connection.attributeMappings, assertion.claims);
  const mayTake = await mayTakeAddress(tx, connection, assertion, user);
  return applyEdit(tx, user, (before) => {
    const { emails, ...claims } = profileFrom(assertion, before.profile.userName);
    const trusted = mayTake && emails ? { emails } : {};
    return { ...before, mapped, profile: { ...before.profile, ...claims, ...trusted } };
  });
}

/**
 * Returns true if the user can get the asserted email address. It must be verified. Unless the user has it already, no
 * other user may have it and its domain may not belong to another connection: a quirk is noted if either does.
 */
async function mayTakeAddress(
  tx: Tx,
  { id }: Connection,
  { email, emailVerified }: Assertion,
  user: User,
): Promise<boolean> {
  if (email === null || !emailVerified) return false;
  const key = fold(email);
  if (key === user.emailKey) return true;
  const quirk = (await isOfAnother(tx, email, id))
    ? 'emailOfAnotherConnection'
    : (await isOfSomebodyElse(tx, key, user))
      ? 'emailOfAnotherUser'
      : null;
  if (quirk !== null) tx.note(quirk);
  return quirk === null;
}

async function isOfSomebodyElse(tx: Tx, key: string, { id }: User): Promise<boolean> {
  const others = await tx.session.query(sql`select 1 from users
    where organization_id = ${scopeOf(tx)} and id <> ${id} and deleted_at is null and id = any(array(
      select id from users where organization_id = ${scopeOf(tx)} and email_keys @> array[${key}::text]
      union
      select id from users where organization_id = ${scopeOf(tx)} and user_name_key = ${key}))
    limit 1`);
  return others.length > 0;
}

/**
 * Sets the roles that the claims grant by roles and groups, limited to the roles that this IdP can grant. Users managed
 * by SCIM get their roles through SCIM.
 */
async function grant(tx: Tx, connection: Connection, assertion: Assertion, user: User): Promise<void> {
  if (user.scimManaged) return;
  const groups = groupsOf(assertion, connection.jit.groupsClaim);
  if (connection.jit.syncGroups) await syncJitGroups(tx, connection, user.id, groups);
  const settings = settingsOf(connection);
  const listed = rolesInClaims(settings, groups.names, assertion.claims.roles);
  const kept = rolesKept(settings, { assertion, user, areGroupsKnown: groups.isComplete });
  const { refused } = listed;
  const roles = [...new Set([...listed.roles, ...kept])].sort();
  for (const role of refused) tx.note(`roleNotGrantable ${role}`);
  if (sameRoles(roles, user.idpRoles)) return;
  await tx.session.query(sql`update users set idp_roles = ${roles} where organization_id = ${scopeOf(tx)}
    and id = ${user.id}`);
  const [moved] = await recomputeRoles(tx, [user.id], { idp: true });
  user.idpRoles = roles;
  if (!moved) return;
  user.roles = moved.after;
  user.revision++;
}

/**
 * Returns the roles that stay because their source is unknown: the groups were not sent, or the claim `roles` is in
 * another source.
 */
function rolesKept(
  settings: ConnectionSettings,
  { assertion, user, areGroupsKnown }: { assertion: Assertion; user: User; areGroupsKnown: boolean },
): readonly string[] {
  const { idpRoles } = user;
  const isListElsewhere = isElsewhere(assertion, 'roles');
  const isListKnown = Object.hasOwn(assertion.claims, 'roles') && !isListElsewhere;
  const ofMappings = rolesOfMappings(settings, idpRoles);
  if (!areGroupsKnown) return isListKnown ? ofMappings : idpRoles;
  return isListElsewhere ? idpRoles.filter((role) => !ofMappings.includes(role)) : [];
}
