import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isDatabaseLost } from '../../kernel/errors.js';
import { supportedPrompts } from '../../openid-provider/login-policy.js';
import type { OpenIdProvider } from '../../openid-provider/open-id-provider.js';
import { pageHeaders, refusalPage } from '../web/pages.js';
import { readOnAfter } from '../web/read-on.js';
import { providerForms } from './pages/provider-forms.js';

// oidc-provider has the same limit.
const longestForm = 56 * 1_024;

/** Registers the OpenID provider under /oauth. The library reads request bodies itself. */
export async function providerRoutes(
  server: FastifyInstance,
  { provider }: { provider: OpenIdProvider },
): Promise<void> {
  server.register(providerForms, { provider });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, _payload, done) => done(null));
  server.route({
    method: ['GET', 'HEAD', 'OPTIONS'],
    url: '/.well-known/oauth-authorization-server/oauth',
    handler: async (request, reply) => {
      // RFC 8414 section 3.1: the path of an issuer follows the well-known path.
      request.raw.url = '/oauth/.well-known/oauth-authorization-server';
      reply.hijack();
      await provider.handle(request.raw, reply.raw);
    },
  });
  server.all('/oauth/*', async (request, reply) => {
    if (Number(request.headers['content-length'] ?? 0) > longestForm) {
      const description = `The request can have at most ${longestForm} bytes.`;
      return reply.code(413).send({ error: 'invalid_request', error_description: description });
    }
    readOnAfter(request.raw, reply.raw);
    reply.hijack();
    // Pages of the provider show this id, and the log contains it.
    request.raw.headers['x-request-id'] = request.id;
    request.raw.url = withKnownPrompts(request.raw.url ?? '');
    reply.raw.setHeader('x-content-type-options', 'nosniff');
    reply.raw.setHeader('referrer-policy', 'no-referrer');
    try {
      await provider.handle(request.raw, reply.raw);
    } catch (error) {
      if (!isDatabaseLost(error)) request.log.error({ err: error }, 'the OpenID provider failed');
      if (reply.raw.headersSent) reply.raw.end();
      else answerUnavailable(request, reply.raw);
    }
  });
}

/**
 * Returns true for pages that users see, by the path or the `Accept` header. Other responses are OAuth errors (RFC 6749
 * section 5.2).
 */
const isForPeople = ({ originalUrl, headers: { accept = '' } }: FastifyRequest): boolean =>
  /^\/+oauth\/+(auth|session)\b/.test(originalUrl) || accept.includes('text/html');

/**
 * Responds to a request whose database was unavailable or lost. A repetition is safe: artifacts that were issued but
 * not received expire.
 */
function answerUnavailable(request: FastifyRequest, response: ServerResponse): void {
  const message = 'The server cannot reach its database. Try again in a few seconds.';
  const isPage = isForPeople(request);
  const text = isPage
    ? refusalPage(message, request.id)
    : JSON.stringify({ error: 'temporarily_unavailable', error_description: message });
  for (const name of ['content-length', 'location', 'www-authenticate']) response.removeHeader(name);
  const headers = isPage
    ? pageHeaders
    : { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
  response.writeHead(503, { ...headers, 'retry-after': '5', 'content-length': Buffer.byteLength(text) });
  response.end(request.method === 'HEAD' ? undefined : text);
}

/**
 * Returns the URL of an authorization request without unsupported prompts, which must be ignored (OpenID Connect Core
 * section 3.1.2.1). In combination with `none`, any other value is an error, which the library reports.
 */
export function withKnownPrompts(address: string): string {
  if (!address.startsWith('/oauth/auth?')) return address;
  const query = new URLSearchParams(address.slice('/oauth/auth?'.length));
  const [prompts, ...more] = query.getAll('prompt');
  if (prompts === undefined || more.length > 0) return address;
  const words = prompts.split(' ').filter((word) => word !== '');
  const known = words.filter((word) => supportedPrompts.includes(word));
  if (words.includes('none') || known.length === words.length) return address;
  if (known.length === 0) query.delete('prompt');
  else query.set('prompt', known.join(' '));
  return `/oauth/auth?${query}`;
}
