import type { Tx } from '../../access/write.js';
import { Connection } from './connection.js';
import { lockConnection } from './find-connections.js';
import { newServiceProvider } from './saml-keys.js';

/** Returns the context to which the encryption of a connection's secret is bound. */
export const placeOf = (connectionId: string, secret: 'clientSecret' | 'samlKey'): string =>
  `connections.${secret}.${connectionId}`;

/**
 * Returns the certificate of the service provider (PEM). If the connection has no key yet, one is generated and set on
 * `connection`, which the caller must have locked and saves.
 */
export async function serviceProviderOf(tx: Tx, connection: Connection): Promise<string> {
  const { samlKey, samlCertificate } = connection.sealed;
  const known = connection.saml?.spCertificate ?? samlCertificate;
  if (samlKey && known) return known;
  const { certificate, privateKey } = await newServiceProvider(connection.id, tx.now);
  const sealed = tx.store.vault.seal(privateKey, placeOf(connection.id, 'samlKey'));
  connection.sealed = { ...connection.sealed, samlKey: sealed, samlCertificate: certificate };
  return certificate;
}

/**
 * Returns the certificate for the metadata of a connection that has no `saml` yet. The first call generates the key,
 * which `saml` uses later, so metadata that the IdP has already imported stays correct.
 *
 * @throws NotFound
 */
export async function prepareServiceProvider(tx: Tx, id: string): Promise<string> {
  const connection = await lockConnection(tx, id);
  const before = connection.sealed;
  const certificate = await serviceProviderOf(tx, connection);
  if (connection.sealed !== before) await tx.session.update(Connection, connection);
  return certificate;
}
