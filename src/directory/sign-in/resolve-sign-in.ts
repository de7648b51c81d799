import type { Tx } from '../../access/write.js';
import { BadInput, UserNameTaken } from '../../kernel/errors.js';
import type { Connection } from '../connections/connection.js';
import type { User } from '../users/user.js';
import { advise } from './advise.js';
import { type Admitted, applyDecision, type Visit } from './apply-decision.js';
import type { Assertion } from './assertion.js';
import { authenticationFault } from './authentication.js';
import { type Decision, type Denial, decide } from './decide.js';
import { gather } from './gather.js';
import type { Known } from './known.js';

const attempts = 3;

/** The outcome of a sign-in: a denial, or the decision with the session that was started. */
export type Resolved = { denial: Denial; users: User[] } | { decision: Exclude<Decision, Denial>; admitted: Admitted };

const anotherUser =
  'the application asked for another user (id_token_hint) than the user who signed in at the IdP; no account was created and no one was signed in';

const invalid = (why: string): Resolved => ({
  denial: { kind: 'deny', row: 'A6', code: 'ASSERTION_INVALID', userId: null, why },
  users: [],
});

const nameTaken: Denial = {
  kind: 'deny',
  row: 'B4',
  code: 'ACCOUNT_EXISTS',
  userId: null,
  steps: ['SEND_OTHER_NAME'],
};

async function denied(
  tx: Tx,
  found: Parameters<typeof advise>[1] & { users: User[] },
  denial: Denial,
): Promise<Resolved> {
  return { denial: { ...denial, advice: await advise(tx, found, denial) }, users: found.users };
}

/**
 * Decides a validated sign-in and executes the decision. The sign-in itself, the test sign-in and `signInDecision` all
 * run this function; the last two roll it back. `asActive` treats a DRAFT connection as ACTIVE.
 */
export async function resolveSignIn(
  tx: Tx,
  { connection, assertion, asActive = false }: { connection: Connection; assertion: Assertion; asActive?: boolean },
  visit: Visit = {},
): Promise<Resolved> {
  const fault = authenticationFault(assertion, visit.freshness ?? null, tx.now);
  if (fault !== null) return invalid(fault);
  for (let attempt = 1; ; attempt++) {
    const { known, users } = await gather(tx, connection, assertion, visit);
    const isDraft = asActive && known.connection === 'DRAFT';
    const decision = decide(isDraft ? { ...known, connection: 'ACTIVE' } : known);
    const missing = whatIsMissing(assertion, known, decision);
    if (missing !== null) return invalid(missing);
    if (decision.kind === 'deny') return denied(tx, { connection, assertion, users }, decision);
    const userId = 'userId' in decision ? decision.userId : null;
    if (visit.userId != null && visit.userId !== userId) return invalid(anotherUser);
    try {
      return { decision, admitted: await applyDecision(tx, { connection, assertion, decision, users, visit }) };
    } catch (error) {
      if (!(error instanceof UserNameTaken)) throw error;
      // Another transaction, such as one of the IdP's SCIM client, has just created the account: the next attempt finds
      // it. If it does not, the account's userName equals the subject of a user without an email address.
      if (attempt === attempts) return denied(tx, { connection, assertion, users }, nameTaken);
    }
  }
}

/**
 * Returns what a sign-in lacks if userinfo could not be read; null if the ID token is sufficient. A user who is known
 * by the subject or the stable id needs no address. For any other user, a sign-in without an address could create a
 * second account.
 */
function whatIsMissing(
  { userinfoFault, email }: Assertion,
  { bySubject, byStableId }: Known,
  { row }: Decision,
): string | null {
  const isEnough = userinfoFault === undefined || email !== null || bySubject !== null || byStableId !== null;
  if (isEnough || row.startsWith('A')) return null;
  return `userinfo could not be read, and the ID token has no email address: ${userinfoFault}`;
}

/** Returns the denial for claims that cannot be stored. Rethrows any other error. */
export function denialOf(error: unknown): Denial {
  if (!(error instanceof BadInput)) throw error;
  return { kind: 'deny', row: 'A6', code: 'ASSERTION_INVALID', userId: null, why: error.message };
}
