import 'reflect-metadata';
import { createPrivateKey, type KeyObject, webcrypto, X509Certificate } from 'node:crypto';
import { X509CertificateGenerator } from '@peculiar/x509';
import { BadInput } from '../../kernel/errors.js';

const algorithm = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};
const years = 10;

/**
 * Generates a key pair with a self-signed certificate. No one has to trust the certificate: SAML uses it only as a
 * container for the key.
 */
export async function newServiceProvider(
  name: string,
  now: Date,
): Promise<{ certificate: string; privateKey: string }> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const notAfter = new Date(now);
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + years);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    notBefore: now,
    notAfter,
    keys,
    signingAlgorithm: algorithm,
  });
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return {
    certificate: pem(new X509Certificate(Buffer.from(certificate.rawData))),
    privateKey: key.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}

/** Key types that the accepted signature methods use. */
const keyKinds = ['rsa', 'rsa-pss', 'ec'];

/**
 * Returns the certificate in PEM with normalized line breaks. @throws BadInput if it is not a certificate, or its key
 * is weak or of another type
 */
export function checkedCertificate(text: string): string {
  const { certificate, key } = readCertificate(text);
  const { asymmetricKeyType: kind = '', asymmetricKeyDetails } = key;
  if (!keyKinds.includes(kind))
    throw new BadInput(`"saml.certificates" must contain certificates with an RSA or EC key, not "${kind}".`);
  if ((asymmetricKeyDetails?.modulusLength ?? 2048) < 2048)
    throw new BadInput('"saml.certificates" must contain keys of at least 2,048 bits.');
  return pem(certificate);
}

function readCertificate(text: string): { certificate: X509Certificate; key: KeyObject } {
  const body = text.replace(/-----(BEGIN|END) CERTIFICATE-----/g, '').replace(/\s+/g, '');
  try {
    const certificate = new X509Certificate(Buffer.from(body, 'base64'));
    return { certificate, key: certificate.publicKey };
  } catch {
    throw new BadInput('"saml.certificates" must contain X.509 certificates in PEM.');
  }
}

const pem = (certificate: X509Certificate) => certificate.toString().trim();
