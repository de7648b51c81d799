import type { Store } from '../access/store.js';
import { isVouchedFor } from '../directory/organizations/domain-trust.js';
import type { User } from '../directory/users/user.js';
import { fold } from '../kernel/fold.js';
import type { GrantedSession } from './grants.js';

/**
 * Returns the email claims of a user (OpenID Connect Core section 5.1).
 *
 * An administrator of a tenant controls the tenant's IdP and SCIM. Neither can therefore prove to an application that
 * an address in the domain of another organization is verified. `email_verified` is true only if the organization has
 * VERIFIED the domain by DNS. If the domain is assigned to connections, one of them must also manage the user or have
 * started the session. For any other address, the IdP's statement is passed on as `idp_email_verified`.
 */
export async function emailClaims(
  { database }: Store,
  { email, scimConnectionId }: Pick<User, 'email' | 'scimConnectionId'>,
  session: Pick<GrantedSession, 'organizationId' | 'connectionId' | 'idpEmailKey' | 'idpEmailVerified'>,
): Promise<{ email?: string; email_verified?: boolean; idp_email_verified?: boolean }> {
  if (email === null) return {};
  const read = { session: database, organizationId: session.organizationId };
  if (await isVouchedFor(read, email, [scimConnectionId, session.connectionId])) return { email, email_verified: true };
  // The IdP's statement applies to the address in its assertion, which can differ from the address of the account.
  const isAsserted = session.idpEmailKey === fold(email) && session.idpEmailVerified !== null;
  return {
    email,
    email_verified: false,
    ...(isAsserted && { idp_email_verified: session.idpEmailVerified === true }),
  };
}
