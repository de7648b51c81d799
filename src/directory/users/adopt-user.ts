import type { Tx } from '../../access/write.js';
import type { ConnectionId } from '../../kernel/ids.js';
import { authoritiesOf } from '../organizations/domain-trust.js';
import { acceptInvitation } from './accept-invitation.js';
import { checkAdoption } from './check-adoption.js';
import { detachOthers } from './detach-others.js';
import { adopterOf } from './draft-edit.js';
import { saveExternalIds } from './save-user.js';
import { subjectOf, type User, userState } from './user.js';

/**
 * Makes the SCIM connection that sends the request the manager of a locked, unmanaged account. Does nothing for an
 * account that already has a manager, and for other callers than SCIM. The caller saves the account.
 *
 * @throws Forbidden, AdoptionRefused
 */
export async function adoptUser(tx: Tx, user: User): Promise<void> {
  const connectionId = adopterOf(tx.principal, user);
  if (connectionId === null) return;
  const { ids } = await authoritiesOf(tx, user.email);
  checkAdoption(tx, user, { isAdopterTrusted: ids.includes(connectionId), wanted: null });
  await takeOver(tx, user, { connectionId, externalId: null });
}

/**
 * Makes a connection the manager of a locked account, emits the event, and detaches connections that do not own the
 * account's address. The caller saves the account.
 *
 * @throws ExternalIdTaken
 */
export async function takeOver(
  tx: Tx,
  user: User,
  { connectionId, externalId }: { connectionId: ConnectionId; externalId: string | null },
): Promise<void> {
  const matchedBy = tx.principal.kind === 'scim' ? 'look-up' : 'review';
  user.scimConnectionId = connectionId;
  user.externalId = externalId;
  await saveExternalIds(tx, [user]);
  const data = { ...userState(user), fromOrigin: user.origin, matchedBy } as const;
  tx.emit({ type: 'user.adopted', subject: subjectOf(user), connectionId, data });
  await detachOthers(tx, user, { connectionId, addresses: [], because: 'adopted' });
  if (user.invitedAt) await acceptInvitation(tx, user, { connectionId });
}
