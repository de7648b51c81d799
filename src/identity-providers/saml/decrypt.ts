import { XMLSerializer } from '@xmldom/xmldom';
import { decrypt } from 'xml-encryption';
import { encryptionMethods, keyTransports, oaepDigests } from './algorithms.js';
import { elementsIn, named, only } from './document.js';
import { InvalidSaml } from './errors.js';
import { ds, xenc } from './names.js';
import { clipped } from './reason.js';

const serializer = new XMLSerializer();

/**
 * Checks the shape of an EncryptedAssertion or EncryptedID (SAML Core sections 2.3.4 and 2.2.4): one EncryptedData and
 * one EncryptedKey, with allowed algorithms.
 *
 * @throws InvalidSaml
 */
export function checkEncrypted(encrypted: Element): void {
  const data = only(encrypted, xenc, 'EncryptedData');
  const all = elementsIn(encrypted).filter(({ namespaceURI }) => namespaceURI === xenc);
  const keys = all.filter(({ localName }) => localName === 'EncryptedKey');
  const [key, second] = keys;
  if (!key || second || all.filter(({ localName }) => localName === 'EncryptedData').length > 1)
    throw new InvalidSaml('encrypted data must come with exactly one EncryptedKey');
  checkMethod(only(data, xenc, 'EncryptionMethod'), encryptionMethods);
  const transport = only(key, xenc, 'EncryptionMethod');
  checkMethod(transport, keyTransports);
  for (const digest of named(transport, ds, 'DigestMethod')) checkMethod(digest, oaepDigests);
}

function checkMethod(method: Element, allowed: readonly string[]): void {
  const algorithm = method.getAttribute('Algorithm') ?? '';
  if (allowed.includes(algorithm)) return;
  throw new InvalidSaml(
    `the encryption algorithm "${clipped(algorithm)}" is not allowed; use one of ${allowed.join(', ')}`,
  );
}

/** Decrypts the content of an EncryptedAssertion or EncryptedID with the connection's key. @throws InvalidSaml */
export async function decryptContent(encrypted: Element, privateKey: string): Promise<string> {
  checkEncrypted(encrypted);
  const plain = await new Promise<string | null>((resolve) =>
    decrypt(serializer.serializeToString(encrypted), { key: privateKey }, (error: Error | null, xml?: string) =>
      resolve(error || !xml ? null : xml),
    ),
  );
  // All failures have the same reason: naming the failed step would turn this into an oracle for the plaintext.
  if (plain === null)
    throw new InvalidSaml(
      'the encrypted data cannot be decrypted: the IdP must use the certificate of this connection',
    );
  return plain;
}
