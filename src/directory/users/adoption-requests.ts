import { authorize } from '../../access/authorize.js';
import type { Read, Tx } from '../../access/write.js';
import { BadInput, invariant, NotFound } from '../../errors.js';
import { type ConnectionId, parseId, type UserId } from '../../ids.js';
import { takeOver } from './adopt-user.js';
import { type Account, applyEdit } from './change-user.js';
import { lockUser } from './load-user.js';
import { layProfile, saveUser } from './save-user.js';
import { User } from './user.js';

/** A wish of an IdP to take over an account that it does not own. */
export interface AdoptionRequest {
  organizationId: string;
  connectionId: ConnectionId;
  userId: UserId;
  account: Account;
  createdAt: Date;
  updatedAt: Date;
}

/**
 * Puts the wish of the SCIM connection that writes into the inbox, or renews it there; a wish that is `whole` takes the place
 * of an earlier one, a change of single attributes does not. The account stays as it is. Says whether it waits: one that an
 * operator has refused does not.
 */
export async function awaitReview(
  tx: Tx,
  userId: string,
  account: unknown,
  { whole = true }: { whole?: boolean } = {},
): Promise<boolean> {
  const { principal } = tx;
  invariant(principal.kind === 'scim', 'only a SCIM connection asks to take accounts over');
  tx.note('adoptionPending');
  const [row] = await tx.session.query<{ state: string }>(
    `insert into adoption_requests
       (organization_id, connection_id, user_id, external_id, account, state, created_at, updated_at)
     values ($1, $2, $3, $4::jsonb->>'externalId', $4, 'PENDING', $5, $5)
     on conflict (organization_id, connection_id, user_id) do update set updated_at = $5,
       account = case when $6 then $4 else adoption_requests.account end,
       external_id = case when $6 then $4::jsonb->>'externalId' else adoption_requests.external_id end
     returning state`,
    [tx.organizationId, principal.connectionId, userId, JSON.stringify(account), tx.now, whole],
  );
  return row?.state === 'PENDING';
}

/** The account as the IdP wants it, under the id that it will have; nothing of what the application knows. */
export function asWanted(user: User, { active, externalId, profile }: Account): User {
  const shown = Object.assign(new User(), user, { active, externalId, managerId: null });
  layProfile(shown, profile);
  return shown;
}

interface Row {
  user_id: UserId;
  account: Account;
  created_at: Date;
  updated_at: Date;
}

/** What waits to be settled for a connection, oldest first. @throws Forbidden */
export async function findAdoptionRequests(read: Read, connectionId: ConnectionId): Promise<AdoptionRequest[]> {
  authorize(read, 'user.settle', { organizationId: read.organizationId });
  const rows = await read.session.query<Row>(
    `select user_id, account, created_at, updated_at from adoption_requests
     where organization_id = $1 and connection_id = $2 and state = 'PENDING' order by created_at, user_id limit 1000`,
    [read.organizationId, connectionId],
  );
  return rows.map((row) => ({
    organizationId: read.organizationId,
    connectionId,
    userId: row.user_id,
    account: row.account,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }));
}

/**
 * Settles a wish that waits: the connection takes the account over, with the profile that it sent but the account's own
 * userName and addresses; or it is told 409 from now on.
 *
 * @throws NotFound when nothing waits, Forbidden, BadInput, ExternalIdTaken
 */
export async function settleAdoption(
  tx: Tx,
  { userId, connectionId, accept }: { userId: string; connectionId: string; accept: boolean },
): Promise<User> {
  const user = await lockUser(tx, userId);
  authorize(tx, 'user.settle', user);
  const connection = parseId('conn', connectionId);
  const key = [tx.organizationId, connectionId, user.id];
  const [request] = await tx.session.query<Row>(
    `select * from adoption_requests where organization_id = $1 and connection_id = $2 and user_id = $3
       and state = 'PENDING' for update`,
    key,
  );
  if (!request || !connection) throw new NotFound('adoption that waits for review');
  const where = 'where organization_id = $1 and connection_id = $2 and user_id = $3';
  if (!accept) {
    await tx.session.query(`update adoption_requests set state = 'REFUSED' ${where}`, key);
    return user;
  }
  if (user.scimConnectionId) throw new BadInput('Another connection manages this account by now.');
  await tx.session.query(`delete from adoption_requests ${where}`, key);
  const { account } = request;
  await takeOver(tx, user, { connectionId: connection, externalId: account.externalId });
  await saveUser(tx, user);
  return applyEdit(tx, user, ({ profile }) => ({
    ...account,
    profile: { ...account.profile, userName: profile.userName, emails: profile.emails },
  }));
}
