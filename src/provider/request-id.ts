import type { KoaContextWithOIDC, Provider } from 'oidc-provider';

/**
 * Adds our request id to each error that goes back to an application, as `request_id`. A sign-in that failed has the id of
 * the request that failed, which the request log has too.
 */
export function nameRequestInErrors(provider: Provider): void {
  provider.use(async (ctx, next) => {
    await next();
    const location = ctx.response.get('location');
    if (!URL.canParse(location)) return;
    const { oidc } = ctx as KoaContextWithOIDC;
    if (oidc?.route !== 'authorization' && oidc?.route !== 'resume') return;
    const url = new URL(location);
    if (!url.searchParams.has('error')) return;
    const { result } = oidc.entities.Interaction ?? {};
    const failed = (result as { request_id?: string } | undefined)?.request_id;
    url.searchParams.set('request_id', failed ?? String(ctx.req.headers['x-request-id'] ?? ''));
    ctx.set('location', url.href);
  });
}
