import type { IncomingMessage } from 'node:http';
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';

/**
 * Adds the request id to each error that is returned to an application, as `request_id`. For a failed sign-in, it is
 * the id of the request that failed, which is also in the request log.
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

/** Returns the id of the failed request: that of the sign-in, otherwise that of this request. */
export function failedRequestId(request: IncomingMessage, interaction: { result?: unknown } | undefined): string {
  const failed = (interaction?.result as { request_id?: string } | undefined)?.request_id;
  return failed ?? String(request.headers['x-request-id'] ?? '');
}
