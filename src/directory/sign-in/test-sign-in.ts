import { authorize } from '../../access/authorize.js';
import type { Tx } from '../../access/write.js';
import { hourMs } from '../../kernel/durations.js';
import { BadInput } from '../../kernel/errors.js';
import { newId, type TripId } from '../../kernel/ids.js';
import { create } from '../../storage/rows.js';
import { lockConnection } from '../connections/find-connections.js';
import { SignInTransaction } from './sign-in-transaction.js';

const validMs = hourMs;

/**
 * Creates a link for one test sign-in through the connection, valid for one hour. @throws NotFound, Forbidden, BadInput
 */
export async function startTestSignIn(tx: Tx, connectionId: string): Promise<{ id: TripId; expiresAt: Date }> {
  const connection = await lockConnection(tx, connectionId);
  authorize(tx, 'connection.configure', connection);
  if (!connection.oidc && !connection.saml)
    throw new BadInput('Sign-in is not configured for this connection. Set "oidc" or "saml" first.', 'connectionId');
  const id = newId('trip');
  const expiresAt = new Date(tx.now.getTime() + validMs);
  // The result page links back to the setup page on which the customer's administrator started the test.
  const fromSetup = tx.principal.kind === 'setup';
  const trip = create(SignInTransaction, {
    organizationId: tx.organizationId,
    id,
    connectionId: connection.id,
    browserHash: null,
    kind: 'test',
    state: { purpose: { kind: 'test', fromSetup } },
    arrival: null,
    createdAt: tx.now,
    expiresAt,
    usedAt: null,
  });
  await tx.session.insert(SignInTransaction, trip);
  return { id, expiresAt };
}
