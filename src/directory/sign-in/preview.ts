import type { Principal } from '../../access/principal.js';
import type { Store } from '../../access/store.js';
import { write } from '../../access/write.js';
import type { Connection } from '../connections/connection.js';
import type { User } from '../users/user.js';
import type { Assertion } from './assertion.js';
import { authenticationFault } from './authentication.js';
import { type Decision, decide } from './decide.js';
import { gather } from './gather.js';

/** Carries the decision out of a transaction that is rolled back. */
class Shown extends Error {
  constructor(readonly decision: Decision) {
    super('shown');
  }
}

/**
 * What the decision would be, with nothing done: nobody is made, linked or told. A connection that is a DRAFT is taken for
 * ACTIVE when `asActive` is set.
 */
export async function previewSignIn(
  store: Store,
  principal: Principal,
  { connection, assertion, asActive }: { connection: Connection; assertion: Assertion; asActive: boolean },
): Promise<Decision> {
  try {
    return await write(store, principal, async (tx) => {
      const isFuture = authenticationFault(assertion, null, tx.now) !== null;
      if (isFuture) throw new Shown({ kind: 'deny', row: 'A6', code: 'ASSERTION_INVALID', userId: null });
      const { known } = await gather(tx, connection, assertion);
      throw new Shown(decide(asActive && known.connection === 'DRAFT' ? { ...known, connection: 'ACTIVE' } : known));
    });
  } catch (error) {
    if (error instanceof Shown) return error.decision;
    throw error;
  }
}

/** The sign-in that this person would come with now: by the subject that is known, or by the verified address. */
export async function expectedAssertion(store: Store, connection: Connection, user: User): Promise<Assertion> {
  const [identity] = await store.database.query<{
    issuer: string | null;
    subject: string | null;
    external_id: string | null;
  }>(
    `select issuer, subject, external_id from identities
     where organization_id = $1 and connection_id = $2 and user_id = $3`,
    [user.organizationId, connection.id, user.id],
  );
  const groups = connection.jit.requiredGroups;
  return {
    issuer: identity?.issuer ?? '',
    subject: identity?.subject ?? `nobody-has-signed-in-as:${user.id}`,
    stableId: namesStable(connection) && !identity?.subject ? (identity?.external_id ?? null) : null,
    email: user.email,
    emailVerified: true,
    claims: { [connection.jit.groupsClaim]: groups },
  };
}

/** Whether sign-ins of the connection carry what SCIM calls externalId. */
const namesStable = ({ oidc, saml }: Connection): boolean =>
  oidc ? oidc.subjectClaim !== 'sub' : saml !== null && saml.subjectAttribute !== null;
