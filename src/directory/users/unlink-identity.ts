import { authorize } from '../../access/authorize.js';
import type { Tx } from '../../access/write.js';
import { BadInput, NotFound } from '../../kernel/errors.js';
import { parseId } from '../../kernel/ids.js';
import { Identity } from './identity.js';
import { lockUser } from './queries/load-user.js';
import { requiredReason } from './reason.js';
import { revokeUserSessions } from './revoke-sessions.js';
import { saveUser } from './save-user.js';
import { subjectOf, type User, userState } from './user.js';

/**
 * Deletes the identity of a user at a connection and ends all sessions of the user. The subject and the `externalId` can
 * then be linked to another user.
 *
 * @throws NotFound for an unknown user or identity, Forbidden, BadInput without a reason, or if the connection manages
 *   the user
 */
export async function unlinkIdentity(
  tx: Tx,
  userId: string,
  { connectionId, reason }: { connectionId: string; reason: string },
): Promise<User> {
  const user = await lockUser(tx, userId);
  authorize(tx, 'user.unlink', user);
  const why = requiredReason(reason, 'The event contains it.');
  const { organizationId } = tx;
  const key = parseId('conn', connectionId);
  const where = key && { organizationId, connectionId: key, userId: user.id };
  const identity = where && (await tx.manager.findOneBy(Identity, where));
  if (!identity) throw new NotFound('identity');
  if (user.scimConnectionId === identity.connectionId)
    throw new BadInput('"connectionId" must not be the connection that manages the user. Remove the user at its IdP.');

  await tx.manager.delete(Identity, { organizationId, connectionId: identity.connectionId, userId: user.id });
  const { subject, externalId } = identity;
  const before = { connectionId: identity.connectionId, subject, externalId };
  const changes = [{ path: 'identities', before, after: null }];
  const data = { ...userState(user), reason: why };
  tx.emit({ type: 'user.updated', subject: subjectOf(user), connectionId: identity.connectionId, data, changes });
  const saved = await saveUser(tx, user);
  await revokeUserSessions(tx, user.id);
  return saved;
}
