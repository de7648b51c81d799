import { timingSafeEqual } from 'node:crypto';
import type { Configuration, JWKS, Provider } from 'oidc-provider';
import { apiScopes } from '../access/principal.js';
import type { Store } from '../access/store.js';
import { recordUseOfSecret } from '../directory/applications/application-secrets.js';
import { sessionSeconds } from '../directory/sessions/session.js';
import { hashSecret } from '../kernel/secrets.js';
import type { Outbound } from '../outbound/outbound.js';
import { accountOf, claimsOfScopes, commonScopes, introspected } from './account.js';
import { Artifacts } from './artifact-store.js';
import { existingGrant, grantIdsIn } from './existing-grant.js';
import { featuresOf, type ProviderPages } from './features.js';
import { policyOf, supportedPrompts } from './login-policy.js';
import type { SignOutAtIdp } from './sign-out.js';

const accessTokenSeconds = 300;
/** Longer than a sign-in is allowed to take: a browser that returns too late is still redirected to its application. */
const interactionSeconds = sessionSeconds;

/**
 * Returns the configuration of the OpenID provider: only code with PKCE, rotated refresh tokens, and all state in the
 * database.
 */
export function configurationOf(
  store: Store,
  {
    keys,
    outbound,
    pages,
    atIdp,
    isSecure,
  }: {
    keys: Record<string, unknown>[];
    outbound: Outbound;
    pages: ProviderPages;
    atIdp: SignOutAtIdp;
    isSecure: boolean;
  },
): Configuration {
  return {
    adapter: (kind: string) => new Artifacts(store, kind),
    jwks: { keys: keys as JWKS['keys'] },
    fetch: outbound.fetch,
    claims: claimsOfScopes,
    discovery: { prompt_values_supported: supportedPrompts },
    scopes: [...commonScopes, ...apiScopes],
    conformIdTokenClaims: false,
    extraParams: ['organization_id', 'connection_id', 'domain_hint'],
    pkce: { required: () => true },
    responseTypes: ['code'],
    enabledJWA: {
      idTokenSigningAlgValues: ['RS256'],
      clientAuthSigningAlgValues: ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'],
    },
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    cookies: {
      keys: store.vault.derive('provider cookies'),
      // `__Host-` requires TLS, which a developer's machine does not have.
      names: isSecure ? { session: '__Host-rollcall_session' } : { session: 'rollcall_session' },
      long: { signed: true, httpOnly: true, sameSite: 'lax', path: '/' },
      short: { signed: true, httpOnly: true, sameSite: 'lax' },
    },
    ttl: {
      AccessToken: accessTokenSeconds,
      AuthorizationCode: 60,
      IdToken: accessTokenSeconds,
      RefreshToken: sessionSeconds,
      Grant: sessionSeconds,
      Session: sessionSeconds,
      Interaction: interactionSeconds,
    },
    rotateRefreshToken: true,
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    expiresWithSession: async () => false,
    features: featuresOf(store, { pages, atIdp }),
    findAccount: async (ctx, sub, token) => accountOf(store, sub, grantIdsIn(ctx, token)),
    extraTokenClaims: async (_ctx, token) =>
      'accountId' in token && token.accountId && token.grantId
        ? introspected(store, {
            userId: token.accountId,
            grantId: token.grantId,
            scopes: new Set(token.scope?.split(' ')),
          })
        : {},
    loadExistingGrant: async (ctx) => existingGrant(store, ctx),
    interactions: { url: (_ctx, { uid }) => `/sso/interaction/${uid}`, policy: policyOf(store) },
    clientBasedCORS: (_ctx, origin, client) =>
      (client.redirectUris ?? []).some((uri) => new URL(uri).origin === origin),
    renderError: async (ctx, out) => pages.error(ctx, out),
  };
}

/**
 * Makes the provider compare secrets by their hashes, because only hashes are stored. An application can have several
 * secrets.
 */
export function compareHashedSecrets({ database, now }: Store, provider: Provider): void {
  const prototype = provider.Client.prototype as typeof provider.Client.prototype & {
    compareClientSecret: (given: string) => Promise<boolean>;
  };
  prototype.compareClientSecret = async function compare(given: string) {
    const hash = hashSecret(given);
    const kept = (this.clientSecret ?? '').split(',').map((hex) => Buffer.from(hex, 'hex'));
    if (!kept.some((one) => one.length === 32 && timingSafeEqual(hash, one))) return false;
    await recordUseOfSecret(database, { applicationId: this.clientId, hash, now: now() });
    return true;
  };
}
