import type { Principal } from '../../access/principal.js';
import type { Change, NewEvent } from '../../events/types.js';
import { AccountProtected, ExternalIdTaken } from '../../kernel/errors.js';
import { copyOf } from '../../storage/rows.js';
import { changesBetween } from '../changes.js';
import { applyConnectionRules } from './apply-connection-rules.js';
import { checkAdoption } from './check-adoption.js';
import type { Draft } from './draft-edit.js';
import { formerNameKey } from './entra-soft-delete.js';
import type { Facts } from './gather-facts.js';
import { close, type Plan, planNothing, reopen } from './plan.js';
import { primaryEmail } from './profile.js';
import { managerKey, setProfile } from './queries/profile-columns.js';
import { shownProfile, subjectOf, type User, userState } from './user.js';

/**
 * Plans an edit: the new state of the account, and the events. A pure function. An edit without changes results in an
 * empty plan, because IdPs repeatedly send the current state.
 *
 * @throws Forbidden, AdoptionRefused, ExternalIdTaken, AccountProtected
 */
export function planEdit(by: { principal: Principal; now: Date }, draft: Draft, facts: Facts): Plan {
  const { user, before, after, profile, adopter } = draft;
  const next = copyOf(user);
  const plan = planNothing(next);
  if (adopter) {
    checkAdoption(by, user, { ...facts, wanted: { userId: user.id, account: after } });
    if (facts.isExternalIdTaken) throw new ExternalIdTaken(after.externalId ?? '');
    plan.takenOver = { user: copyOf(user), connectionId: adopter, externalId: after.externalId };
    next.scimConnectionId = adopter;
    next.externalId = after.externalId;
    next.invitedAt = null;
  }

  if (draft.changes.length > 0) {
    const former = formerNameKey(user, profile);
    if (former.isSoftDelete) plan.notes.push('softDeleteRename');
    next.formerNameKey = former.key;
    setProfile(next, profile);
    next.managerId = managerKey(profile, facts.managerId);
  }
  const isRenamedByIdp = !adopter && after.externalId !== before.externalId;
  if (isRenamedByIdp) next.externalId = after.externalId;
  if (after.mapped) next.mapped = after.mapped;
  const rules = facts.settings && applyConnectionRules(next, facts.settings, profile);
  plan.notes.push(...(rules?.notes ?? []));
  if (rules?.rolesMoved) plan.roles = { idp: true };

  // Applications see the mapped attributes, which can hide changes of the attributes that the IdP sent.
  const shown = changesBetween({ ...shownProfile(user) }, { ...shownProfile(next) });
  const changes: Change[] = shown.length > 0 ? shown : [...draft.changes];
  if (isRenamedByIdp) {
    if (facts.isExternalIdTaken) throw new ExternalIdTaken(after.externalId ?? '');
    changes.push({ path: 'externalId', before: before.externalId, after: after.externalId });
    plan.isIdentityWritten = true;
  }
  if (changes.length > 0) plan.events.push(...eventsOf(next, changes, { draft, facts }));
  if (before.active && !after.active) {
    if (facts.protection !== null) throw new AccountProtected(facts.protection);
    plan.closing = close(next, 'IDP_DEACTIVATED', by);
  }
  if (!before.active && after.active) plan.events.push(reopen(next, 'IDP_REACTIVATED'));
  plan.isWritten = adopter !== null || plan.roles !== null || changes.length > 0 || before.active !== after.active;
  return plan.isWritten ? plan : { ...plan, user };
}

function eventsOf(
  user: User,
  changes: Change[],
  { draft: { before, profile }, facts }: { draft: Draft; facts: Facts },
): NewEvent[] {
  const about = { subject: subjectOf(user), connectionId: user.scimConnectionId };
  const updated: NewEvent = { type: 'user.updated', ...about, data: userState(user), changes };
  const [old, email] = [primaryEmail(before.profile), primaryEmail(profile)];
  if (old === email) return [updated];
  const data = { id: user.id, before: old, after: email, verified: facts.isEmailVerified };
  return [updated, { type: 'user.email_changed', ...about, data }];
}
