import type { GivenSaml } from '../../directory/connections/configure-facets.js';
import { BadInput } from '../../kernel/errors.js';
import { elementsIn, named, parseLimited } from './document.js';
import { InvalidSaml } from './errors.js';
import { ds, md, postBinding, redirectBinding } from './names.js';
import { checkSecondOpinion } from './second-opinion.js';

/** The input field that contains the metadata. */
type MetadataField = 'saml.metadataXml' | 'saml.metadataUrl';

/**
 * Returns the settings in an IdP's metadata (SAML Metadata section 2.4.3). @throws BadInput that names what is missing
 */
export function readIdpMetadata(xml: string, field: MetadataField): GivenSaml {
  const root = rootOf(xml, field);
  const [descriptor] = named(root, md, 'IDPSSODescriptor');
  if (root.localName !== 'EntityDescriptor' || !descriptor) {
    throw new BadInput('The metadata must be an EntityDescriptor with an IDPSSODescriptor, which IdPs publish.', field);
  }
  const sso = services(descriptor, 'SingleSignOnService');
  const ssoUrl = sso.get(redirectBinding) ?? sso.get(postBinding);
  if (!ssoUrl)
    throw new BadInput('The metadata must contain a SingleSignOnService with HTTP-Redirect or HTTP-POST.', field);
  const certificates = named(descriptor, md, 'KeyDescriptor')
    .filter((key) => key.getAttribute('use') !== 'encryption')
    .flatMap((key) => [...elementsIn(key)])
    .filter(({ namespaceURI, localName }) => namespaceURI === ds && localName === 'X509Certificate')
    .map(({ textContent }) => textContent ?? '');
  return {
    idpEntityId: root.getAttribute('entityID') ?? '',
    ssoUrl,
    ssoBinding: sso.has(redirectBinding) ? 'REDIRECT' : 'POST',
    sloUrl: services(descriptor, 'SingleLogoutService').get(redirectBinding) ?? null,
    certificates,
  };
}

function rootOf(xml: string, field: MetadataField): Element {
  try {
    // Comments are harmless here: metadata is written by people, and nothing in it is signed for Rollcall.
    const parsed = parseLimited(withoutComments(xml));
    checkSecondOpinion(parsed);
    return parsed.root;
  } catch (error) {
    if (!(error instanceof InvalidSaml)) throw error;
    throw new BadInput(`The metadata cannot be read: ${error.message}.`, field);
  }
}

/** Removes comments in one pass over the text. A comment that does not end stays, and is rejected. */
function withoutComments(xml: string): string {
  const kept: string[] = [];
  let at = 0;
  for (let start = xml.indexOf('<!--'); start >= 0; start = xml.indexOf('<!--', at)) {
    const end = xml.indexOf('-->', start + 4);
    if (end < 0) break;
    kept.push(xml.slice(at, start));
    at = end + 3;
  }
  return [...kept, xml.slice(at)].join('');
}

function services(descriptor: Element, name: string): Map<string, string> {
  const found = named(descriptor, md, name).map((service): [string, string] => [
    service.getAttribute('Binding') ?? '',
    service.getAttribute('Location') ?? '',
  ]);
  return new Map(found);
}
