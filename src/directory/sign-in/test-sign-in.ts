import { authorize } from '../../access/authorize.js';
import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import { BadInput } from '../../errors.js';
import { newId, type TripId } from '../../ids.js';
import { sql } from '../../storage/sql.js';
import { lockConnection } from '../connections/find-connections.js';

const validMs = 3_600_000;

/** Makes a link with which a connection can be tried out, once, within an hour. @throws NotFound, Forbidden, BadInput */
export async function startTestSignIn(tx: Tx, connectionId: string): Promise<{ id: TripId; expiresAt: Date }> {
  const connection = await lockConnection(tx, connectionId);
  authorize(tx, 'connection.configure', connection);
  if (!connection.oidc && !connection.saml)
    throw new BadInput('The connection has no sign-in: set "oidc" or "saml" first.', 'connectionId');
  const id = newId('trip');
  const expiresAt = new Date(tx.now.getTime() + validMs);
  // Its result leads back to the page on which the customer's administrator started it.
  const fromSetup = tx.principal.kind === 'setup';
  const state = JSON.stringify({ purpose: { kind: 'test', fromSetup } });
  await tx.session.query(sql`insert into sign_in_transactions
      (organization_id, id, connection_id, kind, state, created_at, expires_at)
    values (${scopeOf(tx)}, ${id}, ${connection.id}, 'test', ${state}, ${tx.now}, ${expiresAt})`);
  return { id, expiresAt };
}
