import { Ctx, Field, FieldResolver, ObjectType, Resolver, Root } from 'type-graphql';
import { Connection } from '../../../directory/connections/connection.js';
import { OidcFacet, SamlFacet } from '../../../directory/connections/facets.js';
import { redirectUriOf } from '../../../identity-providers/oidc/relying-party.js';
import { addressesOf } from '../../../identity-providers/saml/service-provider.js';
import type { Context } from '../context.js';

/** Endpoints to which the connection's IdP delivers messages that end sessions. */
@ObjectType('SignalEndpoints', {
  simpleResolvers: true,
  description: 'Where the IdP delivers messages that end sessions.',
})
export class SignalEndpoints {
  @Field(() => String, { description: 'OpenID Connect Back-Channel Logout.' })
  backchannelLogout: string;
  @Field(() => String, { description: 'Shared Signals by push (RFC 8935): CAEP and RISC events.' })
  securityEvents: string;
  @Field(() => String, { description: "Global Token Revocation: Okta's Universal Logout." })
  globalTokenRevocation: string;
}

@Resolver(() => Connection)
export class FacetResolver {
  @FieldResolver(() => OidcFacet, { nullable: true })
  oidc(@Root() { oidc, id }: Connection, @Ctx() { services }: Context): (OidcFacet & { redirectUri: string }) | null {
    return oidc && { ...oidc, redirectUri: redirectUriOf(services.publicUrl(), id) };
  }

  @FieldResolver(() => SamlFacet, { nullable: true })
  saml(@Root() { saml, id }: Connection, @Ctx() { services }: Context): object | null {
    if (!saml) return null;
    const { spEntityId, acsUrl, sloUrl: spSloUrl, metadataUrl } = addressesOf(services.publicUrl(), id);
    return { ...saml, spEntityId, acsUrl, spSloUrl, metadataUrl };
  }

  @FieldResolver(() => SignalEndpoints)
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
  @FieldResolver(() => String, { description: 'The address to register at the IdP.' })
  redirectUri(@Root() facet: OidcFacet & { redirectUri?: string }): string {
    return facet.redirectUri ?? '';
  }
}

@Resolver(() => SamlFacet)
export class SamlFacetResolver {
  @FieldResolver(() => String, { description: 'Our entityID: what the IdP calls audience or SP entity ID.' })
  spEntityId(@Root() facet: SamlFacet & { spEntityId?: string }): string {
    return facet.spEntityId ?? '';
  }
  @FieldResolver(() => String, { description: 'Where the IdP posts its responses: ACS, reply or single sign-on URL.' })
  acsUrl(@Root() facet: SamlFacet & { acsUrl?: string }): string {
    return facet.acsUrl ?? '';
  }
  @FieldResolver(() => String, { description: 'Where the IdP sends logout requests.' })
  spSloUrl(@Root() facet: SamlFacet & { spSloUrl?: string }): string {
    return facet.spSloUrl ?? '';
  }
  @FieldResolver(() => String, { description: 'Our metadata, for IdPs that read it.' })
  metadataUrl(@Root() facet: SamlFacet & { metadataUrl?: string }): string {
    return facet.metadataUrl ?? '';
  }
}
