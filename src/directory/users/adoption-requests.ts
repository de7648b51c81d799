import { authorize } from '../../access/authorize.js';
import { scopeOf } from '../../access/scope.js';
import type { Read, Tx } from '../../access/write.js';
import { BadInput, invariant, NotFound } from '../../kernel/errors.js';
import { type ConnectionId, parseId } from '../../kernel/ids.js';
import { type ListedRows, listRows } from '../../storage/list-rows.js';
import { copyOf } from '../../storage/rows.js';
import { once, sql } from '../../storage/sql.js';
import type { Account } from './account.js';
import { takeOver } from './adopt-user.js';
import { AdoptionRequest } from './adoption-request.js';
import { applyEdit } from './change-user.js';
import { lockUser } from './queries/load-user.js';
import { setProfile } from './queries/profile-columns.js';
import { saveUser } from './save-user.js';
import type { User } from './user.js';

/**
 * Creates or renews the adoption request of the SCIM connection that sends the request. A `whole` account replaces the
 * one in an earlier request; a change of single attributes does not. The account itself stays unchanged. Returns true
 * if the request is pending, false if an operator has rejected it.
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
  const wanted = once(JSON.stringify(account));
  const isWhole = once(whole);
  const [row] = await tx.session.query<{ state: string }>(
    sql`insert into adoption_requests
        (organization_id, connection_id, user_id, external_id, account, state, created_at, updated_at)
      values (${scopeOf(tx)}, ${principal.connectionId}, ${userId}, ${wanted}::jsonb->>'externalId', ${wanted},
        'PENDING', ${tx.now}, ${tx.now})
      on conflict (organization_id, connection_id, user_id) do update set updated_at = ${tx.now},
        account = case when ${isWhole} then excluded.account else adoption_requests.account end,
        external_id = case when ${isWhole} then excluded.external_id else adoption_requests.external_id end
      returning state`,
  );
  return row?.state === 'PENDING';
}

/**
 * Returns a copy of the existing account, with its id, in which `active`, the externalId and the profile are those that
 * the IdP has sent.
 */
export function asWanted(user: User, { active, externalId, profile }: Account): User {
  const shown = copyOf(user);
  shown.active = active;
  shown.externalId = externalId;
  setProfile(shown, profile);
  return shown;
}

/** Returns the queries of the pending adoption requests of a connection. @throws Forbidden */
export function listAdoptionRequests(read: Read, connectionId: ConnectionId): ListedRows<AdoptionRequest> {
  authorize(read, 'user.resolve', { organizationId: read.organizationId });
  return listRows(
    read.session,
    AdoptionRequest,
    sql`organization_id = ${scopeOf(read)} and connection_id = ${connectionId} and state = 'PENDING'`,
  );
}

/**
 * Accepts or rejects a pending adoption request. If accepted, the connection adopts the account: the profile is the one
 * that it sent, with the existing userName and addresses. If rejected, further requests of the IdP are answered with
 * 409.
 *
 * @throws NotFound if no request is pending or the account to adopt is deleted, Forbidden, BadInput, ExternalIdTaken
 */
export async function resolveAdoptionRequest(
  tx: Tx,
  { userId, connectionId, accept }: { userId: string; connectionId: string; accept: boolean },
): Promise<User> {
  const user = await lockUser(tx, userId);
  authorize(tx, 'user.resolve', user);
  const connection = parseId('conn', connectionId);
  const key = connection && { organizationId: tx.organizationId, connectionId: connection, userId: user.id };
  const where = key && ({ ...key, state: 'PENDING' } as const);
  const request = where && (await tx.manager.findOne(AdoptionRequest, { where, lock: { mode: 'pessimistic_write' } }));
  if (!request) throw new NotFound('adoption request');
  if (!accept) {
    await tx.manager.update(AdoptionRequest, key, { state: 'REFUSED' });
    return user;
  }
  if (user.deletedAt) throw new NotFound('user');
  if (user.scimConnectionId)
    throw new BadInput('Another connection now manages this account. Nothing was changed.', 'userId');
  await tx.manager.delete(AdoptionRequest, key);
  const { account } = request;
  await takeOver(tx, user, { connectionId: request.connectionId, externalId: account.externalId });
  await saveUser(tx, user);
  return applyEdit(tx, user, ({ profile }) => ({
    ...account,
    profile: { ...account.profile, userName: profile.userName, emails: profile.emails },
  }));
}
