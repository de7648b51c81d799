import { timingSafeEqual } from 'node:crypto';
import { type Configuration, interactionPolicy, type KoaContextWithOIDC, type Provider } from 'oidc-provider';
import { hashSecret } from '../access/secrets.js';
import type { Store } from '../access/store.js';
import type { Outbound } from '../outbound/outbound.js';
import { accountOf, claimsOfScopes, introspected } from './account.js';
import { Artifacts } from './adapter.js';
import { bindGrant, sessionUnder } from './grants.js';
import { fits } from './hints.js';

/** What the provider shows people; pages are the sign-in room's. */
export interface ProviderPages {
  error: (ctx: KoaContextWithOIDC, error: { error: string; error_description?: string }) => void;
  confirmSignOut: (ctx: KoaContextWithOIDC, form: string) => void;
  signedOut: (ctx: KoaContextWithOIDC) => void;
}

const accessTokenSeconds = 300;
const interactionSeconds = 3_600;
const sessionSeconds = 43_200;

/** How the OpenID provider behaves: code with PKCE only, rotated refresh tokens, everything kept in the database. */
export function configurationOf(
  store: Store,
  {
    keys,
    outbound,
    pages,
    isSecure,
  }: { keys: Record<string, unknown>[]; outbound: Outbound; pages: ProviderPages; isSecure: boolean },
): Configuration {
  return {
    adapter: (kind: string) => new Artifacts(store, kind),
    jwks: { keys: keys as never },
    fetch: outbound.fetch,
    claims: claimsOfScopes,
    scopes: ['openid', 'offline_access', 'email', 'profile'],
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
      // `__Host-` asks for TLS; a developer's machine has none.
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
    features: {
      devInteractions: { enabled: false },
      introspection: { enabled: true, allowedPolicy: async (_ctx, client) => client.clientAuthMethod !== 'none' },
      revocation: { enabled: true, allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: async (ctx, form) => pages.confirmSignOut(ctx, form),
        postLogoutSuccessSource: async (ctx) => pages.signedOut(ctx),
      },
    },
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

/** Secrets are kept as hashes, so that is how they are compared. */
export function compareHashedSecrets(provider: Provider): void {
  const prototype = provider.Client.prototype as unknown as {
    clientSecret?: string;
    compareClientSecret: (given: string) => boolean;
  };
  prototype.compareClientSecret = function compare(this: { clientSecret?: string }, given: string) {
    const kept = Buffer.from(this.clientSecret ?? '', 'hex');
    return kept.length === 32 && timingSafeEqual(hashSecret(given), kept);
  };
}

/** Every grant that the request can rest on: the token's, the authorization's, those of the browser's session. */
function grantIdsIn(ctx: KoaContextWithOIDC, token: unknown): string[] {
  const { entities, session, result } = ctx.oidc;
  const ofToken = (token as { grantId?: string } | undefined)?.grantId ?? entities.Grant?.jti;
  if (ofToken) return [ofToken];
  const given = result?.consent?.grantId;
  return [...(given ? [given] : []), ...grantIdsOf(session)];
}

const grantIdsOf = (session: { authorizations?: Record<string, { grantId?: string }> } | undefined): string[] =>
  Object.values(session?.authorizations ?? {}).flatMap(({ grantId }) => grantId ?? []);

/** A person who is signed in already is let in to the next application of theirs without being asked. */
async function existingGrant(store: Store, ctx: KoaContextWithOIDC) {
  const { provider, session, client, result, requestParamOIDCScopes } = ctx.oidc;
  if (!client || !session?.accountId) return undefined;
  const own = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
  const signedIn = await sessionUnder(store, own ? [own] : grantIdsOf(session));
  if (!signedIn) return undefined;
  const found = own ? await provider.Grant.find(own) : undefined;
  const grant = found ?? new provider.Grant({ accountId: session.accountId, clientId: client.clientId });
  grant.addOIDCScope([...requestParamOIDCScopes].join(' '));
  const grantId = await grant.save();
  if (!found) await bindGrant(store, grantId, { ...signedIn, applicationId: client.clientId });
  session.sidFor(client.clientId, signedIn.sessionId);
  return grant;
}

/** Signing in is asked for again when the sign-in behind the browser's session has ended, or is not the one that is wanted. */
function policyOf(store: Store) {
  const policy = interactionPolicy.base();
  const { Check } = interactionPolicy;
  policy.get('login')?.checks.add(
    new Check('sign_in_ended', 'the sign-in has ended or is another one', 'login_required', async (ctx) => {
      const { session, result, params, client } = ctx.oidc;
      if (!session?.accountId || result?.login) return Check.NO_NEED_TO_PROMPT;
      const signedIn = await sessionUnder(store, grantIdsOf(session));
      const isWanted =
        signedIn && (await fits(store, signedIn, { params: params ?? {}, clientId: client?.clientId ?? '' }));
      return isWanted ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT;
    }),
  );
  return policy;
}
