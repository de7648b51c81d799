import type { Principal } from '../../access/principal.js';
import type { Store } from '../../access/store.js';
import { write } from '../../access/write.js';
import type { Connection } from '../connections/connection.js';
import { Identity } from '../users/identity.js';
import type { User } from '../users/user.js';
import type { Assertion } from './assertion.js';
import type { Decision } from './decide.js';
import { denialOf, resolveSignIn } from './resolve-sign-in.js';

/**
 * Returns the decision that a sign-in would get now. It runs the sign-in itself in a transaction that is rolled back:
 * nothing is created, linked or emitted. `asActive` treats a DRAFT connection as ACTIVE.
 */
export async function previewSignIn(
  store: Store,
  { requestId }: Pick<Principal, 'requestId'>,
  { connection, assertion, asActive }: { connection: Connection; assertion: Assertion; asActive: boolean },
): Promise<Decision> {
  const { organizationId, id: connectionId } = connection;
  const rehearsal = { ...store, rehearse: () => {} };
  try {
    return await write(rehearsal, { kind: 'sso', organizationId, connectionId, requestId }, async (tx) => {
      const resolved = await resolveSignIn(tx, { connection, assertion, asActive });
      return 'denial' in resolved ? resolved.denial : resolved.decision;
    });
  } catch (error) {
    return denialOf(error);
  }
}

/**
 * Returns the assertion with which this user would sign in now: the known subject, otherwise the email address. An
 * OpenID provider is expected to verify addresses; for a SAML IdP this depends on `vouchesForEmail`.
 */
export async function expectedAssertion(store: Store, connection: Connection, user: User): Promise<Assertion> {
  const { organizationId, id: userId } = user;
  const key = { organizationId, connectionId: connection.id, userId };
  const identity = await store.database.manager.findOneBy(Identity, key);
  const groups = connection.jit.requiredGroups;
  return {
    // An identity of an issuer that the connection no longer has does not match.
    issuer: connection.oidc?.issuer ?? connection.saml?.idpEntityId ?? '',
    subject: identity?.subject ?? `nobody-has-signed-in-as:${user.id}`,
    stableId: namesStable(connection) && !identity?.subject ? (identity?.externalId ?? null) : null,
    email: user.email,
    emailVerified: user.email !== null && (connection.saml === null || connection.jit.vouchesForEmail),
    claims: { ...(identity?.sub && { sub: identity.sub }), [connection.jit.groupsClaim]: groups },
  };
}

/** Returns true if sign-ins of the connection contain the `externalId` of SCIM. */
const namesStable = ({ oidc, saml }: Connection): boolean =>
  oidc ? oidc.subjectClaim !== 'sub' : saml !== null && saml.subjectAttribute !== null;
