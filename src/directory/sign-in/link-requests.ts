import { authorize } from '../../access/authorize.js';
import { scopeOf } from '../../access/scope.js';
import type { Read, Tx } from '../../access/write.js';
import { BadInput, NotFound } from '../../errors.js';
import { newId, parseId } from '../../ids.js';
import { sql } from '../../storage/sql.js';
import type { Connection } from '../connections/connection.js';
import { lockConnection } from '../connections/find-connections.js';
import { lockUser } from '../users/load-user.js';
import type { User } from '../users/user.js';
import type { Assertion } from './assertion.js';
import { link } from './link.js';
import { LinkRequest } from './link-request.js';

const validMs = 7 * 86_400_000;

/** Lets the sign-in wait for an operator. The word that is given binds this subject of this connection to this account only. */
export async function askOperator(tx: Tx, connection: Connection, assertion: Assertion, user: User): Promise<void> {
  const { issuer, subject, email } = assertion;
  await tx.session.query(sql`insert into link_requests
       (organization_id, id, connection_id, user_id, issuer, subject, email, state, created_at, expires_at)
     values (${scopeOf(tx)}, ${newId('link')}, ${connection.id}, ${user.id}, ${issuer}, ${subject}, ${email},
     'PENDING', ${tx.now}, ${new Date(tx.now.getTime() + validMs)})
     on conflict (organization_id, connection_id, user_id, issuer, subject) do update
     set expires_at = ${new Date(tx.now.getTime() + validMs)}`);
}

/** What waits for an operator's word on a connection, oldest first. @throws Forbidden */
export async function findLinkRequests(read: Read, connectionId: string, now: Date): Promise<LinkRequest[]> {
  authorize(read, 'user.settle', { organizationId: read.organizationId });
  return read.session.rows(
    LinkRequest,
    sql`organization_id = ${scopeOf(read)} and connection_id = ${connectionId} and state = 'PENDING'
      and expires_at > ${now} order by id limit 1000`,
  );
}

/**
 * Settles it: the subject becomes the account's, and the person's next sign-in comes in; or it is refused for good.
 *
 * @throws NotFound when nothing waits, Forbidden, BadInput when the account has another subject by now
 */
export async function settleLink(tx: Tx, { id, accept }: { id: string; accept: boolean }): Promise<User> {
  const key = parseId('link', id);
  const [request] = key
    ? await tx.session.rows(
        LinkRequest,
        sql`organization_id = ${scopeOf(tx)} and id = ${key} and state = 'PENDING' and expires_at > ${tx.now} for update`,
      )
    : [];
  if (!request) throw new NotFound('link request');
  const connection = await lockConnection(tx, request.connectionId);
  const user = await lockUser(tx, request.userId);
  authorize(tx, 'user.settle', user);
  const state = accept ? 'ACCEPTED' : 'REFUSED';
  await tx.session.query(sql`update link_requests set state = ${state} where organization_id = ${scopeOf(tx)}
    and id = ${request.id}`);
  if (!accept) return user;
  const others = await tx.session.query(sql`select 1 from identities where organization_id = ${scopeOf(tx)}
    and connection_id = ${connection.id} and (
       (user_id = ${user.id} and subject is not null) or (issuer = ${request.issuer}
       and subject = ${request.subject}))`);
  if (others.length > 0)
    throw new BadInput('The account or the subject has since been linked elsewhere. Nothing was changed.', 'id');
  await link(tx, connection, request, user);
  return user;
}
