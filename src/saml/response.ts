import { SAML, type SamlConfig } from '@node-saml/node-saml';
import { checkAssertion, type Expected, type Proved } from './assertion.js';
import { childrenOf, decodeMessage, elementsIn, named, only, parseXml } from './document.js';
import { InvalidSaml } from './errors.js';
import {
  canonicalization,
  digestMethods,
  ds,
  encryptionMethods,
  enveloped,
  keyTransports,
  saml,
  samlp,
  signatureMethods,
  success,
  xenc,
} from './names.js';

/** What a response is judged by: the connection's own facts, never the document's. */
export interface Judge extends Omit<Expected, 'requestId'> {
  certificates: readonly string[];
  privateKey: string;
}

/** The message as far as it can be read before any key is used: to find out whose answer it is. */
export interface Unproved {
  xml: string;
  root: Element;
  inResponseTo: string | null;
}

/**
 * Reads a SAML response in the shape that it must have (section 3.2.2 of SAML Core): one assertion, signatures where they
 * belong, algorithms that hold. Nothing is proved by it yet.
 *
 * @throws InvalidSaml
 */
export function readResponse(base64: string): Unproved {
  const xml = decodeMessage(base64);
  const root = parseXml(xml).documentElement;
  if (root.namespaceURI !== samlp || root.localName !== 'Response') throw new InvalidSaml('it is no Response');
  const all = [...elementsIn(root)];
  const assertions = all.filter(isAssertion);
  if (assertions.length !== 1 || assertions[0]?.parentNode !== root) {
    throw new InvalidSaml('it must have exactly one assertion, directly below the response');
  }
  for (const element of all) checkAlgorithms(element);
  const inResponseTo = root.getAttributeNode('InResponseTo')?.value ?? null;
  return { xml, root, inResponseTo };
}

const isAssertion = ({ namespaceURI, localName }: Element): boolean =>
  namespaceURI === saml && (localName === 'Assertion' || localName === 'EncryptedAssertion');

function checkAlgorithms(element: Element): void {
  const { namespaceURI, localName } = element;
  if (namespaceURI === ds && localName === 'Signature') checkSignature(element);
  if (namespaceURI !== xenc || localName !== 'EncryptionMethod') return;
  const parent = (element.parentNode as Element).localName;
  const allowed = parent === 'EncryptedKey' ? keyTransports : encryptionMethods;
  if (!allowed.has(element.getAttribute('Algorithm') ?? ''))
    throw new InvalidSaml('it is encrypted by a method that does not hold');
}

/** One reference, to the element that the signature stands in, by methods that hold. The key is never the document's. */
export function checkSignature(signature: Element): void {
  const parent = signature.parentNode as Element;
  const info = only(signature, ds, 'SignedInfo');
  if (named(signature, ds, 'Object').length > 0) throw new InvalidSaml('a signature carries an object');
  const uses = (element: Element, allowed: ReadonlySet<string>) => allowed.has(element.getAttribute('Algorithm') ?? '');
  const reference = only(info, ds, 'Reference');
  const transforms = named(reference, ds, 'Transforms').flatMap(childrenOf);
  const holds =
    uses(only(info, ds, 'SignatureMethod'), signatureMethods) &&
    uses(only(info, ds, 'CanonicalizationMethod'), new Set([canonicalization])) &&
    uses(only(reference, ds, 'DigestMethod'), digestMethods) &&
    transforms.length <= 2 &&
    transforms.every((transform) => uses(transform, new Set([canonicalization, enveloped])));
  if (!holds) throw new InvalidSaml('it is signed by a method that does not hold');
  const id = parent.getAttribute('ID');
  if (!id || reference.getAttribute('URI') !== `#${id}`)
    throw new InvalidSaml('a signature is not about the element it stands in');
  for (const part of [
    ...elementsIn(only(reference, ds, 'DigestValue')),
    ...elementsIn(only(signature, ds, 'SignatureValue')),
  ]) {
    if (childrenOf(part).length > 0) throw new InvalidSaml('a signature has elements where its value belongs');
  }
}

/**
 * What the response proves. The signature is checked with the connection's certificates by the library; everything after
 * that reads only the bytes that it covered, parsed afresh.
 *
 * @throws InvalidSaml
 */
export async function proveResponse(base64: string, judge: Judge, requestId: string | null): Promise<Proved> {
  const { root } = readResponse(base64);
  checkEnvelope(root, judge);
  const assertion = parseXml(await signedAssertion(base64, judge)).documentElement;
  for (const element of elementsIn(assertion)) checkAlgorithms(element);
  const nested = [...elementsIn(assertion)].filter(isAssertion);
  if (nested.length !== 1) throw new InvalidSaml('an assertion holds another one');
  return checkAssertion(assertion, { ...judge, requestId });
}

/** What stands around the assertion: it is not always signed, so it can refuse and never prove. */
function checkEnvelope(root: Element, { acsUrl, idpEntityId }: Judge): void {
  const destination = root.getAttributeNode('Destination')?.value ?? null;
  const isSigned = named(root, ds, 'Signature').length > 0;
  if (destination === null ? isSigned : destination !== acsUrl)
    throw new InvalidSaml('it is meant for another destination');
  const [issuer] = named(root, saml, 'Issuer');
  if (issuer && issuer.textContent !== idpEntityId) throw new InvalidSaml('it comes from another issuer');
  const status = only(only(root, samlp, 'Status'), samlp, 'StatusCode').getAttribute('Value');
  if (status !== success) throw new InvalidSaml(`the IdP answered ${status?.slice(0, 200)}`);
}

/** The assertion's XML out of the bytes that a signature of the IdP covers, decrypted if need be. */
async function signedAssertion(base64: string, judge: Judge): Promise<string> {
  try {
    const { profile } = await libraryOf(judge).validatePostResponseAsync({
      SAMLResponse: base64.replace(/[\r\n]/g, ''),
    });
    const xml = profile?.getAssertionXml?.();
    if (xml) return xml;
  } catch {
    // Why it failed is nobody's business: a telling error would be an oracle for what is encrypted.
  }
  throw new InvalidSaml('no signature of the IdP covers the assertion');
}

// Times, audience and request are ours to check, by our own clock and on the signed bytes.
function libraryOf({ certificates, privateKey, acsUrl, spEntityId, idpEntityId }: Judge): SAML {
  const options: SamlConfig = {
    callbackUrl: acsUrl,
    issuer: spEntityId,
    idpIssuer: idpEntityId,
    idpCert: [...certificates],
    decryptionPvk: privateKey,
    audience: false,
    acceptedClockSkewMs: -1,
    wantAssertionsSigned: false,
    wantAuthnResponseSigned: false,
  };
  return new SAML(options);
}
