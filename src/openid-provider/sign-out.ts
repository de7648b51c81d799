import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Store } from '../access/store.js';
import { withdrawNotice } from '../directory/sessions/logout-notices.js';
import { endGrant, type GrantedSession, sessionUnder } from './grants.js';

/** Returns the URL at which the browser signs out at the IdP too; null to redirect it to `returnTo` directly. */
export type SignOutAtIdp = (session: GrantedSession, returnTo: string) => Promise<string | null>;

/**
 * Makes a sign-out end the sign-in itself with all grants of all applications; the library ends only the browser's
 * session. The library has already notified the applications of that session, so they need no second notice.
 */
export function endSignInsOnSignOut(store: Store, provider: Provider, atIdp: SignOutAtIdp): void {
  const told = new WeakMap<object, { sessionId: string; applicationId: string }[]>();
  provider.on('backchannel.success', (ctx, client, _accountId, sessionId) => {
    told.set(ctx, [...(told.get(ctx) ?? []), { sessionId: String(sessionId), applicationId: client.clientId }]);
  });
  provider.use(async (ctx, next) => {
    await next();
    const { oidc } = ctx as KoaContextWithOIDC;
    const location = ctx.response.get('location');
    // Without a redirect, the library has rejected the request: the form was not its own.
    if (oidc?.route !== 'end_session_confirm' || !oidc.params?.logout || !location) return;
    const grantIds = Object.values(oidc.session?.authorizations ?? {}).flatMap(({ grantId }) => grantId ?? []);
    const session = await sessionUnder(store, grantIds);
    for (const grantId of grantIds) await endGrant(store, grantId, 'signedOut');
    const returnTo = afterSignOut(location, provider.issuer, oidc.entities.Client?.clientId);
    ctx.redirect((session && (await atIdp(session, returnTo))) ?? returnTo);
    for (const { sessionId, applicationId } of told.get(ctx) ?? []) {
      await withdrawNotice(store.database, { sessionId, applicationId });
    }
  });
}

/**
 * Signs out without confirmation if the request contains an ID token of the browser's current sign-in (OpenID Connect
 * RP-Initiated Logout section 2). The token proves that the application means this user. Returns false otherwise.
 */
export async function signOutAtOnce(store: Store, ctx: KoaContextWithOIDC, atIdp: SignOutAtIdp): Promise<boolean> {
  const { session, provider, params, entities } = ctx.oidc;
  const hint = entities.IdTokenHint?.payload as { sub?: unknown; sid?: unknown } | undefined;
  const grantIds = Object.values(session?.authorizations ?? {}).flatMap(({ grantId }) => grantId ?? []);
  const signedIn = await sessionUnder(store, grantIds);
  if (!session || !signedIn || hint?.sid !== signedIn.sessionId || hint.sub !== session.accountId) return false;
  const wanted = params?.post_logout_redirect_uri;
  const returnTo = new URL(
    typeof wanted === 'string'
      ? wanted
      : afterSignOut(successOf(provider.issuer), provider.issuer, ctx.oidc.client?.clientId),
  );
  if (typeof wanted === 'string' && typeof params?.state === 'string') returnTo.searchParams.set('state', params.state);
  // Every application of the session has its own notice, which is sent until the application has responded.
  for (const grantId of grantIds) await endGrant(store, grantId, 'signedOut');
  await session.destroy();
  ctx.cookies.set(provider.cookieName('session'), null, { signed: true, httpOnly: true, sameSite: 'lax', path: '/' });
  ctx.status = 303;
  ctx.redirect((await atIdp(signedIn, returnTo.href)) ?? returnTo.href);
  return true;
}

const successOf = (issuer: string): string => `${issuer}/session/end/success`;

/** Adds the application to the URL of the page after a sign-out. A URL of the application stays unchanged. */
function afterSignOut(location: string, issuer: string, clientId: string | undefined): string {
  return location === successOf(issuer) && clientId ? `${location}?client_id=${clientId}` : location;
}
