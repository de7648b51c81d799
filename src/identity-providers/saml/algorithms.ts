import { constants, createPublicKey, type KeyObject, type VerifyKeyObjectInput, verify } from 'node:crypto';

const more = 'http://www.w3.org/2001/04/xmldsig-more#';
const more2007 = 'http://www.w3.org/2007/05/xmldsig-more#';
const xmlenc = 'http://www.w3.org/2001/04/xmlenc#';
const xmlenc11 = 'http://www.w3.org/2009/xmlenc11#';

/** Digest methods: SHA-2. SHA-1 is not accepted. */
export const digestMethods: ReadonlyMap<string, string> = new Map([
  [`${xmlenc}sha256`, 'sha256'],
  [`${more}sha384`, 'sha384'],
  [`${xmlenc}sha512`, 'sha512'],
]);

/** Exclusive canonicalization without comments (XML Exclusive Canonicalization 1.0 section 4). */
export const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#';
export const enveloped = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';

/**
 * Encryption methods of assertions. Only AES-GCM: unauthenticated ciphertext can be changed without the key. The
 * metadata offers exactly these.
 */
export const encryptionMethods: readonly string[] = [`${xmlenc11}aes256-gcm`, `${xmlenc11}aes128-gcm`];
/** Methods that encrypt the key of an assertion: RSA-OAEP (XML Encryption 1.1 section 5.5.2). */
export const keyTransports: readonly string[] = [`${xmlenc11}rsa-oaep`, `${xmlenc}rsa-oaep-mgf1p`];
/** Digest methods of RSA-OAEP. SHA-1 is the default there and is not a weakness. */
export const oaepDigests: readonly string[] = [
  'http://www.w3.org/2000/09/xmldsig#sha1',
  `${xmlenc}sha256`,
  `${xmlenc}sha512`,
];

interface SignatureMethod {
  hash: string;
  keys: readonly string[];
  options: Omit<VerifyKeyObjectInput, 'key'>;
}

const rsa = (hash: string): SignatureMethod => ({
  hash,
  keys: ['rsa'],
  options: { padding: constants.RSA_PKCS1_PADDING },
});
const pss = (hash: string): SignatureMethod => ({
  hash,
  keys: ['rsa', 'rsa-pss'],
  options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
});
/**
 * Returns an ECDSA method. The signature value is the concatenation of r and s, not DER (XML Signature 1.1 section
 * 6.4.3).
 */
const ecdsa = (hash: string): SignatureMethod => ({ hash, keys: ['ec'], options: { dsaEncoding: 'ieee-p1363' } });

/** Signature methods (RFC 9231): RSA, RSA-PSS and ECDSA with SHA-2. SHA-1 and HMAC are not accepted. */
export const signatureMethods: ReadonlyMap<string, SignatureMethod> = new Map([
  ...['256', '384', '512'].flatMap((bits): [string, SignatureMethod][] => [
    [`${more}rsa-sha${bits}`, rsa(`sha${bits}`)],
    [`${more2007}sha${bits}-rsa-MGF1`, pss(`sha${bits}`)],
    [`${more}ecdsa-sha${bits}`, ecdsa(`sha${bits}`)],
  ]),
]);

/**
 * Returns true if the key of one of the certificates made the signature of these bytes. Keys of another type are
 * skipped.
 */
export function isSignedByOne(
  certificates: readonly string[],
  { algorithm, bytes, signature }: { algorithm: string; bytes: string; signature: Buffer },
): boolean {
  const method = signatureMethods.get(algorithm);
  if (!method) return false;
  const fits = ({ asymmetricKeyType }: KeyObject) => method.keys.includes(asymmetricKeyType ?? '');
  return certificates
    .map((certificate) => createPublicKey(certificate))
    .filter(fits)
    .some((key) => isSignedBy(key, method, bytes, signature));
}

function isSignedBy(key: KeyObject, { hash, options }: SignatureMethod, bytes: string, signature: Buffer): boolean {
  try {
    return verify(hash, Buffer.from(bytes), { key, ...options }, signature);
  } catch {
    // OpenSSL throws for a digest that the parameters of an RSA-PSS key do not permit (RFC 4055 section 3.1).
    return false;
  }
}
