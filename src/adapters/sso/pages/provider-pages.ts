import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Store } from '../../../access/store.js';
import type { ProviderPages } from '../../../openid-provider/features.js';
import { sessionUnder } from '../../../openid-provider/grants.js';
import {
  html,
  type PageLook,
  page,
  pageHeaders,
  postPage,
  refusalPage,
  trusted,
  withoutFoot,
} from '../../web/pages.js';
import { lookOfSignIn } from './page-look.js';

/** Returns the pages of the provider, with the appearance of the application that the request names. */
export function providerPages(store: Store): ProviderPages {
  const lookOf = async ({ oidc }: KoaContextWithOIDC): Promise<PageLook> => {
    const grantIds = Object.values(oidc.session?.authorizations ?? {}).flatMap(({ grantId }) => grantId ?? []);
    const signedIn = await sessionUnder(store, grantIds);
    const clientId = oidc.client?.clientId;
    return lookOfSignIn(store, {
      ...(clientId && { clientId }),
      ...(signedIn && { organizationId: signedIn.organizationId }),
    });
  };
  return {
    error: async (ctx, { error, error_description: description }) => {
      const isSignOut = ctx.oidc.route.startsWith('end_session');
      const title = isSignOut ? 'You could not be signed out' : 'You could not be signed in';
      const kind = isSignOut ? 'sign-out' : 'sign-in';
      const text = `The application’s ${kind} request is invalid: ${description ?? error}. Ask the provider of the application.`;
      const number = String(ctx.req.headers['x-request-id'] ?? '');
      show(ctx, refusalPage(text, number, { title, look: await lookOf(ctx) }));
    },
    confirmSignOut: async (ctx, form) => show(ctx, signOutPage(form, await lookOf(ctx))),
    signedOut: async (ctx) => {
      const look = await lookOf(ctx);
      const { back } = look;
      const body = html`<p>You can close this window.</p>
${back && html`<a class="button plain" href="${back.href}">${back.words}</a>`}`;
      show(ctx, page('You are signed out', body, { look: withoutFoot(look) }));
    },
    post: async (ctx, { action, fields }) => {
      const look = await lookOf(ctx);
      const words = ctx.oidc.route.startsWith('end_session')
        ? 'You are being signed out.'
        : `You are being redirected to ${look.application?.name ?? 'the application'}.`;
      show(ctx, postPage(action, fields, { words, look }));
    },
  };
}

/**
 * Returns the page that confirms a sign-out. "Stay signed in" is a link: submitting the form without its value would
 * end the grants of the application.
 */
function signOutPage(form: string, look: PageLook): string {
  const { back } = look;
  const body = html`${trusted(form)}
<p>You will be signed out of every application that you signed in to here.</p>
<button form="op.logoutForm" name="logout" value="yes">Sign out</button>
${back ? html`<a class="button plain" href="${back.href}">Stay signed in</a>` : html`<p class="small after">Close this window to stay signed in.</p>`}`;
  return page('Sign out?', body, { look: withoutFoot(look) });
}

function show(ctx: KoaContextWithOIDC, text: string): void {
  for (const [name, value] of Object.entries(pageHeaders)) ctx.set(name, value);
  ctx.type = 'html';
  ctx.body = text;
}
