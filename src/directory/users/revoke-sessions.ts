import { IsNull } from 'typeorm';
import { authorize } from '../../access/authorize.js';
import type { Tx } from '../../access/write.js';
import { NotFound } from '../../kernel/errors.js';
import { parseId, type SessionId } from '../../kernel/ids.js';
import { endSessionsById, endSessionsOf, SignInSession } from '../sessions/session.js';
import { lockUser } from './queries/load-user.js';
import { subjectOf, type User } from './user.js';

/** Ends one session at once. @throws NotFound, Forbidden */
export async function revokeSession(tx: Tx, id: string): Promise<SessionId> {
  const key = parseId('ses', id);
  const where = key && { organizationId: tx.organizationId, id: key, endedAt: IsNull() };
  const session = where && (await tx.manager.findOne(SignInSession, { where, lock: { mode: 'pessimistic_write' } }));
  if (!session) throw new NotFound('session');
  authorize(tx, 'session.revoke', session);
  await endSessionsById(tx, [session.id]);
  const data = { id: session.id, userId: session.userId };
  tx.emit({ type: 'session.revoked', subject: { type: 'user', id: session.userId }, data });
  return session.id;
}

/** Ends all sessions of a user. @throws NotFound, Forbidden */
export async function revokeUserSessions(tx: Tx, userId: string): Promise<User> {
  const user = await lockUser(tx, userId);
  authorize(tx, 'session.revoke', { organizationId: user.organizationId, userId: user.id });
  await revokeSessionsOf(tx, [user]);
  return user;
}

/** Ends all sessions of locked users that the caller is authorized to sign out, with one event for each user that had any. */
export async function revokeSessionsOf(tx: Tx, users: readonly User[]): Promise<void> {
  const sessions = await endSessionsOf(
    tx,
    users.map(({ id }) => id),
  );
  for (const user of users) {
    const sessionsRevoked = sessions.get(user.id) ?? 0;
    if (sessionsRevoked === 0) continue;
    tx.emit({ type: 'session.revoked', subject: subjectOf(user), data: { userId: user.id, sessionsRevoked } });
  }
}
