import { Ctx, Field, FieldResolver, ObjectType, Resolver, Root } from 'type-graphql';
import type { GivenOidc, GivenSaml } from '../../../directory/connections/configure-facets.js';
import { Connection } from '../../../directory/connections/connection.js';
import { OidcFacet, SamlFacet } from '../../../directory/connections/facets.js';
import { redirectUriOf } from '../../../identity-providers/oidc/relying-party.js';
import type { ProviderName } from '../../../identity-providers/profiles/index.js';
import { readIdpMetadata } from '../../../identity-providers/saml/idp-metadata.js';
import { addressesOf } from '../../../identity-providers/saml/service-provider.js';
import { BadInput } from '../../../kernel/errors.js';
import { storableText } from '../../../kernel/text.js';
import { type FetchFailed, fetchFailedIn } from '../../../outbound/fault.js';
import type { Outbound } from '../../../outbound/outbound.js';
import type { Context } from '../context.js';
import type { SamlInput } from './inputs.js';

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

async function testFacets({ oidc, saml }: GivenFacets, testIdp: TestIdpFacets): Promise<Facets> {
  if (!testIdp)
    throw new BadInput(
      'The test IdP is disabled. Start the server with TEST_IDP=on, or set "provider" to another identity provider.',
      'provider',
    );
  const facets = await testIdp(saml ? 'saml' : 'oidc');
  const { metadataXml: _xml, metadataUrl: _url, ...given } = saml ?? {};
  return saml ? { saml: { ...facets.saml, ...known(given) } } : { oidc: { ...facets.oidc, ...known(oidc ?? {}) } };
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

/** Endpoints to which the connection's IdP delivers messages that end sessions. */
@ObjectType('SignalEndpoints', {
  simpleResolvers: true,
  description: 'URLs to which the IdP delivers messages that end sessions.',
})
export class SignalEndpoints {
  @Field(() => String, { description: 'URL for logout tokens (OpenID Connect Back-Channel Logout).' })
  backchannelLogout: string;
  @Field(() => String, { description: 'URL for pushed security event tokens (RFC 8935): CAEP and RISC events.' })
  securityEvents: string;
  @Field(() => String, { description: "URL for Global Token Revocation, such as Okta's Universal Logout." })
  globalTokenRevocation: string;
}

@Resolver(() => Connection)
export class FacetResolver {
  @FieldResolver(() => OidcFacet, {
    nullable: true,
    description: 'OpenID Connect configuration. Null if there is none.',
  })
  oidc(@Root() { oidc, id }: Connection, @Ctx() { services }: Context): (OidcFacet & { redirectUri: string }) | null {
    return oidc && { ...oidc, redirectUri: redirectUriOf(services.publicUrl(), id) };
  }

  @FieldResolver(() => SamlFacet, { nullable: true, description: 'SAML configuration. Null if there is none.' })
  saml(@Root() { saml, id }: Connection, @Ctx() { services }: Context): object | null {
    if (!saml) return null;
    const { spEntityId, acsUrl, sloUrl: spSloUrl, metadataUrl } = addressesOf(services.publicUrl(), id);
    return { ...saml, spEntityId, acsUrl, spSloUrl, metadataUrl };
  }

  @FieldResolver(() => SignalEndpoints, { description: 'URLs to which the IdP delivers messages that end sessions.' })
  signalEndpoints(@Root() { id }: Connection, @Ctx() { services }: Context): SignalEndpoints {
    const base = `${services.publicUrl()}/sso/${id}`;
    return {
      backchannelLogout: `${base}/backchannel-logout`,
      securityEvents: `${base}/security-events`,
      globalTokenRevocation: `${base}/global-token-revocation`,
    };
  }
}

@Resolver(() => OidcFacet)
export class OidcFacetResolver {
  @FieldResolver(() => String, { description: 'Redirect URI to register at the IdP.' })
  redirectUri(@Root() facet: OidcFacet & { redirectUri?: string }): string {
    return facet.redirectUri ?? '';
  }
}

@Resolver(() => SamlFacet)
export class SamlFacetResolver {
  @FieldResolver(() => String, {
    description: 'Entity ID of the service provider. IdPs call it audience or SP entity ID.',
  })
  spEntityId(@Root() facet: SamlFacet & { spEntityId?: string }): string {
    return facet.spEntityId ?? '';
  }
  @FieldResolver(() => String, {
    description: 'URL to which the IdP posts its responses. IdPs call it ACS, reply or single sign-on URL.',
  })
  acsUrl(@Root() facet: SamlFacet & { acsUrl?: string }): string {
    return facet.acsUrl ?? '';
  }
  @FieldResolver(() => String, { description: 'URL to which the IdP sends logout requests.' })
  spSloUrl(@Root() facet: SamlFacet & { spSloUrl?: string }): string {
    return facet.spSloUrl ?? '';
  }
  @FieldResolver(() => String, { description: "URL of the service provider's metadata." })
  metadataUrl(@Root() facet: SamlFacet & { metadataUrl?: string }): string {
    return facet.metadataUrl ?? '';
  }
}
