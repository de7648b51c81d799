import type { Tx } from '../../access/write.js';
import { AdoptionConflict, AdoptionRefused, ExternalIdTaken, invariant, UserNameTaken } from '../../errors.js';
import { fold } from '../../fold.js';
import { holdConnection } from '../connections/find-connections.js';
import { joinPending } from '../groups/pending-members.js';
import { asWanted, awaitReview } from './adoption-requests.js';
import { type Account, applyEdit } from './change-user.js';
import { lockUser, selectUsers, usersIn } from './load-user.js';
import { primaryEmail } from './profile.js';
import { provisionUser } from './provision-user.js';
import { saveUser } from './save-user.js';
import type { User } from './user.js';

// Each branch is an index look-up of its own; an OR over them would read the whole table.
const candidates = `${selectUsers} where u.organization_id = $1 and u.id = any(array(
    select user_id from identities where organization_id = $1 and connection_id = $2 and external_id = $3
    union select id from users where organization_id = $1 and user_name_key = $4 and deleted_at is null
    union select id from users where organization_id = $1 and email_key = $5 and deleted_at is null
      and scim_connection_id is null
  )) order by u.id for update of u`;

/**
 * SCIM POST: creates the account, restores the leaver with the same externalId under the old id, or takes over somebody
 * whom no SCIM connection manages, by the connection's policy. `semantics` of each case is a test.
 *
 * @throws UserNameTaken, ExternalIdTaken, AdoptionRefused, Forbidden, BadInput
 */
export async function receiveUser(tx: Tx, account: Account): Promise<User> {
  const { principal } = tx;
  invariant(principal.kind === 'scim', 'only a SCIM connection sends users');
  const { connectionId } = principal;
  const email = primaryEmail(account.profile);
  const rows = await tx.session.query<Record<string, unknown>>(candidates, [
    tx.organizationId,
    connectionId,
    account.externalId,
    fold(account.profile.userName),
    email === null ? null : fold(email),
  ]);
  const found = usersIn(tx.session, rows);
  const isOurs = (user: User) => user.scimConnectionId === connectionId;

  const sameExternalId = found.find(
    (user) => isOurs(user) && user.externalId === account.externalId && account.externalId,
  );
  if (sameExternalId?.active) throw new ExternalIdTaken(account.externalId ?? '');
  if (sameExternalId) return restore(tx, sameExternalId, account);

  const key = fold(account.profile.userName);
  const sameName = found.find((user) => user.userNameKey === key && !user.deletedAt);
  if (sameName?.scimConnectionId) throw new UserNameTaken(account.profile.userName);
  const free = sameName ?? found.find((user) => user.scimConnectionId === null && !user.deletedAt);
  if (free) return adopt(tx, free, account, connectionId);

  const identity = { connectionId, externalId: account.externalId, issuer: null, subject: null };
  return provisionUser(tx, { ...account, origin: 'SCIM', identity });
}

async function restore(tx: Tx, user: User, account: Account): Promise<User> {
  const wasDeleted = user.deletedAt !== null;
  const { revision } = user;
  user.deletedAt = null;
  await applyEdit(tx, user, () => account);
  if (!wasDeleted) return user;
  // A leaver who comes back inactive and unchanged is visible again all the same.
  if (user.revision === revision) await saveUser(tx, user);
  await joinPending(tx, user.id);
  return lockUser(tx, user.id);
}

async function adopt(tx: Tx, user: User, account: Account, connectionId: string): Promise<User> {
  const { onExisting } = await holdConnection(tx, connectionId);
  if (onExisting === 'CONFLICT') {
    throw new AdoptionConflict(
      `"${account.profile.userName}" already has an account. Look it up by userName and PUT it to take it over.`,
    );
  }
  try {
    return await applyEdit(tx, user, () => account);
  } catch (error) {
    if (!(error instanceof AdoptionRefused)) throw error;
    if (onExisting === 'REVIEW' && (await awaitReview(tx, user.id, account))) return asWanted(user, account);
    // A creation that cannot be one is a conflict; the reason is the same.
    throw new AdoptionConflict(error.message, error.wanted);
  }
}
