import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Store } from '../access/store.js';
import { sql } from '../storage/sql.js';
import { endGrant, type GrantedSession, sessionUnder } from './grants.js';

/** Where the browser goes on after signing out, when the IdP is to hear of it too; null for straight on. */
export type SignOutAtIdp = (session: GrantedSession, returnTo: string) => Promise<string | null>;

/**
 * Signing out ends the sign-in itself, and with it what every application was given; the library ends the browser's session
 * only. It has told the applications of that session by then, so they need no second notice.
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
    // Without a redirect the library has refused: the form was not its own.
    if (oidc?.route !== 'end_session_confirm' || !oidc.params?.logout || !location) return;
    const grantIds = Object.values(oidc.session?.authorizations ?? {}).flatMap(({ grantId }) => grantId ?? []);
    const session = await sessionUnder(store, grantIds);
    for (const grantId of grantIds) await endGrant(store, grantId, 'signedOut');
    const returnTo = afterSignOut(location, provider.issuer, oidc.entities.Client?.clientId);
    ctx.redirect((session && (await atIdp(session, returnTo))) ?? returnTo);
    for (const { sessionId, applicationId } of told.get(ctx) ?? []) {
      await store.database.query(sql`delete from logout_notices where session_id = ${sessionId}
        and application_id = ${applicationId}`);
    }
  });
}

/**
 * Signs out without a question if the request has an ID token of the very sign-in that the browser has (OpenID Connect
 * RP-Initiated Logout section 2): the application knows whom it signs out. Returns false if it has none.
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
  // Every application of the session has a notice of its own, which is sent until the application has answered.
  for (const grantId of grantIds) await endGrant(store, grantId, 'signedOut');
  await session.destroy();
  ctx.cookies.set(provider.cookieName('session'), null, { signed: true, httpOnly: true, sameSite: 'lax', path: '/' });
  ctx.status = 303;
  ctx.redirect((await atIdp(signedIn, returnTo.href)) ?? returnTo.href);
  return true;
}

const successOf = (issuer: string): string => `${issuer}/session/end/success`;

/** Names the application to the page that follows a sign-out; an address of the application stays as it is. */
function afterSignOut(location: string, issuer: string, clientId: string | undefined): string {
  return location === successOf(issuer) && clientId ? `${location}?client_id=${clientId}` : location;
}
