import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const day = 86_400_000;

/** A certificate with its key, as PEM. */
export interface Certificate {
  certificate: string;
  key: string;
}

/** A certificate authority for one test. */
export class Authority {
  private constructor(
    readonly certificate: x509.X509Certificate,
    readonly keys: CryptoKeyPair,
  ) {}

  static async make(name: string): Promise<Authority> {
    const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair;
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: `CN=${name}`,
      keys,
      signingAlgorithm: algorithm,
      notBefore: new Date(Date.now() - 400 * day),
      notAfter: new Date(Date.now() + 400 * day),
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      ],
    });
    return new Authority(certificate, keys);
  }

  get pem(): string {
    return this.certificate.toString('pem');
  }

  /** Returns a server certificate that is valid for `days`. It has expired if the number is negative. */
  async issue(names: x509.JsonGeneralNames, days = 30): Promise<Certificate> {
    const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair;
    const certificate = await x509.X509CertificateGenerator.create({
      subject: 'CN=PostgreSQL of a test',
      issuer: this.certificate.subject,
      publicKey: keys.publicKey,
      signingKey: this.keys.privateKey,
      signingAlgorithm: algorithm,
      notBefore: new Date(Date.now() - 300 * day),
      notAfter: new Date(Date.now() + days * day),
      extensions: [new x509.SubjectAlternativeNameExtension(names)],
    });
    const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
    return { certificate: certificate.toString('pem'), key: x509.PemConverter.encode(key, 'PRIVATE KEY') };
  }
}
