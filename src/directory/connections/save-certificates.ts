import { X509Certificate } from 'node:crypto';
import { In, IsNull, Not } from 'typeorm';
import { system } from '../../access/principal.js';
import type { Store } from '../../access/store.js';
import { type Tx, write } from '../../access/write.js';
import { create } from '../../storage/rows.js';
import { sql } from '../../storage/sql.js';
import { Connection } from './connection.js';
import { lockConnection } from './find-connections.js';
import { IdpCertificate } from './idp-certificate.js';

/** Returns the expiries of the IdP's SAML certificates of a connection, each certificate once. */
function certificatesOf({ organizationId, id: connectionId, saml }: Connection): IdpCertificate[] {
  const found = new Map<string, IdpCertificate>();
  for (const pem of saml?.certificates ?? []) {
    const { fingerprint256: fingerprint, validTo } = new X509Certificate(pem);
    const expiresAt = new Date(validTo);
    found.set(fingerprint, create(IdpCertificate, { organizationId, connectionId, fingerprint, expiresAt }));
  }
  return [...found.values()];
}

/** Saves the expiries of the IdP's SAML certificates of a connection, and deletes those of removed certificates. */
export async function saveCertificates(tx: Tx, connection: Connection): Promise<void> {
  const { organizationId, id: connectionId } = connection;
  const certificates = certificatesOf(connection);
  const kept = certificates.map(({ fingerprint }) => fingerprint);
  await tx.manager.delete(IdpCertificate, { organizationId, connectionId, fingerprint: Not(In(kept)) });
  for (const certificate of certificates)
    await tx.session.insert(IdpCertificate, certificate, sql`on conflict do nothing`);
}

const keyOf = ({ connectionId, fingerprint }: IdpCertificate) => `${connectionId} ${fingerprint}`;

/** Saves the expiries of connections that a server of an earlier version has changed since the table exists. */
export async function repairCertificates(store: Store): Promise<void> {
  const { manager } = store.database;
  const saved = new Set((await manager.find(IdpCertificate)).map(keyOf));
  for (const connection of await manager.findBy(Connection, { saml: Not(IsNull()) })) {
    if (certificatesOf(connection).every((each) => saved.has(keyOf(each)))) continue;
    await write(store, system(connection.organizationId), async (tx) =>
      saveCertificates(tx, await lockConnection(tx, connection.id)),
    );
  }
}
