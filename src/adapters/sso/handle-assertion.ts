import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Connection } from '../../directory/connections/connection.js';
import type { Assertion } from '../../directory/sign-in/assertion.js';
import { type DenialCode, denials } from '../../directory/sign-in/denials.js';
import { signIn } from '../../directory/sign-in/sign-in.js';
import type { Purpose } from '../../directory/sign-in/trips.js';
import { BadInput } from '../../kernel/errors.js';
import { html } from '../web/pages.js';
import { startTrip } from './bound-trips.js';
import { type SsoServices, Stopped, showPage } from './context.js';
import { interactionOf, issueGrant } from './issue-grant.js';
import { noteSignIn } from './pages/page-look.js';
import { showTest } from './pages/test-page.js';
import { decideFor, endRefused, invalid, isRefusal } from './refuse.js';
import { freshnessIn, hintedUserIn } from './requested-authentication.js';
import { showReason } from './return-to-application.js';

/** The response of an IdP, with the purpose of the request. */
export interface Return {
  connection: Connection;
  purpose: Purpose;
  /** Null if the connection does not accept sign-ins; the decision then denies the sign-in. */
  assertion: Assertion | null;
  /** Time of the request to the IdP. */
  askedAt: Date;
  /** The code of an invitation. */
  code?: string | null;
}

const nobody: Assertion = { issuer: '', subject: '', stableId: null, email: null, emailVerified: false, claims: {} };

/**
 * Decides a validated sign-in and sends the browser back to the application, or shows a page with the reason of the
 * denial.
 */
export async function handleAssertion(
  services: SsoServices,
  request: FastifyRequest,
  reply: FastifyReply,
  back: Return,
): Promise<FastifyReply> {
  const { connection, purpose, assertion } = back;
  if (purpose.kind === 'test') {
    if (assertion) return showTest(services, request, reply, { connection, purpose, assertion });
    return showReason(services, request, reply, { purpose, code: 'CONNECTION_INACTIVE' });
  }
  if (purpose.kind !== 'interaction')
    throw new Stopped('This sign-in does not belong to a request of an application. Start again from the application.');
  const interaction = await interactionOf(services, purpose.uid);
  const { uid, clientId } = purpose;
  noteSignIn(request, { uid, clientId, organizationId: connection.organizationId });
  const visit = {
    code: back.code ?? null,
    ipAddress: request.ip,
    userAgent: request.headers['user-agent'] ?? null,
    clientId,
    freshness: freshnessIn(interaction.params, back.askedAt),
    userId: hintedUserIn(interaction.params),
  };
  const result = await decideFor(services, request, { connection, assertion }, (tx) =>
    signIn(tx, connection.id, assertion ?? nobody, visit),
  ).catch((error: unknown) => {
    // Names that cannot be stored contain invisible characters or unpaired surrogates. Nothing was written.
    if (!(error instanceof BadInput)) throw error;
    return invalid(error.message);
  });
  if (isRefusal(result)) return endRefused(services, request, reply, { connection, purpose, refusal: result });
  if ('denied' in result) return showDenial(services, request, reply, back, result.denied);
  const { user, session } = result;
  return reply.redirect(await issueGrant(services, { request, reply }, interaction, { user, session, clientId }), 303);
}

async function showDenial(
  services: SsoServices,
  request: FastifyRequest,
  reply: FastifyReply,
  { connection, purpose, assertion, askedAt, code: entered = null }: Return,
  code: DenialCode,
): Promise<FastifyReply> {
  if (code !== 'INVITATION_CODE_REQUIRED' || !assertion) return showReason(services, request, reply, { purpose, code });
  // The assertion is consumed. Its verified content waits for the code.
  const { once: _used, ...arrival } = assertion;
  const { organizationId, id: connectionId } = connection;
  const way = { organizationId, connectionId };
  const state = { purpose, askedAt: askedAt.toISOString() };
  const trip = await startTrip(services, request, reply, { way, state, arrival });
  const problem =
    entered !== null &&
    html`<p class="error" role="alert" id="problem">This code does not belong to your invitation, or it has expired. Check the code, or ask your administrator for a new invitation.</p>`;
  const form = html`${problem}<p>${denials[code]}</p>
<form method="post" action="/sso/invitation">
<input type="hidden" name="trip" value="${trip}"><input type="hidden" name="connection" value="${connectionId}">
<label for="code">Code</label>
<input id="code" name="code" autocomplete="one-time-code" required autofocus${problem && html` aria-describedby="problem" aria-invalid="true"`}>
<button>Continue</button>
</form>`;
  return showPage(services, request, reply, { title: 'Enter your invitation code', body: form, status: 403 });
}
