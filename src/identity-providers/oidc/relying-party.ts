import type { JWTPayload } from 'jose';
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  calculatePKCECodeChallenge,
  customFetch,
  fetchUserInfo,
  None,
  randomNonce,
  randomPKCECodeVerifier,
  type ServerMetadata,
} from 'openid-client';
import type { Connection } from '../../directory/connections/connection.js';
import { placeOf } from '../../directory/connections/service-provider-key.js';
import type { Assertion } from '../../directory/sign-in/assertion.js';
import { claimAt } from '../../directory/sign-in/groups-in-claims.js';
import type { OidcTrip } from '../../directory/sign-in/trips.js';
import type { Vault } from '../../kernel/vault.js';
import { fetchFailedIn } from '../../outbound/fault.js';
import type { Outbound } from '../../outbound/outbound.js';
import { profileOfIdp } from '../profiles/index.js';
import { faultOf, faultOfIssuer, isOfOAuth, reasonOf } from './endpoint-fault.js';
import { assertionOf, InvalidIdToken, type SigningIn, validateIdToken } from './id-token.js';
import type { Issuers } from './issuers.js';

/** The parameters of an application for the sign-in at the IdP. */
export interface AuthorizationOptions {
  loginHint?: string | null;
  maxAge?: number | null;
  acrValues?: string | null;
  prompt?: 'login' | 'select_account' | null;
}

interface Deps {
  issuers: Issuers;
  outbound: Outbound;
  vault: Vault;
  publicUrl: () => string;
  now: () => Date;
}

/** The OpenID Connect client at the provider of one connection. */
export class RelyingParty {
  constructor(
    readonly connection: Connection & SigningIn,
    readonly deps: Deps,
  ) {}

  /**
   * The redirect URI at the IdP. Each connection has its own path, so that responses of two IdPs cannot be mixed up.
   */
  get redirectUri(): string {
    return redirectUriOf(this.deps.publicUrl(), this.connection.id);
  }

  /**
   * Returns the URL of the authorization request (OpenID Connect Core section 3.1.2.1), and the values to store until
   * the callback.
   *
   * @throws InvalidIdToken if the issuer cannot be read, or has no authorization endpoint
   */
  async start(state: string, options: AuthorizationOptions): Promise<{ url: string; trip: OidcTrip }> {
    const trip = { state, nonce: randomNonce(), codeVerifier: randomPKCECodeVerifier() };
    const { loginHint, maxAge, acrValues, prompt } = options;
    const configuration = await this.#configuration();
    if (!configuration.serverMetadata().authorization_endpoint)
      throw new InvalidIdToken('the discovery document has no "authorization_endpoint"', 'IDP_MISCONFIGURED');
    const url = buildAuthorizationUrl(configuration, {
      redirect_uri: this.redirectUri,
      scope: this.connection.oidc.scopes.join(' '),
      response_type: 'code',
      state,
      nonce: trip.nonce,
      code_challenge: await calculatePKCECodeChallenge(trip.codeVerifier),
      code_challenge_method: 'S256',
      ...(loginHint && { login_hint: loginHint }),
      ...(maxAge != null && { max_age: String(maxAge) }),
      ...(acrValues && { acr_values: acrValues }),
      ...(prompt && { prompt }),
    });
    return { url: url.href, trip };
  }

  /**
   * Validates the callback and returns its assertion. It checks code, state, issuer, nonce and the signature of the ID
   * token, and reads claims that the token lacks from the userinfo endpoint. If that fails, the assertion contains only
   * the claims of the token.
   *
   * @throws InvalidIdToken for any error in the response
   */
  async validateCallback(callbackUrl: URL, trip: OidcTrip): Promise<Assertion> {
    try {
      const configuration = await this.#configuration();
      const tokens = await this.#asking(configuration, 'token_endpoint', () =>
        authorizationCodeGrant(configuration, callbackUrl, {
          expectedState: trip.state,
          expectedNonce: trip.nonce,
          pkceCodeVerifier: trip.codeVerifier,
          idTokenExpected: true,
        }),
      );
      const proof = { idToken: tokens.id_token ?? '', nonce: trip.nonce, now: this.deps.now() };
      const assertion = await validateIdToken(this.deps.issuers, this.connection, proof);
      return await this.#completed(configuration, assertion, tokens.access_token);
    } catch (error) {
      throw faultOf(error, this.connection, { secret: () => this.#secret, now: this.deps.now() });
    }
  }

  async #completed(configuration: Configuration, assertion: Assertion, accessToken: string): Promise<Assertion> {
    const { claims } = assertion;
    const { groupsClaim, requiredGroups, syncGroups } = this.connection.jit;
    const needsGroups = requiredGroups.length > 0 || syncGroups || this.connection.groupMappings.length > 0;
    const isWhole = claims.email != null && (!needsGroups || claimAt(assertion, groupsClaim) !== undefined);
    if (isWhole || !configuration.serverMetadata().userinfo_endpoint) return assertion;
    const more = await this.#userinfo(configuration, accessToken, String(claims.sub));
    if (typeof more === 'string') return { ...assertion, userinfoFault: more };
    const all = completedBy(more, claims, addressClaimsOf(this.connection));
    // Only the signed token determines how and when the user was authenticated.
    return { ...assertionOf(this.connection, all), authentication: assertion.authentication };
  }

