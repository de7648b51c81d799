import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import { sql } from '../../storage/sql.js';
import { checkExternalId } from '../check-external-id.js';
import type { Connection } from '../connections/connection.js';
import { endSessions } from '../sessions/session.js';
import { detachOthers } from '../users/detach-others.js';
import { saveUser } from '../users/save-user.js';
import { subjectOf, type User, userState } from '../users/user.js';
import type { Assertion } from './assertion.js';

type Subject = Pick<Assertion, 'issuer' | 'subject'>;

/** Stores the subject for the account and emits the event. It grants nothing: the sign-in can still be denied. */
export async function bindSubject(tx: Tx, { id }: Connection, { issuer, subject }: Subject, user: User): Promise<void> {
  checkExternalId(subject, 'subject');
  const bound = await tx.session.query(sql`insert into identities
      (organization_id, connection_id, user_id, issuer, subject, origin, created_at)
    values (${scopeOf(tx)}, ${id}, ${user.id}, ${issuer}, ${subject}, 'JIT', ${tx.now})
    on conflict (organization_id, connection_id, user_id) do update set issuer = ${issuer}, subject = ${subject}
      where identities.subject is distinct from ${subject} or identities.issuer is distinct from ${issuer}
    returning 1`);
  if (bound.length === 0) return;
  await saveUser(tx, user);
  const changes = [{ path: 'identities', before: null, after: { connectionId: id, subject } }];
  tx.emit({ type: 'user.updated', subject: subjectOf(user), connectionId: id, data: userState(user), changes });
}

/**
 * Links the subject to the account and ends the existing sessions with their grants. If the connection owns the domain
 * of the address, connections that do not own it are detached from the account.
 */
export async function link(
  tx: Tx,
  connection: Connection,
  subject: Subject & Pick<Assertion, 'email'>,
  user: User,
): Promise<void> {
  const sessionsRevoked = await endSessions(tx, user.id);
  const others = { connectionId: connection.id, addresses: [subject.email], because: 'linked' } as const;
  if (await detachOthers(tx, user, others)) await saveUser(tx, user);
  await bindSubject(tx, connection, subject, user);
  if (sessionsRevoked === 0) return;
  const data = { userId: user.id, sessionsRevoked, because: 'linked' } as const;
  tx.emit({ type: 'session.revoked', subject: subjectOf(user), connectionId: connection.id, data });
}
