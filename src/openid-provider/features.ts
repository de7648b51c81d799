import type { Client, Configuration, KoaContextWithOIDC } from 'oidc-provider';
import type { Store } from '../access/store.js';
import { sql } from '../storage/sql.js';
import { errors } from './openid-library.js';
import { type SignOutAtIdp, signOutAtOnce } from './sign-out.js';

/** The pages of the provider, which the sign-in module renders. */
export interface ProviderPages {
  error: (ctx: KoaContextWithOIDC, error: { error: string; error_description?: string }) => Promise<void>;
  confirmSignOut: (ctx: KoaContextWithOIDC, form: string) => Promise<void>;
  signedOut: (ctx: KoaContextWithOIDC) => Promise<void>;
  /** A form that the browser submits automatically, or by its button if scripts are disabled. */
  post: (ctx: KoaContextWithOIDC, form: PostedForm) => Promise<void>;
}

/** A form of hidden fields, and the URL to which it is posted. */
export interface PostedForm {
  action: string;
  fields: Record<string, string>;
}

/**
 * Returns the optional features of the provider that are enabled.
 *
 * DPoP (RFC 9449) and pushed authorization requests (RFC 9126) are enabled by default in the library. They are disabled
 * here and not announced in discovery. GraphQL accepts only bearer tokens, and a bound token must not be accepted as
 * one (RFC 9449 section 7.2).
 */
export function featuresOf(
  store: Store,
  { pages, atIdp }: { pages: ProviderPages; atIdp: SignOutAtIdp },
): Configuration['features'] {
  return {
    devInteractions: { enabled: false },
    // Needed to request an essential `acr` (OpenID Connect Core section 5.5.1.1).
    claimsParameter: { enabled: true },
    dPoP: { enabled: false },
    pushedAuthorizationRequests: { enabled: false },
    introspection: {
      enabled: true,
      allowedPolicy: (_ctx, client, token) =>
        mayIntrospect(store, client, 'grantId' in token ? token.grantId : undefined),
    },
    revocation: { enabled: true, allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: async (ctx, form) => {
        refuseAnotherUser(ctx);
        if (!(await signOutAtOnce(store, ctx, atIdp))) await pages.confirmSignOut(ctx, form);
      },
      postLogoutSuccessSource: async (ctx) => pages.signedOut(ctx),
    },
  };
}

/**
 * Rejects a sign-out request for another user than the one who is signed in (OpenID Connect RP-Initiated Logout 1.0
 * section 2).
 *
 * @throws InvalidRequest if `id_token_hint` names another user
 */
function refuseAnotherUser({ oidc: { entities, session } }: KoaContextWithOIDC): void {
  const hinted = entities.IdTokenHint?.payload.sub;
  if (hinted !== undefined && hinted !== session?.accountId)
    throw new errors.InvalidRequest('id_token_hint identifies a user who is not signed in');
}

/**
 * Returns true if a client may introspect a token (RFC 7662 section 4). An application of one organization can
 * introspect only tokens of that organization's users; for any other token the response is `{"active":false}`.
 */
async function mayIntrospect({ database }: Store, client: Client, grantId: string | undefined): Promise<boolean> {
  if (client.clientAuthMethod === 'none' || !grantId) return false;
  const allowed = await database.query(sql`select 1 from oauth_grants g
    join applications a on a.id = ${client.clientId}
    where g.id = ${grantId} and coalesce(a.organization_id, g.organization_id) = g.organization_id`);
  return allowed.length > 0;
}
