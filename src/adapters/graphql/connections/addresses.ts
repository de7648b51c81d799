import { Field, ObjectType } from 'type-graphql';
import { redirectUriOf } from '../../../identity-providers/oidc/relying-party.js';
import { addressesOf as samlAddressesOf } from '../../../identity-providers/saml/service-provider.js';

/** Addresses of a connection. They do not depend on the protocols that it uses. */
@ObjectType('ConnectionAddresses', {
  simpleResolvers: true,
  description: 'Addresses of a connection, to enter at its IdP.',
})
export class ConnectionAddresses {
  @Field(() => String, {
    description: 'OpenID Connect: redirect URI. IdPs also call it sign-in redirect URI or callback.',
  })
  redirectUri: string;
  @Field(() => String, {
    description: 'SAML: entity ID of the service provider. IdPs call it SP entity ID, audience or identifier.',
  })
  spEntityId: string;
  @Field(() => String, {
    description: 'SAML: URL of the assertion consumer service. IdPs call it ACS, reply or single sign-on URL.',
  })
  acsUrl: string;
  @Field(() => String, { description: 'SAML: single logout URL of the service provider.' })
  spSloUrl: string;
  @Field(() => String, {
    description:
      "SAML: URL of the service provider's metadata, also before the connection has `saml`. It answers 404 if the connection has `oidc`.",
  })
  metadataUrl: string;
  @Field(() => String, {
    description: 'SCIM: base URL. IdPs also call it tenant URL. It answers 401 until the connection has a token.',
  })
  scimBaseUrl: string;
}

/** Returns the addresses of a connection. */
export function addressesOf(publicUrl: string, connectionId: string): ConnectionAddresses {
  const { sloUrl: spSloUrl, ...saml } = samlAddressesOf(publicUrl, connectionId);
  // Okta accepts no underscore in a base URL, so the id is used without its prefix.
  const scimBaseUrl = `${publicUrl}/scim/v2/${connectionId.slice('conn_'.length)}`;
  return { redirectUri: redirectUriOf(publicUrl, connectionId), ...saml, spSloUrl, scimBaseUrl };
}
