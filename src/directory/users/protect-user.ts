import { isAdministrative } from '../../access/administrative.js';
import { authorize } from '../../access/authorize.js';
import { idpConnectionOf } from '../../access/principal.js';
import type { Tx } from '../../access/write.js';
import { AccountProtected, BadInput } from '../../errors.js';
import { hasOtherAdministrator } from '../roles/find-administrators.js';
import { lockUser } from './load-user.js';
import { saveUser } from './save-user.js';
import type { User } from './user.js';

/** Break-glass accounts of an organization: few enough to know each. */
const maximum = 5;

/**
 * Keeps an account from every IdP and rule, for emergencies, or lifts that. A repeat changes nothing.
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
  if (reason.trim() === '') throw new BadInput('"reason" must say why; it is shown to the administrator of the IdP.');
  if (isProtected) await checkNumber(tx);
  const before = user.protected;
  Object.assign(user, { protected: isProtected, protectedReason: isProtected ? reason.trim() : null });
  const changes = [{ path: 'protected', before, after: isProtected }];
  const data = { id: user.id, protected: isProtected, reason: reason.trim() };
  tx.emit({ type: 'user.updated', subject: { type: 'user', id: user.id }, data, changes });
  return saveUser(tx, user);
}

async function checkNumber(tx: Tx): Promise<void> {
  await tx.session.query('select 1 from organizations where id = $1 for no key update', [tx.organizationId]);
  const found = await tx.session.query('select 1 from users where organization_id = $1 and protected', [
    tx.organizationId,
  ]);
  if (found.length >= maximum) throw new BadInput(`An organization may protect ${maximum} accounts at the most.`);
}

/** Why no IdP and no rule may close the account; null when nothing keeps it. */
export async function protectionOf(tx: Tx, user: User): Promise<string | null> {
  if (user.protected) return user.protectedReason ?? 'it is kept for emergencies';
  if (!user.active || !isAdministrative(user) || (await hasOtherAdministrator(tx, user.id))) return null;
  return 'it is the last one with an administrative role';
}

/** Refuses to let an IdP or a rule close a protected account, and tells the operator. @throws AccountProtected */
export async function guardProtected(tx: Tx, user: User): Promise<void> {
  const { kind } = tx.principal;
  if (kind === 'apiKey' || kind === 'user') return;
  const why = await protectionOf(tx, user);
  if (why === null) return;
  tx.whenRefused(async (later) => tellHeld(later, user, why));
  throw new AccountProtected(why);
}

/** Tells that something was held back from a protected account. */
export function tellHeld(tx: Tx, { id, scimConnectionId }: User, why: string): void {
  const connectionId = idpConnectionOf(tx.principal) ?? scimConnectionId;
  const subject = connectionId ? ({ type: 'connection', id: connectionId } as const) : ({ type: 'user', id } as const);
  tx.emit({ type: 'connection.attention', subject, userId: id, connectionId, data: { kind: 'HELD', userId: id, why } });
}
