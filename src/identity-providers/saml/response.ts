import { checkAssertion, type Expected, type Proved } from './assertion.js';
import { checkEncrypted, decryptContent } from './decrypt.js';
import { decodeMessage, elementsIn, named, only, type Parsed, parseLimited } from './document.js';
import { InvalidSaml } from './errors.js';
import { ds, saml, samlp } from './names.js';
import { clipped, mismatch } from './reason.js';
import { checkSecondOpinion } from './second-opinion.js';
import { checkSignature, verifySignature } from './signature.js';
import { statusFault } from './status.js';

/** The values against which a response is validated. They come from the connection, never from the document. */
export interface Judge extends Omit<Expected, 'requestId'> {
  certificates: readonly string[];
  privateKey: string;
}

/** A response that was parsed before any key is used, to find the request that it answers. */
export interface Unproved extends Parsed {
  inResponseTo: string | null;
  /** The reason why the response has no assertion: the status of the IdP. Null if it has one. */
  failure: InvalidSaml | null;
}

/**
 * Parses a SAML response in the required shape (SAML Core section 3.3.3): at most one assertion, signatures in the
 * allowed places, allowed algorithms. It does not verify anything yet. A response without an assertion is an error of
 * the IdP.
 *
 * @throws InvalidSaml
 */
export function readResponse(base64: string): Unproved {
  const parsed = parseLimited(decodeMessage(base64));
  const { root } = parsed;
  if (root.namespaceURI !== samlp || root.localName !== 'Response')
    throw new InvalidSaml(`the message is a "${clipped(root.localName)}", not a SAML 2.0 Response`);
  if (root.getAttribute('Version') !== '2.0') throw new InvalidSaml('the Version of the response is not 2.0');
  const failure =
    checkPlaces(root) === 0 ? (statusFault(root) ?? new InvalidSaml('the response has no assertion')) : null;
  return { ...parsed, inResponseTo: root.getAttributeNode('InResponseTo')?.value ?? null, failure };
}

const isAssertion = ({ namespaceURI, localName }: Element): boolean =>
  namespaceURI === saml && (localName === 'Assertion' || localName === 'EncryptedAssertion');

const isSignature = ({ namespaceURI, localName }: Element): boolean => namespaceURI === ds && localName === 'Signature';

/**
 * Rejects a second assertion anywhere in the document, and every signature and encryption that could not be accepted.
 *
 * @returns the number of assertions
 */
function checkPlaces(root: Element): number {
  const all = elementsIn(root);
  const assertions = all.filter(isAssertion);
  if (assertions.length > 1 || assertions.some((one) => one !== root && one.parentNode !== root))
    throw new InvalidSaml('the response must have exactly one assertion, directly below Response');
  for (const signature of all.filter(isSignature)) checkSignature(signature);
  for (const one of assertions) if (one.localName === 'EncryptedAssertion') checkEncrypted(one);
  return assertions.length;
}

/**
 * Verifies the response and returns its content. After the signature check, only the bytes that the signature covers
 * are read, parsed again.
 *
 * @throws InvalidSaml
 */
export async function proveResponse(response: Unproved, judge: Judge, requestId: string | null): Promise<Proved> {
  checkEnvelope(response.root, judge);
  const assertion = await coveredAssertion(response, judge);
  // Runs after the signature check, because it costs as much as parsing.
  checkSecondOpinion(response);
  return checkAssertion(assertion, { ...judge, requestId });
}

/**
 * Checks the envelope of the assertion. It is not always signed, so it can only cause a rejection and never prove
 * anything.
 */
function checkEnvelope(root: Element, { acsUrl, idpEntityId }: Judge): void {
  const destination = root.getAttributeNode('Destination')?.value ?? null;
  const isSigned = named(root, ds, 'Signature').length > 0;
  if (destination === null && isSigned) throw new InvalidSaml('the signed response has no Destination');
  if (destination !== null && destination !== acsUrl)
    throw new InvalidSaml(mismatch('the Destination', destination, acsUrl));
  const [issuer] = named(root, saml, 'Issuer');
  if (issuer && issuer.textContent !== idpEntityId)
    throw new InvalidSaml(mismatch('the Issuer of the response', issuer.textContent, idpEntityId));
  const fault = statusFault(root);
  if (fault) throw fault;
}

/**
 * Returns the assertion from bytes that a signature of the IdP covers. A signature of the response covers its
 * assertion, encrypted or not.
 */
async function coveredAssertion(response: Unproved, judge: Judge): Promise<Element> {
  const isSigned = named(response.root, ds, 'Signature').length > 0;
  const { root, elements } = isSigned ? covered(response.root, judge) : response;
  const [encrypted] = named(root, saml, 'EncryptedAssertion');
  if (!encrypted) return isSigned ? only(root, saml, 'Assertion') : covered(only(root, saml, 'Assertion'), judge).root;
  const decrypted = parseLimited(await decryptContent(encrypted, judge.privateKey), elements);
  checkPlaces(decrypted.root);
  const assertion = isSigned ? decrypted.root : covered(decrypted.root, judge).root;
  checkSecondOpinion(decrypted);
  return assertion;
}

/** Parses the bytes that the element's signature covers, and nothing else. */
function covered(element: Element, { certificates }: Judge): Parsed {
  const parsed = parseLimited(verifySignature(element, certificates));
  checkSecondOpinion(parsed);
  checkPlaces(parsed.root);
  return parsed;
}
