import { IsNull, Not } from 'typeorm';
import type { Tx } from '../../access/write.js';
import { BadInput } from '../../kernel/errors.js';
import { Identity } from '../users/identity.js';
import type { Connection, ConnectionState } from './connection.js';

/** The sign-in settings of a change; null removes them. */
type GivenFacets = { oidc?: object | null; saml?: object | null };

/**
 * Removes the sign-in settings that a change sets to null, with the client secret. The key of the service provider is
 * kept: it belongs to the connection, and the IdP can have imported it.
 *
 * @throws BadInput if users would be locked out: the connection stays ACTIVE, or has signed users in and does not
 *   become a DRAFT
 */
export async function removeFacets(
  tx: Tx,
  connection: Connection,
  { before, given }: { before: ConnectionState; given: GivenFacets },
): Promise<void> {
  const removed = (['oidc', 'saml'] as const).filter((name) => given[name] === null && connection[name] !== null);
  const [field] = removed;
  if (!field) return;
  if (connection.state === 'ACTIVE' && before === 'ACTIVE')
    throw new BadInput(`"${field}" cannot be removed while the connection is ACTIVE. Set "state" to DRAFT first.`);
  if (connection.state !== 'DRAFT' && (await hasSignedIn(tx, connection)))
    throw new BadInput(
      `"${field}" cannot be removed, because users have signed in with it. Set "state" to DRAFT first.`,
    );
  const { clientSecret, ...sealed } = connection.sealed;
  const { saml } = connection;
  connection.sealed = {
    ...sealed,
    ...(given.oidc !== null && clientSecret !== undefined && { clientSecret }),
    ...(given.saml === null && saml && { samlCertificate: saml.spCertificate }),
  };
  for (const name of removed) connection[name] = null;
}

async function hasSignedIn(tx: Tx, { id: connectionId }: Connection): Promise<boolean> {
  const ofConnection = { organizationId: tx.organizationId, connectionId };
  const isKnown = Not(IsNull());
  return tx.manager.existsBy(Identity, [
    { ...ofConnection, subject: isKnown },
    { ...ofConnection, sub: isKnown },
  ]);
}

type Uses = Pick<Connection, 'oidc' | 'saml' | 'scimEnabled'>;

/** Returns true if the connection signs users in or provisions them. */
export const isUsable = ({ oidc, saml, scimEnabled }: Uses): boolean =>
  scimEnabled || ((oidc ?? saml)?.enabled ?? false);

/** Checks that a connection that becomes ACTIVE can sign users in or provision them. @throws BadInput */
export function expectUsable(uses: Uses): void {
  if (isUsable(uses)) return;
  throw new BadInput('"state" cannot be ACTIVE yet: configure sign-in ("oidc" or "saml") or "provisioning" first.');
}

/** Checks that a change does not disable everything in an ACTIVE connection. @throws BadInput that names the field */
export function expectStillUsable(uses: Uses, before: Uses, given: { scim?: boolean | null }): void {
  if (isUsable(uses) || !isUsable(before)) return;
  const field = given.scim === false ? 'scim' : `${uses.oidc ? 'oidc' : 'saml'}.enabled`;
  throw new BadInput(
    `"${field}" cannot be false while the connection is ACTIVE and nothing else is enabled. Set "state" to INACTIVE first, or in the same call.`,
  );
}
