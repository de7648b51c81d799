import { LessThanOrEqual } from 'typeorm';
import { authorize } from '../../access/authorize.js';
import type { Tx } from '../../access/write.js';
import { BadInput } from '../../kernel/errors.js';
import { newId } from '../../kernel/ids.js';
import { hashSecret, newSecret } from '../../kernel/secrets.js';
import { create } from '../../storage/rows.js';
import type { Session } from '../../storage/session.js';
import { lockConnection } from './find-connections.js';
import { SetupLink } from './setup-link.js';

const daySeconds = 86_400;
const defaultSeconds = 7 * daySeconds;
const maximumSeconds = 30 * daySeconds;

/**
 * Creates a secret with which the customer's administrator can configure this connection and see nothing else. It is
 * valid until it expires; each call creates another one.
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
    throw new BadInput(`"expiresInSeconds" must be from 1 to ${maximumSeconds} (30 days).`);
  const secret = newSecret('setup');
  const expiresAt = new Date(tx.now.getTime() + seconds * 1_000);
  const link = create(SetupLink, {
    organizationId: tx.organizationId,
    id: newId('setup'),
    connectionId: connection.id,
    hash: hashSecret(secret),
    createdAt: tx.now,
    expiresAt,
  });
  await tx.manager.insert(SetupLink, link);
  return { secret, expiresAt };
}

/** Deletes expired setup links. */
export async function pruneSetupLinks(session: Session, now: Date): Promise<void> {
  await session.manager.delete(SetupLink, { expiresAt: LessThanOrEqual(now) });
}
