import { authorize } from '../../access/authorize.js';
import type { Read, Tx } from '../../access/write.js';
import { BadInput, NotFound } from '../../errors.js';
import { type ConnectionId, type LinkRequestId, newId, type OrganizationId, parseId, type UserId } from '../../ids.js';
import type { Connection } from '../connections/connection.js';
import { lockConnection } from '../connections/find-connections.js';
import { lockUser } from '../users/load-user.js';
import type { User } from '../users/user.js';
import type { Assertion } from './assertion.js';
import { link } from './link.js';

const validMs = 7 * 86_400_000;

/** A sign-in that looks like somebody's and waits for an operator's word. */
export interface LinkRequest {
  organizationId: OrganizationId;
  id: LinkRequestId;
  connectionId: ConnectionId;
  userId: UserId;
  issuer: string;
  subject: string;
  email: string | null;
  createdAt: Date;
  expiresAt: Date;
}

/** Lets the sign-in wait for an operator. The word that is given binds this subject of this connection to this account only. */
export async function askOperator(tx: Tx, connection: Connection, assertion: Assertion, user: User): Promise<void> {
  const { issuer, subject, email } = assertion;
  await tx.session.query(
    `insert into link_requests
       (organization_id, id, connection_id, user_id, issuer, subject, email, state, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, 'PENDING', $8, $9)
     on conflict (organization_id, connection_id, user_id, issuer, subject) do update set expires_at = $9`,
    [
      tx.organizationId,
      newId('link'),
      connection.id,
      user.id,
      issuer,
      subject,
      email,
      tx.now,
      new Date(tx.now.getTime() + validMs),
    ],
  );
}

interface Row {
  id: LinkRequestId;
  connection_id: ConnectionId;
  user_id: UserId;
  issuer: string;
  subject: string;
  email: string | null;
  created_at: Date;
  expires_at: Date;
}

/** What waits for an operator's word on a connection, oldest first. @throws Forbidden */
export async function findLinkRequests(read: Read, connectionId: string, now: Date): Promise<LinkRequest[]> {
  authorize(read, 'user.settle', { organizationId: read.organizationId });
  const rows = await read.session.query<Row>(
    `select * from link_requests where organization_id = $1 and connection_id = $2 and state = 'PENDING'
     and expires_at > $3 order by id limit 1000`,
    [read.organizationId, connectionId, now],
  );
  return rows.map((row) => ({
    organizationId: read.organizationId,
    id: row.id,
    connectionId: row.connection_id,
    userId: row.user_id,
    issuer: row.issuer,
    subject: row.subject,
    email: row.email,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  }));
}

/**
 * Settles it: the subject becomes the account's, and the person's next sign-in comes in; or it is refused for good.
 *
 * @throws NotFound when nothing waits, Forbidden, BadInput when the account has another subject by now
 */
export async function settleLink(tx: Tx, { id, accept }: { id: string; accept: boolean }): Promise<User> {
  const key = parseId('link', id);
  const [request] = key
    ? await tx.session.query<Row>(
        `select * from link_requests where organization_id = $1 and id = $2 and state = 'PENDING' and expires_at > $3
         for update`,
        [tx.organizationId, key, tx.now],
      )
    : [];
  if (!request) throw new NotFound('link request');
  const connection = await lockConnection(tx, request.connection_id);
  const user = await lockUser(tx, request.user_id);
  authorize(tx, 'user.settle', user);
  const state = accept ? 'ACCEPTED' : 'REFUSED';
  await tx.session.query('update link_requests set state = $3 where organization_id = $1 and id = $2', [
    tx.organizationId,
    request.id,
    state,
  ]);
  if (!accept) return user;
  const others = await tx.session.query(
    `select 1 from identities where organization_id = $1 and connection_id = $2 and (
       (user_id = $3 and subject is not null) or (issuer = $4 and subject = $5))`,
    [tx.organizationId, connection.id, user.id, request.issuer, request.subject],
  );
  if (others.length > 0) throw new BadInput('The account, or the person, is linked to another one by now.');
  await link(tx, connection, request, user);
  return user;
}
