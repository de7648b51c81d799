import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Connection } from '../../../directory/connections/connection.js';
import { inSetupWords } from '../../../directory/connections/setup-words.js';
import type { Assertion } from '../../../directory/sign-in/assertion.js';
import { explain } from '../../../directory/sign-in/explain.js';
import { previewSignIn } from '../../../directory/sign-in/preview.js';
import { adviceOf, type ReasonCode, reasonsOf } from '../../../directory/sign-in/reasons.js';
import type { Purpose } from '../../../directory/sign-in/trips.js';
import { whyDenied } from '../../../directory/sign-in/why-denied.js';
import { html } from '../../web/pages.js';
import { type SsoServices, showPage } from '../context.js';
import { noteSignIn } from './page-look.js';

type Test = Extract<Purpose, { kind: 'test' }>;
type Content = ReturnType<typeof html>;

const nameStableId =
  'Set "oidc.subjectClaim" or "saml.subjectAttribute" to the claim or attribute that equals their externalId.';
const nameStableIdByLink =
  'Send the sender of your setup link the name of the claim or attribute that equals their externalId.';

/**
 * Sends the page of a test: an introduction, the content, and a link to the setup page for tests that were started
 * there.
 */
function sendTest(
  services: SsoServices,
  request: FastifyRequest,
  reply: FastifyReply,
  { connection, purpose }: { connection: Connection; purpose: Test },
  content: Content,
  status = 200,
): Promise<FastifyReply> {
  noteSignIn(request, { organizationId: connection.organizationId });
  const body = html`<p>This is a test of “${connection.name}”. No account was created and no one was signed in.</p>
${content}
${purpose.fromSetup && html`<p><a class="button plain" href="/setup?connection=${connection.id}">Back to the setup</a></p>`}`;
  return showPage(services, request, reply, { title: 'Test sign-in', body, status });
}

/** Shows a test that ended before the decision: the message for the user, and the required change. */
export function showFailedTest(
  services: SsoServices,
  request: FastifyRequest,
  reply: FastifyReply,
  {
    connection,
    purpose,
    refusal,
  }: { connection: Connection; purpose: Test; refusal: { code: ReasonCode; why: string } },
): Promise<FastifyReply> {
  const { code, why } = refusal;
  const advice = adviceOf(code, why);
  const content = html`<p class="error">The sign-in failed (${code}). ${purpose.fromSetup ? inSetupWords(advice) : advice}</p>
<p>The user would see: ${reasonsOf(code).person}</p>`;
  return sendTest(services, request, reply, { connection, purpose }, content, 403);
}

/** Shows the data from the IdP and the decision for it. Nothing is written. */
export async function showTest(
  services: SsoServices,
  request: FastifyRequest,
  reply: FastifyReply,
  { connection, purpose, assertion }: { connection: Connection; purpose: Test; assertion: Assertion },
): Promise<FastifyReply> {
  const { id: requestId } = request;
  const decision = await previewSignIn(services.store, { requestId }, { connection, assertion, asActive: true });
  const why = decision.kind === 'deny' ? (decision.why ?? whyDenied(decision, connection, assertion)) : null;
  const { allowed, explanation } = explain(decision, why);
  const { email, emailVerified, stableId, subject, claims } = assertion;
  const lacksStableId = connection.scimEnabled && stableId === null;
  const facts = JSON.stringify({ subject, stableId, email, emailVerified, claims }, null, 2);
  const isHandedOn = purpose.fromSetup && decision.kind === 'deny';
  const said = isHandedOn ? reasonsOf(decision.code).application.description : explanation;
  const content = html`<p><strong>${allowed ? 'This sign-in would succeed.' : 'This sign-in would be denied.'}</strong> ${said}</p>
${isHandedOn && html`<p>If you do not need to change anything at your IdP, send this text to the sender of your setup link:</p><pre>${explanation}</pre>`}
${decision.kind === 'deny' && html`<p>The user would see: ${reasonsOf(decision.code).person}</p>`}
${lacksStableId && html`<p>The sign-in has no stable id, so users that SCIM provisions are found by a verified email address only. ${purpose.fromSetup ? nameStableIdByLink : nameStableId}</p>`}
<h2>What the identity provider sent</h2>
<pre>${facts}</pre>`;
  return sendTest(services, request, reply, { connection, purpose }, content);
}
