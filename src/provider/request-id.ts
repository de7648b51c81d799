import type { IncomingMessage } from 'node:http';
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
    url.searchParams.set('request_id', failedRequestId(ctx.req, oidc.entities.Interaction));
    ctx.set('location', url.href);
  });
}

/** Returns the id of the request that failed: that of the sign-in, or this one. */
export function failedRequestId(request: IncomingMessage, interaction: { result?: unknown } | undefined): string {
  const failed = (interaction?.result as { request_id?: string } | undefined)?.request_id;
  return failed ?? String(request.headers['x-request-id'] ?? '');
}
