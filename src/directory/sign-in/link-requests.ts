import { IsNull, LessThan, MoreThan, Not } from 'typeorm';
import { authorize } from '../../access/authorize.js';
import { scopeOf } from '../../access/scope.js';
import type { Read, Tx } from '../../access/write.js';
import { dayMs } from '../../kernel/durations.js';
import { BadInput, NotFound } from '../../kernel/errors.js';
import { type ConnectionId, newId, parseId } from '../../kernel/ids.js';
import { type ListedRows, listRows } from '../../storage/list-rows.js';
import type { Session } from '../../storage/session.js';
import { once, sql } from '../../storage/sql.js';
import type { Connection } from '../connections/connection.js';
import { lockConnection } from '../connections/find-connections.js';
import { Identity } from '../users/identity.js';
import { lockUser } from '../users/queries/load-user.js';
import type { User } from '../users/user.js';
import type { Assertion } from './assertion.js';
import { link } from './link.js';
import { LinkRequest } from './link-request.js';

const validMs = 7 * dayMs;

/**
 * Creates a request for an operator's decision. Accepting it links only this subject of this connection to this
 * account.
 */
export async function askOperator(tx: Tx, connection: Connection, assertion: Assertion, user: User): Promise<void> {
  const { issuer, subject, email } = assertion;
  const expiresAt = once(new Date(tx.now.getTime() + validMs));
  await tx.session.query(sql`insert into link_requests
      (organization_id, id, connection_id, user_id, issuer, subject, email, state, created_at, expires_at)
    values (${scopeOf(tx)}, ${newId('link')}, ${connection.id}, ${user.id}, ${issuer}, ${subject}, ${email},
      'PENDING', ${tx.now}, ${expiresAt})
    on conflict (organization_id, connection_id, user_id, issuer, subject) do update set expires_at = ${expiresAt}`);
}

/** Returns the queries of the pending link requests of a connection. @throws Forbidden */
export function listLinkRequests(read: Read, connectionId: ConnectionId, now: Date): ListedRows<LinkRequest> {
  authorize(read, 'user.resolve', { organizationId: read.organizationId });
  return listRows(
    read.session,
    LinkRequest,
    sql`organization_id = ${scopeOf(read)} and connection_id = ${connectionId} and state = 'PENDING'
      and expires_at > ${now}`,
  );
}

/**
 * Accepts or rejects a link request. If accepted, the subject is linked to the account and the next sign-in succeeds;
 * if rejected, it stays rejected permanently.
 *
 * @throws NotFound if the request is not pending or the account to link is deleted, Forbidden, BadInput if the account
 *   has since been linked to another subject
 */
export async function resolveLinkRequest(tx: Tx, { id, accept }: { id: string; accept: boolean }): Promise<User> {
  const key = parseId('link', id);
  const { organizationId } = tx;
  const where = key && ({ organizationId, id: key, state: 'PENDING', expiresAt: MoreThan(tx.now) } as const);
  const request = where && (await tx.manager.findOne(LinkRequest, { where, lock: { mode: 'pessimistic_write' } }));
  if (!request) throw new NotFound('link request');
  const connection = await lockConnection(tx, request.connectionId);
  const user = await lockUser(tx, request.userId);
  authorize(tx, 'user.resolve', user);
  if (accept && user.deletedAt) throw new NotFound('user');
  const state = accept ? 'ACCEPTED' : 'REFUSED';
  await tx.manager.update(LinkRequest, { organizationId, id: request.id }, { state });
  if (!accept) return user;
  const ofConnection = { organizationId, connectionId: connection.id };
  const isLinked = await tx.manager.existsBy(Identity, [
    { ...ofConnection, userId: user.id, subject: Not(IsNull()) },
    { ...ofConnection, issuer: request.issuer, subject: request.subject },
  ]);
  if (isLinked)
    throw new BadInput('The account or the subject has since been linked elsewhere. Nothing was changed.', 'id');
  await link(tx, connection, request, user);
  return user;
}

/** Deletes expired link requests of all organizations. */
export const pruneLinkRequests = async (session: Session, now: Date): Promise<void> =>
  void (await session.manager.delete(LinkRequest, { expiresAt: LessThan(now) }));
