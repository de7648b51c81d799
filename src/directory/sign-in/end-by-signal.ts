import { authorize } from '../../access/authorize.js';
import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import { fold } from '../../kernel/fold.js';
import type { ConnectionId } from '../../kernel/ids.js';
import { sql } from '../../storage/sql.js';
import { endSessions, endSessionsById } from '../sessions/session.js';
import { carryOutOne } from '../users/carry-out.js';
import { planClosing, planReopening } from '../users/plan.js';
import { emitProtectionEvent, protectionOf } from '../users/protect-user.js';
import { selectUsers, usersIn } from '../users/queries/load-user.js';
import { subjectOf, type User } from '../users/user.js';

/** Kinds of messages of an IdP about a user's sessions or account, for all protocols. */
export type SignalKind =
  | 'saml-logout'
  | 'backchannel-logout'
  | 'global-token-revocation'
  | 'session-revoked'
  | 'credential-change'
  | 'account-disabled'
  | 'account-enabled';

/** A verified message of the connection's IdP about one of its users. */
export interface Signal {
  signal: SignalKind;
  issuer: string;
  /** The forms in which the IdP can have written the subject. */
  subjects: readonly string[];
  /** The IdP's sessions that ended; null if it names none. */
  idpSessions: readonly string[] | null;
  email: string | null;
}

/**
 * Applies a message of an IdP about its own users. Sessions end at once; a disabled account is closed unless a SCIM
 * connection manages it. Only users that this connection has signed in or provisioned are affected. A repeated message
 * changes nothing.
 *
 * @returns the number of affected users
 * @throws Forbidden
 */
export async function endBySignal(tx: Tx, connectionId: ConnectionId, signal: Signal): Promise<number> {
  authorize(tx, 'session.start', { organizationId: tx.organizationId, connectionId });
  const users = await peopleOf(tx, connectionId, signal);
  for (const user of users) await applySignal(tx, connectionId, user, signal);
  return users.length;
}

async function peopleOf(tx: Tx, connectionId: ConnectionId, signal: Signal): Promise<User[]> {
  const { issuer, subjects, idpSessions, email } = signal;
  const rows = await tx.session.query<Record<string, unknown>>(
    sql`${selectUsers}
      where u.organization_id = ${scopeOf(tx)} and u.id in (
        select user_id from identities
          where organization_id = ${scopeOf(tx)} and connection_id = ${connectionId} and issuer = ${issuer}
            and subject = any(${subjects})
        union
        select user_id from identities
          where organization_id = ${scopeOf(tx)} and connection_id = ${connectionId} and issuer = ${issuer}
            and sub = any(${subjects})
        union
        select user_id from sessions
          where organization_id = ${scopeOf(tx)} and connection_id = ${connectionId} and ended_at is null
            and (idp_session = any(${idpSessions}) or idp_subject::jsonb->'sessions' ?| ${idpSessions}
              or idp_subject::jsonb->>'nameID' = any(${subjects}))
        union
        select i.user_id from identities i
          join users k on k.organization_id = i.organization_id and k.id = i.user_id
            and k.email_key = ${email === null ? null : fold(email)}
          where i.organization_id = ${scopeOf(tx)} and i.connection_id = ${connectionId}
      )
      order by u.id for update of u`,
  );
  return usersIn(tx.session, rows);
}

async function applySignal(
  tx: Tx,
  connectionId: ConnectionId,
  user: User,
  { signal, idpSessions }: Signal,
): Promise<void> {
  const mayClose = user.scimConnectionId === null && user.origin === 'JIT';
  if (signal === 'account-enabled') {
    if (!mayClose || user.active || user.deprovisionReason !== 'IDP_DEACTIVATED') return;
    return void (await carryOutOne(tx, planReopening(user, 'IDP_REACTIVATED')));
  }
  if (signal === 'account-disabled' && mayClose && user.active) {
    const why = await protectionOf(tx, user);
    if (why === null) return void (await carryOutOne(tx, planClosing(user, 'IDP_DEACTIVATED', tx)));
    emitProtectionEvent(tx, user, why);
  }
  const sessionsRevoked = await end(tx, connectionId, user, { signal, idpSessions });
  if (sessionsRevoked === 0) return;
  const data = { userId: user.id, sessionsRevoked, because: 'signal', signal } as const;
  tx.emit({ type: 'session.revoked', subject: subjectOf(user), connectionId, data });
}

/**
 * Ends sessions. A logout ends the sessions that were started through this IdP, or only those that it names; every
 * other signal ends all sessions.
 */
async function end(
  tx: Tx,
  connectionId: ConnectionId,
  user: User,
  { signal, idpSessions }: Pick<Signal, 'signal' | 'idpSessions'>,
): Promise<number> {
  if (signal !== 'saml-logout' && signal !== 'backchannel-logout') return endSessions(tx, user.id);
  const rows = await tx.session.query<{ id: string }>(
    sql`select id from sessions
      where organization_id = ${scopeOf(tx)} and connection_id = ${connectionId} and user_id = ${user.id}
        and ended_at is null
        and (${idpSessions}::text[] is null or idp_session = any(${idpSessions})
          or idp_subject::jsonb->'sessions' ?| ${idpSessions})`,
  );
  return (
    await endSessionsById(
      tx,
      rows.map(({ id }) => id),
    )
  ).length;
}
