import { isAdministrative } from '../../access/administrative.js';
import { authorize } from '../../access/authorize.js';
import type { Tx } from '../../access/write.js';
import { AdoptionRefused } from '../../errors.js';
import type { ConnectionId } from '../../ids.js';
import { authoritiesOf } from '../organizations/domain-connections.js';
import { subjectOf } from './account-life.js';
import type { Account } from './change-user.js';
import { detachOthers } from './detach-others.js';
import { acceptInvitation } from './invitations.js';
import { saveExternalId } from './save-user.js';
import { type User, userState } from './user.js';

/**
 * Lets the SCIM connection that writes take over a locked account that none manages. Nothing happens for its own, and for
 * writers other than SCIM.
 *
 * @throws AdoptionRefused when the connection does not own the account: its domain, and nobody's administrator
 */
export async function adoptUser(tx: Tx, user: User, account: Account | null): Promise<boolean> {
  const { principal } = tx;
  if (principal.kind !== 'scim' || user.scimConnectionId !== null) return false;
  authorize(tx, 'user.adopt', user);
  if (user.protected || isAdministrative(user) || !(await ownsDomain(tx, user.email, principal.connectionId))) {
    throw new AdoptionRefused(
      'This person has an account that the application manages. To take it over, its e-mail domain must be verified ' +
        'and assigned to this connection, and it must be neither protected nor hold an administrative role; or an administrator of the ' +
        'application settles the request that now waits.',
      account && { userId: user.id, account },
    );
  }
  await takeOver(tx, user, { connectionId: principal.connectionId, externalId: account?.externalId ?? null });
  return true;
}

/**
 * Puts a locked account under a connection, with its event, and detaches connections that do not own its address. The caller
 * saves it.
 *
 * @throws ExternalIdTaken
 */
export async function takeOver(
  tx: Tx,
  user: User,
  { connectionId, externalId }: { connectionId: ConnectionId; externalId: string | null },
): Promise<void> {
  const matchedBy = tx.principal.kind === 'scim' ? 'look-up' : 'review';
  Object.assign(user, { scimConnectionId: connectionId, externalId });
  await saveExternalId(tx, user);
  const data = { ...userState(user), fromOrigin: user.origin, matchedBy };
  tx.emit({ type: 'user.adopted', subject: subjectOf(user), connectionId, data });
  await detachOthers(tx, user, { connectionId, addresses: [], because: 'adopted' });
  if (user.invitedAt) await acceptInvitation(tx, user, { connectionId });
}

/** Whether the address's domain is VERIFIED and assigned to the connection. */
export async function ownsDomain(tx: Tx, email: string | null, connectionId: string): Promise<boolean> {
  return (await authoritiesOf(tx, email)).ids.includes(connectionId);
}
