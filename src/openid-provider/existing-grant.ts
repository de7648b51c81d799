import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Store } from '../access/store.js';
import { bindGrant, type GrantedSession, sessionUnder } from './grants.js';

/**
 * Returns the grants that a request can depend on: those of the token, of the authorization, and of the browser's
 * session.
 */
export function grantIdsIn(ctx: KoaContextWithOIDC, token: unknown): string[] {
  const { entities } = ctx.oidc;
  const ofToken = (token as { grantId?: string } | undefined)?.grantId ?? entities.Grant?.jti;
  return ofToken ? [ofToken] : grantIdsOfBrowser(ctx);
}

function grantIdsOfBrowser({ oidc: { session, result } }: KoaContextWithOIDC): string[] {
  const given = result?.consent?.grantId;
  const known = Object.values(session?.authorizations ?? {}).flatMap(({ grantId }) => grantId ?? []);
  return given ? [given, ...known] : known;
}

/**
 * Returns the valid sign-in for an authorization request; null if there is none.
 *
 * The client's own grant takes precedence. If it has ended (by revocation, or because a code or refresh token was used
 * twice), the sign-in of any other application of the same user in this browser is used. The login policy and the grant
 * both use this function, so a request cannot satisfy one and fail the other, which would cause an endless redirect.
 */
export async function signInOf(store: Store, ctx: KoaContextWithOIDC): Promise<GrantedSession | null> {
  const { session, client, result } = ctx.oidc;
  if (!client || !session?.accountId) return null;
  const own = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
  const ofOwn = own ? await sessionUnder(store, [own]) : null;
  const signedIn = ofOwn ?? (await sessionUnder(store, grantIdsOfBrowser(ctx)));
  return signedIn?.userId === session.accountId ? signedIn : null;
}

/** Returns the client's grant for a signed-in user; creates it for an application that has none. */
export async function existingGrant(store: Store, ctx: KoaContextWithOIDC) {
  const { provider, session, client, result, requestParamOIDCScopes, requestParamClaims } = ctx.oidc;
  const signedIn = await signInOf(store, ctx);
  if (!signedIn || !client || !session?.accountId) return undefined;
  const own = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
  const found = own ? await provider.Grant.find(own) : undefined;
  const grant = found ?? new provider.Grant({ accountId: session.accountId, clientId: client.clientId });
  grant.addOIDCScope([...requestParamOIDCScopes].join(' '));
  if (requestParamClaims.size > 0) grant.addOIDCClaims([...requestParamClaims]);
  const grantId = await grant.save();
  if (!found) await bindGrant(store, grantId, { ...signedIn, applicationId: client.clientId });
  session.sidFor(client.clientId, signedIn.sessionId);
  // The sign-in contains the method and time of the authentication. The library would use the time of the login
  // instead.
  const { authTime, acr, amr } = signedIn;
  session.loginTs = authTime === null ? undefined : Math.floor(authTime.getTime() / 1000);
  session.acr = acr ?? undefined;
  session.amr = amr?.length ? amr : undefined;
  return grant;
}
