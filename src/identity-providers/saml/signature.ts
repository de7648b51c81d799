import { createHash, timingSafeEqual } from 'node:crypto';
import { C14nCanonicalization, ExclusiveCanonicalization } from 'xml-crypto';
import { digestMethods, enveloped, exclusive, isSignedByOne, signatureMethods } from './algorithms.js';
import { childrenOf, named, only } from './document.js';
import { InvalidSaml } from './errors.js';
import { ds } from './names.js';
import { clipped } from './reason.js';

const maxPrefixes = 32;
const maxPrefixList = 2_048;

/** A signature in the shape that SAML Core section 5.4 requires, not yet verified. */
interface Shape {
  info: Element;
  method: string;
  reference: Element;
  transforms: string[];
  digest: string;
}

/**
 * Checks the shape of a signature (SAML Core section 5.4): one Reference, to the element that contains the signature,
 * with allowed algorithms. KeyInfo is ignored: the key comes from the connection, never from the document.
 *
 * @throws InvalidSaml
 */
export function checkSignature(signature: Element): Shape {
  const info = only(signature, ds, 'SignedInfo');
  if (named(signature, ds, 'Object').length > 0) throw new InvalidSaml('a signature contains an Object');
  const reference = only(info, ds, 'Reference');
  if (childrenOf(info).length !== 3) throw new InvalidSaml('SignedInfo must have three elements');
  const transforms = named(reference, ds, 'Transforms').flatMap(childrenOf);
  const shape = {
    info,
    reference,
    method: algorithmOf(only(info, ds, 'SignatureMethod')),
    transforms: transforms.map(algorithmOf),
    digest: algorithmOf(only(reference, ds, 'DigestMethod')),
  };
  checkAlgorithms(shape);
  for (const element of [only(info, ds, 'CanonicalizationMethod'), ...transforms]) prefixesIn(element);
  const id = (signature.parentNode as Element).getAttribute('ID');
  if (!id || reference.getAttribute('URI') !== `#${id}`)
    throw new InvalidSaml('a signature does not reference the element that contains it');
  for (const value of [only(reference, ds, 'DigestValue'), only(signature, ds, 'SignatureValue')]) {
    if (childrenOf(value).length > 0) throw new InvalidSaml(`${value.localName} must contain text only`);
  }
  return shape;
}

const algorithmOf = (element: Element): string => element.getAttribute('Algorithm') ?? '';

function checkAlgorithms({ info, method, transforms, digest }: Shape): void {
  const refuse = (what: string, algorithm: string): never => {
    throw new InvalidSaml(`the ${what} "${clipped(algorithm)}" of a signature is not allowed`);
  };
  if (!signatureMethods.has(method)) refuse('signature method', method);
  if (!digestMethods.has(digest)) refuse('digest method', digest);
  const canonicalization = algorithmOf(only(info, ds, 'CanonicalizationMethod'));
  if (canonicalization !== exclusive) refuse('canonicalization method', canonicalization);
  const other = transforms.find((transform) => transform !== exclusive && transform !== enveloped);
  if (other !== undefined) refuse('transform', other);
  if (transforms.length > 2) throw new InvalidSaml('a signature has more than two transforms');
}

/**
 * Returns the prefixes that exclusive canonicalization treats as inclusive canonicalization does. @throws InvalidSaml
 */
function prefixesIn(method: Element): string[] {
  const lists = childrenOf(method).filter(({ localName }) => localName === 'InclusiveNamespaces');
  const text = lists.map((list) => list.getAttribute('PrefixList') ?? '').join(' ');
  // Check the length before splitting: a list as long as the message costs more than the message.
  const isLong = childrenOf(method).length > 1 || text.length > maxPrefixList;
  const prefixes = isLong ? [] : text.split(/\s+/).filter(Boolean);
  if (isLong || prefixes.length > maxPrefixes) throw new InvalidSaml('a signature has too many inclusive namespaces');
  return prefixes;
}

/**
 * Verifies the signature in the element (XML Signature section 3.2): first SignedInfo with the certificates' keys, then
 * the digest. A signature by another key is therefore rejected before any work that grows with the document.
 *
 * @returns the bytes that the signature covers, as XML. The caller must read only these bytes afterwards.
 * @throws InvalidSaml
 */
export function verifySignature(element: Element, certificates: readonly string[]): string {
  const signature = only(element, ds, 'Signature');
  const { info, method, reference, transforms, digest } = checkSignature(signature);
  const prefixes = prefixesIn(only(info, ds, 'CanonicalizationMethod'));
  const bytes = canonicalize(new ExclusiveCanonicalization(), info, prefixes);
  const value = bytesOf(only(signature, ds, 'SignatureValue'));
  if (!isSignedByOne(certificates, { algorithm: method, bytes, signature: value }))
    throw new InvalidSaml('no signature of the IdP covers the message: no certificate of the connection verifies it');
  const last = named(reference, ds, 'Transforms').flatMap(childrenOf).at(-1);
  // Without a canonicalization, the reference is digested after inclusive canonicalization (XML Signature section
  // 4.4.3.2).
  const canonicalization = transforms.includes(exclusive)
    ? new ExclusiveCanonicalization()
    : new C14nCanonicalization();
  const { nextSibling } = signature;
  element.removeChild(signature);
  const covered = canonicalize(canonicalization, element, last ? prefixesIn(last) : []);
  element.insertBefore(signature, nextSibling);
  const expected = bytesOf(only(reference, ds, 'DigestValue'));
  const actual = createHash(digestMethods.get(digest) ?? '')
    .update(covered)
    .digest();
  if (expected.length !== actual.length || !timingSafeEqual(expected, actual))
    throw new InvalidSaml('no signature of the IdP covers the message: it was changed after it was signed');
  return covered;
}

const bytesOf = ({ textContent }: Element): Buffer => Buffer.from((textContent ?? '').replace(/\s/g, ''), 'base64');

function canonicalize(
  method: ExclusiveCanonicalization | C14nCanonicalization,
  element: Element,
  inclusiveNamespacesPrefixList: string[],
): string {
  const options = { inclusiveNamespacesPrefixList, ancestorNamespaces: namespacesAround(element) };
  return method.process(element, options).toString();
}

/** Returns the namespaces in scope of an element that it does not declare itself. */
function namespacesAround(element: Element): { prefix: string; namespaceURI: string }[] {
  const found = new Map<string, string>();
  for (let node: Node | null = element; node?.nodeType === 1; node = node.parentNode) {
    for (const { name, value } of Array.from((node as Element).attributes)) {
      const prefix = /^xmlns(?::(.+))?$/.exec(name) && name.slice('xmlns:'.length);
      if (prefix !== null && !found.has(prefix)) found.set(prefix, node === element ? '' : value);
    }
  }
  return [...found]
    .map(([prefix, namespaceURI]) => ({ prefix, namespaceURI }))
    .filter((one) => one.namespaceURI !== '');
}
