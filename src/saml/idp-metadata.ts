import type { GivenSaml } from '../directory/connections/lay-facets.js';
import { BadInput } from '../errors.js';
import { elementsIn, named, parseXml } from './document.js';
import { InvalidSaml } from './errors.js';
import { ds, md } from './names.js';

const redirect = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';
const post = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST';

/** What an IdP's metadata says (SAML Metadata section 2.4.3). @throws BadInput that says what it lacks */
export function readIdpMetadata(xml: string): GivenSaml {
  const root = rootOf(xml);
  const [descriptor] = named(root, md, 'IDPSSODescriptor');
  if (root.localName !== 'EntityDescriptor' || !descriptor) {
    throw new BadInput('The metadata must be an EntityDescriptor with an IDPSSODescriptor: that of an IdP.');
  }
  const sso = services(descriptor, 'SingleSignOnService');
  const ssoUrl = sso.get(redirect) ?? sso.get(post);
  if (!ssoUrl) throw new BadInput('The metadata names no SingleSignOnService by HTTP-Redirect or HTTP-POST.');
  const certificates = named(descriptor, md, 'KeyDescriptor')
    .filter((key) => key.getAttribute('use') !== 'encryption')
    .flatMap((key) => [...elementsIn(key)])
    .filter(({ namespaceURI, localName }) => namespaceURI === ds && localName === 'X509Certificate')
    .map(({ textContent }) => textContent ?? '');
  return {
    idpEntityId: root.getAttribute('entityID') ?? '',
    ssoUrl,
    ssoBinding: sso.has(redirect) ? 'REDIRECT' : 'POST',
    sloUrl: services(descriptor, 'SingleLogoutService').get(redirect) ?? null,
    certificates,
  };
}

function rootOf(xml: string): Element {
  // Metadata is written by people: comments in it are no trick, and nothing in it is signed for us.
  const plain = xml.replace(/^\uFEFF/, '').replace(/<!--[\s\S]*?-->/g, '');
  try {
    return parseXml(plain).documentElement;
  } catch (error) {
    if (!(error instanceof InvalidSaml)) throw error;
    throw new BadInput(`The metadata cannot be read: ${error.message}.`);
  }
}

function services(descriptor: Element, name: string): Map<string, string> {
  const found = named(descriptor, md, name).map((service): [string, string] => [
    service.getAttribute('Binding') ?? '',
    service.getAttribute('Location') ?? '',
  ]);
  return new Map(found);
}
