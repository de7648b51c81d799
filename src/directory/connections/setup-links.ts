import { authorize } from '../../access/authorize.js';
import { hashSecret, newSecret } from '../../access/secrets.js';
import type { Tx } from '../../access/write.js';
import { BadInput } from '../../errors.js';
import { newId } from '../../ids.js';
import type { Session } from '../../storage/database.js';
import { lockConnection } from './find-connections.js';

const daySeconds = 86_400;
const defaultSeconds = 7 * daySeconds;
const maximumSeconds = 30 * daySeconds;

/**
 * Makes a secret with which the customer's administrator configures this one connection, and sees nothing else. Good until
 * it runs out; each call makes another one.
 *
 * @throws NotFound, Forbidden, BadInput
 */
export async function createSetupLink(
  tx: Tx,
  connectionId: string,
  expiresInSeconds: number | null,
): Promise<{ secret: string; expiresAt: Date }> {
  const connection = await lockConnection(tx, connectionId);
  authorize(tx, 'connection.manage', connection);
  const seconds = expiresInSeconds ?? defaultSeconds;
  if (seconds < 1 || seconds > maximumSeconds)
    throw new BadInput(`"expiresInSeconds" must be from 1 to ${maximumSeconds}, which is 30 days.`);
  const secret = newSecret('setup');
  const expiresAt = new Date(tx.now.getTime() + seconds * 1_000);
  await tx.session.query(
    `insert into setup_links (organization_id, id, connection_id, hash, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6)`,
    [tx.organizationId, newId('setup'), connection.id, hashSecret(secret), tx.now, expiresAt],
  );
  return { secret, expiresAt };
}

/** Removes links that have run out. */
export async function pruneSetupLinks(session: Session, now: Date): Promise<void> {
  await session.query('delete from setup_links where expires_at <= $1', [now]);
}
