import type { Store } from '../access/store.js';
import { errors, interactionPolicy } from '../openid-library.js';
import { signInOf } from './existing-grant.js';
import { fits } from './hints.js';

const { Check } = interactionPolicy;

/** Returns when the provider sends the browser to sign in, in addition to the checks of OpenID Connect Core section 3.1.2.3. */
export function policyOf(store: Store) {
  const policy = interactionPolicy.base();
  // Applications are the operator's own: a user is never asked for consent.
  policy.get('consent')?.checks.clear();
  const login = policy.get('login')?.checks;
  // The library's own would send the browser to the IdP without end, and has another error for `prompt=none`.
  login?.remove('id_token_hint');
  login?.add(anotherUser);
  login?.add(signInEnded(store));
  login?.add(anotherContextClass);
  return policy;
}

/** Requires a sign-in if the one of the browser's session has ended, or is another one than the application asks for. */
const signInEnded = (store: Store) =>
  new Check('sign_in_ended', 'the sign-in has ended or is another one', 'login_required', async (ctx) => {
    const { session, result, params, client } = ctx.oidc;
    if (!session?.accountId) return Check.NO_NEED_TO_PROMPT;
    const signedIn = await signInOf(store, ctx);
    if (result?.login) {
      if (signedIn) return Check.NO_NEED_TO_PROMPT;
      throw new errors.AccessDenied('the sign-in has ended');
    }
    const isWanted =
      signedIn && (await fits(store, signedIn, { params: params ?? {}, clientId: client?.clientId ?? '' }));
    return isWanted ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT;
  });

/**
 * Requires a sign-in if `id_token_hint` names another user than the one who is signed in (OpenID Connect Core section
 * 3.1.2.1); `login_required` for `prompt=none`. The sign-in itself refuses any other user.
 */
const anotherUser = new Check('id_token_hint', 'id_token_hint names another user', 'login_required', (ctx) => {
  const { session, entities } = ctx.oidc;
  const hinted = entities.IdTokenHint?.payload.sub;
  return hinted === undefined || hinted === session?.accountId ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT;
});

/**
 * Requires a visit to the IdP if the application prefers a class that the sign-in does not have (OpenID Connect Core
 * section 3.1.2.1, `acr_values`). The claim is voluntary: after the visit, and for `prompt=none`, the class is passed on as it is.
 */
const anotherContextClass = new Check('acr_values', 'another context class is asked for', 'login_required', (ctx) => {
  const { session, result, params, prompts } = ctx.oidc;
  const wanted = typeof params?.acr_values === 'string' ? params.acr_values.split(' ').filter(Boolean) : [];
  if (wanted.length === 0 || result?.login || prompts.has('none')) return Check.NO_NEED_TO_PROMPT;
  return session?.acr && wanted.includes(session.acr) ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT;
});
