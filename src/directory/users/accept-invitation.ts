import type { Tx } from '../../access/write.js';
import type { EventPayloads } from '../../events/payloads.js';
import type { ConnectionId } from '../../kernel/ids.js';
import { seatsUsed } from '../organizations/seats.js';
import { Invitation } from './invitation.js';
import { subjectOf, type User, userState } from './user.js';

/** The connection that accepts an invitation, and the row of the decision if a sign-in accepts it. */
type Acceptance = { connectionId: ConnectionId } & Pick<EventPayloads['user.provisioned'], 'decisionRow'>;

/** Makes a locked PENDING account ACTIVE under its id and emits the event. The caller saves the account. */
export async function acceptInvitation(tx: Tx, user: User, because: Acceptance): Promise<void> {
  user.invitedAt = null;
  await tx.manager.delete(Invitation, { organizationId: tx.organizationId, userId: user.id });
  // The caller takes the seat when it saves the user.
  const seats = (await seatsUsed(tx)) + 1;
  const data = { ...userState(user), invited: true, seatsUsed: seats, ...because } as const;
  tx.emit({ type: 'user.provisioned', subject: subjectOf(user), connectionId: because.connectionId, data });
}
