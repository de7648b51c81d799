import { authorize } from '../../access/authorize.js';
import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import type { EventPayloads } from '../../events/payloads.js';
import { domainOf } from '../../kernel/fold.js';
import { lockKinds } from '../../storage/advisory-locks.js';
import { sql } from '../../storage/sql.js';
import type { Connection } from '../connections/connection.js';
import { holdConnection } from '../connections/find-connections.js';
import { Organization } from '../organizations/organization.js';
import { emitSeatsExceeded } from '../organizations/seats.js';
import { carryOutOne } from '../users/carry-out.js';
import { emailLock } from '../users/email-lock.js';
import { planClosing } from '../users/plan.js';
import { emitProtectionEvent, protectionOf } from '../users/protect-user.js';
import type { User } from '../users/user.js';
import type { Admitted, Visit } from './apply-decision.js';
import type { Assertion } from './assertion.js';
import type { Denial } from './decide.js';
import type { DenialCode } from './denials.js';
import { quirksOfGroups } from './groups-in-claims.js';
import { bindSubject } from './link.js';
import { askOperator } from './link-requests.js';
import { resolveSignIn } from './resolve-sign-in.js';
import type { DecisionRow } from './rows.js';
import { markUsed } from './used-once.js';
import { storable, whyDenied } from './why-denied.js';

export type SignIn =
  | Admitted
  /** A denial. It is a result and not an error, so that its event is committed. */
  | { denied: DenialCode; row: DecisionRow; why?: string | null; advice?: string | null };

/**
 * Decides a validated sign-in and executes the decision. The result is one account and one session, or one denial, each
 * with its event. Concurrent first sign-ins of one user wait for each other and result in one account. An assertion
 * that is valid for one use is consumed in this transaction.
 *
 * @throws NotFound, Forbidden
 */
export async function signIn(tx: Tx, connectionId: string, assertion: Assertion, visit: Visit = {}): Promise<SignIn> {
  const connection = await holdConnection(tx, connectionId);
  authorize(tx, 'session.start', connection);
  if (assertion.once && !(await markUsed(tx, connection.id, assertion.once))) {
    return refuse(tx, connection, assertion, {
      code: 'ASSERTION_INVALID',
      row: 'A6',
      userId: null,
      why: 'the assertion was used before',
    });
  }
  for (const quirk of quirksOfGroups(assertion, connection)) tx.note(quirk);
  if (assertion.userinfoFault !== undefined) tx.note('userinfoFailed');
  await waitForOthers(tx, connection, assertion);
  const resolved = await resolveSignIn(tx, { connection, assertion }, visit);
  return 'denial' in resolved ? denied(tx, connection, assertion, resolved) : resolved.admitted;
}

/** Waits for concurrent first sign-ins of this user, and for a SCIM client that creates a user with this address. */
async function waitForOthers(tx: Tx, { id }: Connection, { issuer, subject, email }: Assertion): Promise<void> {
  const person = JSON.stringify([id, issuer, subject]);
  const locks = sql`select pg_advisory_xact_lock(hashtextextended(${person}, ${lockKinds.signIn}))`;
  await tx.session.unscoped.query(email === null ? locks : sql`${locks}, ${emailLock(tx, email)}`);
}

async function denied(
  tx: Tx,
  connection: Connection,
  assertion: Assertion,
  { denial, users }: { denial: Denial; users: User[] },
): Promise<SignIn> {
  const user = users.find(({ id }) => id === denial.userId);
  if (user && denial.links) await bindSubject(tx, connection, assertion, user);
  if (user && denial.closes) await closeOnGroupLoss(tx, user);
  if (user && denial.asksOperator) await askOperator(tx, connection, assertion, user);
  if (denial.code === 'SEAT_LIMIT_REACHED') await emitSeatEvent(tx);
  const why = denial.why ?? whyDenied(denial, connection, assertion);
  const more =
    denial.row === 'D2' ? { scimConnectionId: connection.id, lastRequestAt: await lastCycle(tx, connection) } : {};
  return refuse(tx, connection, assertion, { ...denial, why, ...more });
}

/** The content of the event of a denied sign-in. */
type Refusal = Pick<Denial, 'code' | 'row' | 'userId' | 'advice'> &
  Pick<EventPayloads['sign_in.denied'], 'scimConnectionId' | 'lastRequestAt'> & { why?: string | null };

/** Emits the event of a denied sign-in. It contains only the domain of the address, and no other values of claims. */
export function refuse(
  tx: Tx,
  connection: Connection,
  { email }: Pick<Assertion, 'email'>,
  { code, row, userId, advice, why: cause, scimConnectionId, lastRequestAt }: Refusal,
): SignIn {
  const subject = userId
    ? ({ type: 'user', id: userId } as const)
    : ({ type: 'connection', id: connection.id } as const);
  const why = cause == null ? undefined : storable(cause);
  const details = { why, scimConnectionId, lastRequestAt };
  const data = {
    code,
    decisionRow: row,
    connectionId: connection.id,
    emailDomain: email && domainOf(email),
    ...details,
  };
  tx.emit({ type: 'sign_in.denied', subject, userId, connectionId: connection.id, data });
  return { denied: code, row, why, advice };
}

async function closeOnGroupLoss(tx: Tx, user: User): Promise<void> {
  const why = await protectionOf(tx, user);
  if (why !== null) return emitProtectionEvent(tx, user, why);
  await carryOutOne(tx, planClosing(user, 'SIGN_IN_GROUP_LOST', tx));
}

async function emitSeatEvent(tx: Tx): Promise<void> {
  const [organization] = await tx.session.rows(Organization, sql`id = ${scopeOf(tx)}`);
  if (!organization) return;
  await emitSeatsExceeded(tx, organization, { used: organization.seatLimit ?? 0, refused: true, graceUntil: null });
}

async function lastCycle(tx: Tx, { id }: Connection): Promise<Date | null> {
  const [row] = await tx.session.query<{ at: Date }>(sql`select at from provisioning_requests
    where organization_id = ${scopeOf(tx)} and connection_id = ${id} and protocol = 'SCIM'
    order by id desc limit 1`);
  return row?.at ?? null;
}
