import type { Store } from '../access/store.js';
import { isVouchedFor } from '../directory/organizations/domain-connections.js';
import type { User } from '../directory/users/user.js';
import { fold } from '../fold.js';
import type { GrantedSession } from './grants.js';

/**
 * Returns the email claims of a user (OpenID Connect Core section 5.1).
 *
 * A tenant's administrator controls that tenant's IdP and SCIM, so neither proves anything about a domain of somebody
 * else to an application. `email_verified` is true only if the organization has VERIFIED the domain by DNS and, where it is
 * assigned to connections, only if one of them manages the user or made the session. The IdP's statement about any other
 * address is passed on as `idp_email_verified`.
 */
export async function emailClaims(
  { database }: Store,
  { email, scimConnectionId }: Pick<User, 'email' | 'scimConnectionId'>,
  session: Pick<GrantedSession, 'organizationId' | 'connectionId' | 'idpEmailKey' | 'idpEmailVerified'>,
): Promise<{ email?: string; email_verified?: boolean; idp_email_verified?: boolean }> {
  if (email === null) return {};
  const read = { session: database, organizationId: session.organizationId };
  if (await isVouchedFor(read, email, [scimConnectionId, session.connectionId])) return { email, email_verified: true };
  // The IdP's statement is about the address of its assertion, which need not be the address of the account.
  const isAsserted = session.idpEmailKey === fold(email) && session.idpEmailVerified !== null;
  return {
    email,
    email_verified: false,
    ...(isAsserted && { idp_email_verified: session.idpEmailVerified === true }),
  };
}
