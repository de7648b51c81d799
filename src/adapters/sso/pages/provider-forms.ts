import type { FastifyInstance } from 'fastify';
import type { OpenIdProvider } from '../../../openid-provider/open-id-provider.js';
import { readForms } from '../../web/forms.js';

/** Maximum length of a form, and of the resulting URL: browsers and proxies accept URLs of this length. */
const longest = 8_192;

/**
 * Registers authorization and sign-out requests by POST (OpenID Connect Core section 3.1.2.1, RP-Initiated Logout
 * section 2). The library's own routes need cookies with `SameSite=None`. The browser is redirected to the same request
 * by GET, which is a navigation within this site and has the cookies.
 */
export async function providerForms(
  server: FastifyInstance,
  { provider }: { provider: OpenIdProvider },
): Promise<void> {
  server.removeAllContentTypeParsers();
  readForms(server, longest);
  for (const path of ['auth', 'session/end']) {
    server.post(`/oauth/${path}`, async (request, reply) => {
      const { body } = request;
      const query = body instanceof URLSearchParams ? body.toString() : '';
      if (query.length > longest) {
        const description = `The form can have at most ${longest} bytes.`;
        return reply.code(413).send({ error: 'invalid_request', error_description: description });
      }
      return reply.header('cache-control', 'no-store').redirect(`${provider.issuer}/${path}?${query}`, 303);
    });
  }
}
