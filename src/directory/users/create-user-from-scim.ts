import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import { AdoptionConflict, AdoptionRefused, ExternalIdTaken, invariant, UserNameTaken } from '../../kernel/errors.js';
import { fold } from '../../kernel/fold.js';
import type { ConnectionId } from '../../kernel/ids.js';
import { sql } from '../../storage/sql.js';
import { holdConnection } from '../connections/find-connections.js';
import { joinPending } from '../groups/pending-members.js';
import type { Account } from './account.js';
import { asWanted, awaitReview } from './adoption-requests.js';
import { applyEdit } from './change-user.js';
import { emailLock } from './email-lock.js';
import { primaryEmail } from './profile.js';
import { provisionUser } from './provision-user.js';
import { lockUser, selectUsers, usersIn } from './queries/load-user.js';
import { saveUser } from './save-user.js';
import type { User } from './user.js';

// Each branch uses its own index; an OR over them would read the whole table.
const candidates = (
  tx: Tx,
  {
    connectionId,
    externalId,
    nameKey,
    emailKey,
  }: Record<'connectionId' | 'externalId' | 'nameKey' | 'emailKey', string | null>,
) => sql`${selectUsers}
  where u.organization_id = ${scopeOf(tx)} and u.id = any(array(
    select user_id from identities
      where organization_id = ${scopeOf(tx)} and connection_id = ${connectionId} and external_id = ${externalId}
    union
    select id from users
      where organization_id = ${scopeOf(tx)} and user_name_key = ${nameKey} and deleted_at is null
    union
    select id from users
      where organization_id = ${scopeOf(tx)} and email_key = ${emailKey} and deleted_at is null
        and scim_connection_id is null
  ))
  order by u.id for update of u`;

// A second attempt finds an account that a sign-in has created under this userName since the first one.
const looks = 2;

/**
 * Creates a user by SCIM POST. It restores the tombstone with the same externalId under its id, or adopts an unmanaged
 * account according to the connection's policy; otherwise it creates an account. The tests have one case for each rule.
 *
 * @throws UserNameTaken, ExternalIdTaken, AdoptionRefused, Forbidden, BadInput
 */
export async function createUserFromScim(tx: Tx, account: Account): Promise<User> {
  const { principal } = tx;
  invariant(principal.kind === 'scim', 'only a SCIM connection sends users');
  const { connectionId } = principal;
  const identity = { connectionId, externalId: account.externalId, issuer: null, subject: null };
  lockEmail(tx, account);
  for (let look = 1; ; look++) {
    const existing = await whoExists(tx, account, connectionId);
    if (existing?.scimConnectionId === null) return adopt(tx, existing, account, connectionId);
    if (existing) return restore(tx, existing, account);
    try {
      return await provisionUser(tx, { ...account, origin: 'SCIM', identity });
    } catch (error) {
      if (!(error instanceof UserNameTaken) || look === looks) throw error;
    }
  }
}

/**
 * Makes concurrent first sign-ins with the same address wait. If the address is the userName, the unique key of the
 * userName does this.
 */
function lockEmail(tx: Tx, { profile }: Account): void {
  const email = primaryEmail(profile);
  if (email === null || fold(email) === fold(profile.userName)) return;
  tx.later(tx.session.unscoped.hold(sql`select ${emailLock(tx, email)}`));
}

/** Returns the tombstone to restore or the account to adopt, locked. @throws UserNameTaken, ExternalIdTaken */
async function whoExists(tx: Tx, account: Account, connectionId: ConnectionId): Promise<User | null> {
  const email = primaryEmail(account.profile);
  const key = fold(account.profile.userName);
  const rows = await tx.session.query<Record<string, unknown>>(
    candidates(tx, {
      connectionId,
      externalId: account.externalId,
      nameKey: key,
      emailKey: email === null ? null : fold(email),
    }),
  );
  const found = usersIn(tx.session, rows);
  const isOurs = (user: User) => user.scimConnectionId === connectionId;

  const sameExternalId = found.find(
    (user) => isOurs(user) && user.externalId === account.externalId && account.externalId,
  );
  if (sameExternalId?.active) throw new ExternalIdTaken(account.externalId ?? '');
  if (sameExternalId) return sameExternalId;

  const sameName = found.find((user) => user.userNameKey === key && !user.deletedAt);
  if (sameName?.scimConnectionId) throw new UserNameTaken(account.profile.userName);
  return sameName ?? found.find((user) => user.scimConnectionId === null && !user.deletedAt) ?? null;
}

async function restore(tx: Tx, user: User, account: Account): Promise<User> {
  const wasDeleted = user.deletedAt !== null;
  user.deletedAt = null;
  const restored = await applyEdit(tx, user, () => account);
  if (!wasDeleted) return restored;
  // A tombstone that is restored inactive and without changes becomes visible to SCIM again, so it must be saved.
  if (restored === user) await saveUser(tx, user);
  await joinPending(tx, user.id);
  return lockUser(tx, user.id);
}

async function adopt(tx: Tx, user: User, account: Account, connectionId: ConnectionId): Promise<User> {
  const { onExisting } = await holdConnection(tx, connectionId);
  if (onExisting === 'CONFLICT') {
    throw new AdoptionConflict(
      `The user "${account.profile.userName}" already exists. Look up the user by userName, then adopt it with a PUT.`,
    );
  }
  try {
    return await applyEdit(tx, user, () => account);
  } catch (error) {
    if (!(error instanceof AdoptionRefused)) throw error;
    if (onExisting === 'REVIEW' && (await awaitReview(tx, user.id, account))) return asWanted(user, account);
    // A POST that cannot create the account is a conflict, with the same reason.
    throw new AdoptionConflict(error.message, error.wanted);
  }
}
