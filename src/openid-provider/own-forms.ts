import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { PostedForm, ProviderPages } from './features.js';
import { failedRequestId } from './request-id.js';

/**
 * Replaces the forms that the library posts (`response_mode=form_post`, and sign-out without a session) by Rollcall's
 * own pages. The library has no option for them, and its page needs an inline script, which the content security policy
 * forbids.
 */
export function showOwnForms(provider: Provider, pages: ProviderPages): void {
  provider.use(async (ctx, next) => {
    await next();
    const form = typeof ctx.body === 'string' && ctx.response.is('html') ? formIn(ctx.body) : null;
    if (!form) return;
    const { oidc } = ctx as KoaContextWithOIDC;
    const { status } = ctx;
    if ('error' in form.fields) form.fields.request_id = failedRequestId(ctx.req, oidc.entities.Interaction);
    await pages.post(ctx as KoaContextWithOIDC, form);
    ctx.status = status;
  });
}

/** Returns the form in a self-submitting page of the library; null for any other page. */
function formIn(page: string): PostedForm | null {
  if (!page.includes('<title>Submitting Callback</title>')) return null;
  const [, action] = /<form method="post" action="([^"]*)">/.exec(page) ?? [];
  if (action === undefined) return null;
  const inputs = page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"\/>/g);
  const fields = [...inputs].map(([, name = '', value = '']) => [name, unescaped(value)]);
  return { action: unescaped(action), fields: Object.fromEntries(fields) };
}

const characters: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
const unescaped = (text: string) =>
  text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => characters[name] ?? '');
