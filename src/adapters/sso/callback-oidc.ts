import type { FastifyInstance } from 'fastify';
import { codeOfError } from '../../directory/sign-in/reasons.js';
import { storableText, withoutSecrets } from '../../kernel/text.js';
import type { Attempts } from './attempts.js';
import { finishTrip, lateTrip } from './bound-trips.js';
import { connectionAt, field, relyingParty, type SsoServices } from './context.js';
import { handleAssertion } from './handle-assertion.js';
import { endRefused, endStray, isRefusal, type Refusal, refusalOf } from './refuse.js';
import { returnLateTrip } from './return-to-application.js';

/** Registers the redirect URIs of OpenID providers (OpenID Connect Core section 3.1.2.5), one path per connection. */
export async function oidcRoutes(
  server: FastifyInstance,
  services: SsoServices & { attempts: Attempts },
): Promise<void> {
  server.get('/oidc/:connectionId/callback', async (request, reply) => {
    const { connectionId } = request.params as { connectionId: string };
    const connection = await connectionAt(services, connectionId);
    const party = relyingParty(services, connection);
    const id = field(request.query, 'state') ?? '';
    const trip = await finishTrip(services, request, reply, { id, connectionId: connection.id });
    const late = trip ? null : await lateTrip(services, request, { id, connectionId: connection.id });
    if (late) return returnLateTrip(request, reply, late);
    if (!trip?.state.oidc) return endStray(services, request, reply, connection);
    const {
      askedAt,
      state: { purpose, oidc },
    } = trip;
    const error = field(request.query, 'error');
    const assertion = error
      ? errorOfIdp(error, field(request.query, 'error_description'))
      : await party.validateCallback(new URL(request.url, services.publicUrl()), oidc).catch(refusalOf);
    if (isRefusal(assertion)) return endRefused(services, request, reply, { connection, purpose, refusal: assertion });
    return handleAssertion(services, request, reply, { connection, purpose, assertion, askedAt });
  });
}

/** Maximum length of a reason in the request log. */
const longestReason = 500;

/**
 * Returns the reason in an error response (OpenID Connect Core section 3.1.2.6). It proves nothing, so it only ends the
 * sign-in in this browser.
 */
const errorOfIdp = (error: string, description: string | null): Refusal => ({
  code: codeOfError(error),
  why: storableText(
    withoutSecrets(`the IdP answered with the error "${error}"${description ? `: ${description}` : ''}`),
    longestReason,
  ),
});
