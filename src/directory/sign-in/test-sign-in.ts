import { authorize } from '../../access/authorize.js';
import type { Tx } from '../../access/write.js';
import { BadInput } from '../../errors.js';
import { newId, type TripId } from '../../ids.js';
import { lockConnection } from '../connections/find-connections.js';

const validMs = 3_600_000;

/** Makes a link with which a connection can be tried out, once, within an hour. @throws NotFound, Forbidden, BadInput */
export async function startTestSignIn(tx: Tx, connectionId: string): Promise<{ id: TripId; expiresAt: Date }> {
  const connection = await lockConnection(tx, connectionId);
  authorize(tx, 'connection.configure', connection);
  if (!connection.oidc && !connection.saml)
    throw new BadInput('The connection signs nobody in: give it "oidc" or "saml" first.');
  const id = newId('trip');
  const expiresAt = new Date(tx.now.getTime() + validMs);
  const state = JSON.stringify({ purpose: { kind: 'test' } });
  await tx.session.query(
    `insert into sign_in_transactions (organization_id, id, connection_id, kind, state, created_at, expires_at)
     values ($1, $2, $3, 'test', $4, $5, $6)`,
    [tx.organizationId, id, connection.id, state, tx.now, expiresAt],
  );
  return { id, expiresAt };
}
