import { isAdministrative } from '../../access/administrative.js';
import { authorize } from '../../access/authorize.js';
import { checkCount } from '../../access/check-count.js';
import { idpConnectionOf } from '../../access/principal.js';
import type { Tx } from '../../access/write.js';
import { AccountProtected } from '../../kernel/errors.js';
import type { UserId } from '../../kernel/ids.js';
import { hasOtherAdministrator } from '../roles/find-administrators.js';
import { lockUser } from './queries/load-user.js';
import { requiredReason } from './reason.js';
import { saveUser } from './save-user.js';
import { User, userState } from './user.js';

/** Maximum number of protected (break-glass) accounts in an organization. */
const limit = {
  most: 5,
  owner: 'An organization',
  rows: 'protected accounts',
  remedy: 'Remove the protection of another one first.',
  field: 'protected',
};

/**
 * Protects an account from closing, demotion and adoption by IdPs and rules, or removes the protection. A repeated call
 * changes nothing.
 *
 * @throws NotFound, Forbidden, BadInput without a reason, or for a sixth account
 */
export async function protectUser(
  tx: Tx,
  id: string,
  { isProtected, reason }: { isProtected: boolean; reason: string },
): Promise<User> {
  const user = await lockUser(tx, id);
  authorize(tx, 'user.protect', user);
  if (user.protected === isProtected) return user;
  const why = requiredReason(reason, 'It is shown to the administrator of the IdP.');
  if (isProtected) await checkCount(tx, User, { organizationId: tx.organizationId, protected: true }, limit);
  const before = user.protected;
  user.protected = isProtected;
  user.protectedReason = isProtected ? why : null;
  const changes = [{ path: 'protected', before, after: isProtected }];
  const data = { ...userState(user), protected: isProtected, reason: why };
  tx.emit({ type: 'user.updated', subject: { type: 'user', id: user.id }, data, changes });
  return saveUser(tx, user);
}

/** Returns the reason why no IdP and no rule can close the account; null if they can. */
export const protectionOf = async (tx: Tx, user: User): Promise<string | null> =>
  (await protectionsOf(tx, [user])).get(user.id) ?? null;

/**
 * Returns the reasons why no IdP and no rule can close accounts that are to be closed together. Accounts that can be
 * closed are absent.
 */
export async function protectionsOf(tx: Tx, users: readonly User[]): Promise<Map<UserId, string>> {
  const reasons = new Map<UserId, string>();
  const closed: UserId[] = [];
  for (const user of users) {
    const why = user.protected
      ? (user.protectedReason ?? 'it is a break-glass account')
      : await whyLast(tx, user, closed);
    if (why === null) closed.push(user.id);
    else reasons.set(user.id, why);
  }
  return reasons;
}

/**
 * Returns the reason why the last administrator cannot be closed, or null. `closed` are accounts that are closed
 * together with this one.
 */
async function whyLast(tx: Tx, user: User, closed: readonly UserId[]): Promise<string | null> {
  if (!user.active || !isAdministrative(user) || (await hasOtherAdministrator(tx, [user.id, ...closed]))) return null;
  return 'it is the last account with an administrative role';
}

/** Returns true if the caller can close protected accounts: the application and its administrators can. */
export const closesProtected = ({ principal: { kind } }: Pick<Tx, 'principal'>): boolean =>
  kind === 'apiKey' || kind === 'user';

/**
 * Prevents an IdP or a rule from closing a protected account and emits an event for the operator.
 *
 * @throws AccountProtected
 */
export async function guardProtected(tx: Tx, user: User): Promise<void> {
  const why = closesProtected(tx) || !user.active ? null : await protectionOf(tx, user);
  if (why === null) return;
  tx.afterRollback(async (later) => emitProtectionEvent(later, user, why));
  throw new AccountProtected(why);
}

/** Emits the event that a protected account was not closed. */
export function emitProtectionEvent(tx: Tx, { id, scimConnectionId }: User, why: string): void {
  const connectionId = idpConnectionOf(tx.principal) ?? scimConnectionId;
  const subject = connectionId ? ({ type: 'connection', id: connectionId } as const) : ({ type: 'user', id } as const);
  tx.emit({ type: 'connection.attention', subject, userId: id, connectionId, data: { kind: 'HELD', userId: id, why } });
}
