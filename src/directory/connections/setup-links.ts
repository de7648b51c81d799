import { LessThanOrEqual, MoreThan } from 'typeorm';
import { authorize } from '../../access/authorize.js';
import { actorOf } from '../../access/principal.js';
import { scopeOf } from '../../access/scope.js';
import type { Read, Tx } from '../../access/write.js';
import { daySeconds } from '../../kernel/durations.js';
import { BadInput, NotFound } from '../../kernel/errors.js';
import { type ConnectionId, newId, parseId, type SetupLinkId } from '../../kernel/ids.js';
import { checkedAll } from '../../kernel/input-errors.js';
import { hashSecret, newSecret } from '../../kernel/secrets.js';
import { type ListedRows, listRows } from '../../storage/list-rows.js';
import { create } from '../../storage/rows.js';
import type { Session } from '../../storage/session.js';
import { sql } from '../../storage/sql.js';
import { checkedName } from '../organizations/create-organization.js';
import { checkedUrl } from './configure-facets.js';
import { lockConnection } from './find-connections.js';
import { SetupLink } from './setup-link.js';

const defaultSeconds = 7 * daySeconds;
const maximumSeconds = 30 * daySeconds;

/** Input for a new setup link. */
export interface SetupLinkFacts {
  /** Lifetime. Default: one week. */
  expiresInSeconds?: number | null;
  name?: string | null;
  returnUrl?: string | null;
}

/**
 * Creates a secret with which the customer's administrator can configure this connection and see nothing else. It is
 * valid until it expires; each call creates another one.
 *
 * @throws NotFound, Forbidden, BadInput
 */
export async function createSetupLink(
  tx: Tx,
  connectionId: string,
  { expiresInSeconds, name, returnUrl }: SetupLinkFacts,
): Promise<{ setupLink: SetupLink; secret: string }> {
  const connection = await lockConnection(tx, connectionId);
  authorize(tx, 'connection.manage', connection);
  const checked = checkedAll({
    seconds: () => checkedLifetime(expiresInSeconds ?? defaultSeconds),
    name: () => (name == null ? null : checkedName(name, 'name')),
    returnUrl: () => (returnUrl == null ? null : checkedUrl(returnUrl, 'returnUrl')),
  });
  const secret = newSecret('setup');
  const creator = actorOf(tx.principal);
  const expiresAt = new Date(tx.now.getTime() + checked.seconds * 1_000);
  const setupLink: SetupLink = create(SetupLink, {
    organizationId: tx.organizationId,
    id: newId('setup'),
    connectionId: connection.id,
    hash: hashSecret(secret),
    createdAt: tx.now,
    expiresAt,
    name: checked.name,
    returnUrl: checked.returnUrl,
    creatorKind: creator.kind,
    creatorId: creator.id,
    lastUsedAt: null,
  });
  await tx.manager.insert(SetupLink, setupLink);
  return { setupLink, secret };
}

function checkedLifetime(seconds: number): number {
  if (seconds >= 1 && seconds <= maximumSeconds) return seconds;
  throw new BadInput(`"expiresInSeconds" must be from 1 to ${maximumSeconds} (30 days).`);
}

/** Revokes a setup link. It is invalid on every node within one second. @throws NotFound, Forbidden */
export async function revokeSetupLink(tx: Tx, id: string): Promise<SetupLinkId> {
  const { organizationId } = tx;
  const key = parseId('setup', id);
  const where = key && { organizationId, id: key, expiresAt: MoreThan(tx.now) };
  const link = where && (await tx.manager.findOne(SetupLink, { where, lock: { mode: 'pessimistic_write' } }));
  if (!link) throw new NotFound('setup link');
  authorize(tx, 'connection.manage', { organizationId, id: link.connectionId });
  await tx.manager.delete(SetupLink, { organizationId, id: link.id });
  tx.credentialsChanged = true;
  return link.id;
}

/** Returns the valid setup link of a caller; null if it was revoked meanwhile. */
export const findSetupLink = (
  { session, organizationId }: Read,
  { linkId: id }: { linkId: SetupLinkId },
): Promise<SetupLink | null> => session.manager.findOneBy(SetupLink, { organizationId, id });

/** Returns the queries that list and count the valid setup links of a connection. @throws Forbidden */
export function listSetupLinks(read: Read, connectionId: ConnectionId, now: Date): ListedRows<SetupLink> {
  authorize(read, 'connection.read', { organizationId: read.organizationId, id: connectionId });
  const valid = sql`organization_id = ${scopeOf(read)} and connection_id = ${connectionId} and expires_at > ${now}`;
  return listRows(read.session, SetupLink, valid);
}

/** Deletes expired setup links. */
export async function pruneSetupLinks(session: Session, now: Date): Promise<void> {
  await session.manager.delete(SetupLink, { expiresAt: LessThanOrEqual(now) });
}