  /**
   * Returns the claims of the userinfo endpoint, or the reason why it cannot be read. @throws the library's error for
   * another `sub`
   */
  async #userinfo(configuration: Configuration, accessToken: string, sub: string): Promise<JWTPayload | string> {
    try {
      return await this.#asking(configuration, 'userinfo_endpoint', () =>
        fetchUserInfo(configuration, accessToken, sub),
      );
    } catch (error) {
      // The claims belong to another user: the tokens can have been mixed up (OpenID Connect Core section 5.3.2).
      if (isAnotherSubject(error) || !(error instanceof Error)) throw error;
      return reasonOf(error);
    }
  }

  /**
   * Runs a request to an endpoint. The response of an endpoint in a private network is withheld as if the endpoint were
   * unreachable. OAuth errors are passed on if the endpoint belongs to the issuer, because its discovery document was
   * read there.
   */
  async #asking<T>(
    configuration: Configuration,
    endpoint: 'token_endpoint' | 'userinfo_endpoint',
    request: () => Promise<T>,
  ): Promise<T> {
    const { outbound } = this.deps;
    let isAsked = false;
    configuration[customFetch] = (url, options) => {
      isAsked = true;
      return outbound.fetch(url, options as RequestInit);
    };
    try {
      return await request();
    } catch (error) {
      const url = configuration.serverMetadata()[endpoint] ?? '';
      const isOfIssuer = URL.canParse(url) && new URL(url).origin === new URL(this.connection.oidc.issuer).origin;
      const isTold = !isAsked || fetchFailedIn(error) !== null || (isOfIssuer && isOfOAuth(error));
      throw (isTold ? null : outbound.withheld(url, error)) ?? error;
    }
  }

  get #secret(): string | null {
    const { sealed, id } = this.connection;
    return sealed.clientSecret ? this.deps.vault.open(sealed.clientSecret, placeOf(id, 'clientSecret')) : null;
  }

  async #configuration(): Promise<Configuration> {
    const { oidc } = this.connection;
    const metadata = await this.deps.issuers.metadataOf(oidc.issuer).catch((error: unknown) => {
      if (isTestIdp(this.connection, this.deps.publicUrl()) && fetchFailedIn(error)) throw testIdpIsOff();
      return faultOfIssuer(error);
    });
    const configuration = new Configuration(
      metadata as ServerMetadata,
      oidc.clientId,
      { id_token_signed_response_alg: undefined },
      authenticationOf(oidc.tokenEndpointAuthMethod, this.#secret),
    );
    configuration[customFetch] = (url, options) => this.deps.outbound.fetch(url, options as RequestInit);
    if (oidc.issuer.startsWith('http:')) allowInsecureRequests(configuration);
    return configuration;
  }
}

const isTestIdp = ({ provider, oidc }: SigningIn & Pick<Connection, 'provider'>, publicUrl: string): boolean =>
  provider === 'TEST' && oidc.issuer === `${publicUrl}/test-idp`;

const testIdpIsOff = () =>
  new InvalidIdToken(
    'the test IdP of this server is disabled: start the server with TEST_IDP=on, or set "provider" and "oidc" of the connection to another IdP',
    'IDP_MISCONFIGURED',
  );

const addressClaimsOf = ({ provider }: SigningIn): string[] => [
  'email',
  'email_verified',
  ...(profileOfIdp(provider).oidc.verifiedClaims ?? []),
];

/**
 * Merges the claims: the claims of the signed token take precedence, userinfo adds those that it lacks. The email
 * address and the claims that verify it come from one source (OpenID Connect Core section 5.1): the token, if it has an
 * address.
 */
function completedBy(more: JWTPayload, claims: JWTPayload, addressClaims: readonly string[]): JWTPayload {
  const source = claims.email == null ? more : claims;
  const address = addressClaims.flatMap((name) => (source[name] === undefined ? [] : [[name, source[name]]]));
  const others = Object.entries({ ...more, ...claims }).filter(([name]) => !addressClaims.includes(name));
  return Object.fromEntries([...others, ...address]);
}

/** Returns the redirect URI to register at a connection's OpenID provider. */
export const redirectUriOf = (publicUrl: string, connectionId: string): string =>
  `${publicUrl}/sso/oidc/${connectionId}/callback`;

function authenticationOf(method: SigningIn['oidc']['tokenEndpointAuthMethod'], secret: string | null): ClientAuth {
  if (secret === null || method === 'NONE') return None();
  return method === 'CLIENT_SECRET_POST' ? ClientSecretPost(secret) : ClientSecretBasic(secret);
}

const isAnotherSubject = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED';
