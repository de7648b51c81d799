import type { Tx } from '../../access/write.js';
import { BadInput, UserNameTaken } from '../../errors.js';
import type { Connection } from '../connections/connection.js';
import type { User } from '../users/user.js';
import type { Assertion } from './assertion.js';
import { authenticationFault } from './authentication.js';
import { carryOut, type Visit } from './carry-out.js';
import { type Decision, type Denial, decide } from './decide.js';
import { gather } from './gather.js';
import type { Admitted } from './sign-in.js';

const attempts = 3;

/** The outcome of a sign-in: a denial, or the decision with the session that it has started. */
export type Resolved = { denial: Denial; users: User[] } | { decision: Exclude<Decision, Denial>; admitted: Admitted };

const invalid = (why: string): Resolved => ({
  denial: { kind: 'deny', row: 'A6', code: 'ASSERTION_INVALID', userId: null, why },
  users: [],
});

/**
 * Decides a validated sign-in and executes the decision. The sign-in itself, the test sign-in and `signInDecision` all run
 * this function; the last two roll it back. `asActive` treats a DRAFT connection as ACTIVE.
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
    if (decision.kind === 'deny') return { denial: decision, users };
    try {
      return { decision, admitted: await carryOut(tx, { connection, assertion, decision, users, visit }) };
    } catch (error) {
      if (!(error instanceof UserNameTaken)) throw error;
      // Another transaction, such as one of the IdP's SCIM client, has just created the account: now it can be found.
      // If it cannot, its userName equals the subject of a user without an email address.
      if (attempt === attempts)
        return { denial: { kind: 'deny', row: 'B4', code: 'ACCOUNT_EXISTS', userId: null }, users };
    }
  }
}

/** Returns the denial for claims that cannot be stored; rethrows any other error. */
export function denialOf(error: unknown): Denial {
  if (!(error instanceof BadInput)) throw error;
  return { kind: 'deny', row: 'A6', code: 'ASSERTION_INVALID', userId: null, why: error.message };
}
