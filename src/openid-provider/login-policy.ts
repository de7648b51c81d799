import type { Store } from '../access/store.js';
import { signInOf } from './existing-grant.js';
import { errors, interactionPolicy } from './openid-library.js';
import { fits } from './sign-in-hints.js';

const { Check, Prompt } = interactionPolicy;

/** The supported values of `prompt`; other values are ignored. */
export const supportedPrompts = ['none', 'login', 'consent', 'select_account', 'create'];

/**
 * Returns the policy for redirecting the browser to sign-in, in addition to the checks of OpenID Connect Core section
 * 3.1.2.3.
 */
export function policyOf(store: Store) {
  const policy = interactionPolicy.base();
  // Applications belong to the operator: users are never asked for consent.
  policy.get('consent')?.checks.clear();
  // Both prompts lead to the sign-in pages: the page shows the signed-in user, and users cannot create accounts
  // themselves.
  policy.add(new Prompt({ name: 'select_account', requestable: true }), 0);
  policy.add(new Prompt({ name: 'create', requestable: true }), 0);
  const login = policy.get('login')?.checks;
  // The library's own check would redirect the browser to the IdP endlessly, and returns another error for
  // `prompt=none`.
  login?.remove('id_token_hint');
  login?.add(anotherUser);
  for (const check of login ?? []) if (unmet[check.reason]) askOnce(check);
  login?.add(signInEnded(store));
  login?.add(anotherContextClass);
  return policy;
}

/** Requirements that a new sign-in can fail to satisfy. Another sign-in would have the same result and never end. */
const unmet: Record<string, (description: string) => Error> = {
  claims_id_token_sub_value: (description) => new errors.LoginRequired(description),
  essential_acr: (description) => new errors.UnmetAuthenticationRequirements(description),
  essential_acrs: (description) => new errors.UnmetAuthenticationRequirements(description),
};

function askOnce(check: InstanceType<typeof Check>): void {
  const { check: needs, description, reason } = check;
  check.check = async (ctx) => {
    const isUnmet = await needs(ctx);
    if (isUnmet && ctx.oidc.result?.login) throw unmet[reason]?.(description);
    return isUnmet;
  };
}

/**
 * Requires a sign-in if the sign-in of the browser's session has ended, or does not satisfy the application's hints.
 */
const signInEnded = (store: Store) =>
  new Check('sign_in_ended', 'the session has ended or belongs to another sign-in', 'login_required', async (ctx) => {
    const { session, result, params, client } = ctx.oidc;
    if (!session?.accountId) return Check.NO_NEED_TO_PROMPT;
    const signedIn = await signInOf(store, ctx);
    if (result?.login) {
      if (signedIn) return Check.NO_NEED_TO_PROMPT;
      throw new errors.AccessDenied('the session has ended');
    }
    const isWanted =
      signedIn && (await fits(store, signedIn, { params: params ?? {}, clientId: client?.clientId ?? '' }));
    return isWanted ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT;
  });

/**
 * Requires a sign-in if `id_token_hint` names another user than the one who is signed in (OpenID Connect Core section
 * 3.1.2.1); `login_required` for `prompt=none`. The sign-in itself rejects any other user.
 */
const anotherUser = new Check('id_token_hint', 'id_token_hint identifies another user', 'login_required', (ctx) => {
  const { session, entities } = ctx.oidc;
  const hinted = entities.IdTokenHint?.payload.sub;
  return hinted === undefined || hinted === session?.accountId ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT;
});

/**
 * Requires a visit to the IdP if the application prefers a class that the sign-in does not have (OpenID Connect Core
 * section 3.1.2.1, `acr_values`). The claim is voluntary: after the visit, and for `prompt=none`, the actual class is
 * passed on.
 */
const anotherContextClass = new Check(
  'acr_values',
  'the request requires another authentication context class',
  'login_required',
  (ctx) => {
    const { session, result, params, prompts } = ctx.oidc;
    const wanted = typeof params?.acr_values === 'string' ? params.acr_values.split(' ').filter(Boolean) : [];
    if (wanted.length === 0 || result?.login || prompts.has('none')) return Check.NO_NEED_TO_PROMPT;
    return session?.acr && wanted.includes(session.acr) ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT;
  },
);
