import { authorize } from '../../access/authorize.js';
import { scopeOf } from '../../access/scope.js';
import type { Read, Tx } from '../../access/write.js';
import { BadInput, invariant, NotFound } from '../../errors.js';
import { type ConnectionId, parseId } from '../../ids.js';
import { copyOf } from '../../storage/rows.js';
import { once, sql } from '../../storage/sql.js';
import type { Account } from './account.js';
import { takeOver } from './adopt-user.js';
import { AdoptionRequest } from './adoption-request.js';
import { applyEdit } from './change-user.js';
import { lockUser } from './load-user.js';
import { setProfile } from './profile-columns.js';
import { saveUser } from './save-user.js';
import type { User } from './user.js';

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

/** The account as the IdP wants it, under the id that it will have; nothing of what the application knows. */
export function asWanted(user: User, { active, externalId, profile }: Account): User {
  const shown = copyOf(user);
  shown.active = active;
  shown.externalId = externalId;
  setProfile(shown, profile);
  return shown;
}

/** What waits to be settled for a connection, oldest first. @throws Forbidden */
export async function findAdoptionRequests(read: Read, connectionId: ConnectionId): Promise<AdoptionRequest[]> {
  authorize(read, 'user.settle', { organizationId: read.organizationId });
  const where = { organizationId: read.organizationId, connectionId, state: 'PENDING' } as const;
  const order = { createdAt: 'ASC', userId: 'ASC' } as const;
  return read.session.manager.find(AdoptionRequest, { where, order, take: 1_000 });
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
  const key = connection && { organizationId: tx.organizationId, connectionId: connection, userId: user.id };
  const where = key && ({ ...key, state: 'PENDING' } as const);
  const request = where && (await tx.manager.findOne(AdoptionRequest, { where, lock: { mode: 'pessimistic_write' } }));
  if (!request) throw new NotFound('adoption that waits for review');
  if (!accept) {
    await tx.manager.update(AdoptionRequest, key, { state: 'REFUSED' });
    return user;
  }
  if (user.scimConnectionId) throw new BadInput('Another connection manages this account by now.', 'userId');
  await tx.manager.delete(AdoptionRequest, key);
  const { account } = request;
  await takeOver(tx, user, { connectionId: request.connectionId, externalId: account.externalId });
  await saveUser(tx, user);
  return applyEdit(tx, user, ({ profile }) => ({
    ...account,
    profile: { ...account.profile, userName: profile.userName, emails: profile.emails },
  }));
}
