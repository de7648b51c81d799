import { authorize } from '../../access/authorize.js';
import type { Tx } from '../../access/write.js';
import { AccountProtected } from '../../kernel/errors.js';
import type { Edit } from './account.js';
import { carryOutOne } from './carry-out.js';
import { type Draft, draftEdit } from './draft-edit.js';
import { type Facts, gatherFacts } from './gather-facts.js';
import type { Plan } from './plan.js';
import { planEdit } from './plan-edit.js';
import { emitProtectionEvent } from './protect-user.js';
import { lockUser } from './queries/load-user.js';
import type { User } from './user.js';

/**
 * Applies `edit` to the account. SCIM, the API, imports and sign-ins all change accounts through this function.
 *
 * @throws NotFound, Forbidden, AdoptionRefused, AccountProtected, BadInput, UserNameTaken, ExternalIdTaken,
 *   SeatLimitReached, and what `edit` throws
 */
export async function changeUser(tx: Tx, id: string, edit: Edit): Promise<User> {
  const user = await lockUser(tx, id);
  authorize(tx, 'user.update', user);
  return applyEdit(tx, user, edit);
}

/** Applies `edit` to a locked account and returns the account after the change. */
export async function applyEdit(tx: Tx, user: User, edit: Edit): Promise<User> {
  const draft = draftEdit(tx.principal, user, edit);
  const [facts] = await gatherFacts(tx, [draft]);
  return facts ? carryOutOne(tx, planned(tx, draft, facts)) : user;
}

/** Plans the edit. If it would close a protected account, an event informs the operator. */
function planned(tx: Tx, draft: Draft, facts: Facts): Plan {
  try {
    return planEdit(tx, draft, facts);
  } catch (error) {
    if (error instanceof AccountProtected)
      tx.afterRollback(async (later) => emitProtectionEvent(later, draft.user, error.why));
    throw error;
  }
}
