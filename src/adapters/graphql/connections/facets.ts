import { Ctx, Field, FieldResolver, ObjectType, Resolver, Root } from 'type-graphql';
import { Connection } from '../../../directory/connections/connection.js';
import { OidcFacet, SamlFacet } from '../../../directory/connections/facets.js';
import { redirectUriOf } from '../../../identity-providers/oidc/relying-party.js';
import { addressesOf } from '../../../identity-providers/saml/service-provider.js';
import type { Context } from '../context.js';

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
