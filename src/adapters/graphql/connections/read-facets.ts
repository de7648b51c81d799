import type { GivenOidc, GivenSaml } from '../../../directory/connections/configure-facets.js';
import type { ProviderName } from '../../../identity-providers/profiles/index.js';
import { readIdpMetadata } from '../../../identity-providers/saml/idp-metadata.js';
import { BadInput } from '../../../kernel/errors.js';
import { storableText } from '../../../kernel/text.js';
import { type FetchFailed, fetchFailedIn } from '../../../outbound/fault.js';
import type { Outbound } from '../../../outbound/outbound.js';
import type { SamlInput } from './facet-inputs.js';

export interface GivenFacets {
  oidc?: GivenOidc | null;
  saml?: SamlInput | null;
}
export interface Facets {
  oidc?: GivenOidc | null;
  saml?: GivenSaml | null;
}

/** Facets of the built-in test IdP; null if it is disabled. */
export type TestIdpFacets = ((protocol: 'oidc' | 'saml') => Promise<Facets>) | null;

/**
 * Returns the facets of an input with the IdP's metadata, or those of the test IdP. @throws BadInput that describes the
 * error
 */
export async function readFacets(
  { oidc, saml }: GivenFacets,
  { provider, outbound, testIdp }: { provider: ProviderName | null; outbound: Outbound; testIdp: TestIdpFacets },
): Promise<Facets> {
  if (provider === 'TEST' && !saml?.idpEntityId) return testFacets({ oidc, saml }, testIdp);
  if (!saml) return { ...(oidc && { oidc }) };
  const { metadataXml, metadataUrl, ...given } = saml;
  const read = metadataXml ? readIdpMetadata(metadataXml, 'saml.metadataXml') : null;
  const fetched = metadataXml == null && metadataUrl ? await fetchMetadata(outbound, metadataUrl) : null;
  return { ...(oidc && { oidc }), saml: { ...read, ...fetched, ...known(given) } };
}

/** Returns the given values without empty and undefined ones. */
const known = <T extends object>(given: T): Partial<T> =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== '')) as Partial<T>;

/** Returns the given values without null, which has no meaning in a new configuration. */
const withoutNull = <T extends object>(given: T): Partial<T> =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null)) as Partial<T>;

async function testFacets({ oidc, saml }: GivenFacets, testIdp: TestIdpFacets): Promise<Facets> {
  if (!testIdp)
    throw new BadInput(
      'The test IdP is disabled. Start the server with TEST_IDP=on, or set "provider" to another identity provider.',
      'provider',
    );
  const facets = await testIdp(saml ? 'saml' : 'oidc');
  const { metadataXml: _xml, metadataUrl: _url, ...given } = saml ?? {};
  return saml
    ? { saml: { ...facets.saml, ...known(given) } }
    : { oidc: { ...facets.oidc, ...withoutNull(known(oidc ?? {})) } };
}

async function fetchMetadata(outbound: Outbound, url: string): Promise<GivenSaml> {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new BadInput(`"saml.metadataUrl" must be an https URL, not "${storableText(url, 200)}".`);
  const xml = await outbound.text(url, 'application/samlmetadata+xml, application/xml, text/xml').catch((error) => {
    throw unreadable(fetchFailedIn(error));
  });
  try {
    return readIdpMetadata(xml, 'saml.metadataUrl');
  } catch (error) {
    const withheld = outbound.withheld(url, error);
    throw withheld ? unreadable(withheld) : error;
  }
}

/** Returns the error for unreadable metadata. Its reason does not reveal services in the operator's own network. */
const unreadable = (failed: FetchFailed | null) =>
  new BadInput(
    `"saml.metadataUrl" could not be read: ${failed?.reason ?? 'the request failed'}. Use a public URL that answers 200 within 10 seconds.`,
  );
