import type { FastifyReply, FastifyRequest } from 'fastify';
import { newTrace, type Principal } from '../access/principal.js';
import { type Tx, write } from '../access/write.js';
import type { Connection } from '../directory/connections/connection.js';
import type { Assertion } from '../directory/sign-in/assertion.js';
import { type DenialCode, denials } from '../directory/sign-in/denials.js';
import { explain } from '../directory/sign-in/explain.js';
import { previewSignIn } from '../directory/sign-in/preview.js';
import { refuse, type SignIn, signIn } from '../directory/sign-in/sign-in.js';
import { whyDenied } from '../directory/sign-in/why-denied.js';
import { BadInput } from '../errors.js';
import { html, page, refusalPage } from '../pages.js';
import { startTrip } from './bound-trips.js';
import { complete, interactionOf } from './complete.js';
import { freshnessIn, hintedUserIn } from './demands.js';
import { type Door, Stopped, sendPage } from './door.js';
import { record } from './record.js';
import type { Purpose } from './trips.js';

/** What has come back from an IdP, and what it was for. */
export interface Return {
  connection: Connection;
  purpose: Purpose;
  /** Null for a connection that takes no sign-ins: the decision says so. */
  assertion: Assertion | null;
  /** The time at which the IdP was asked. */
  askedAt: Date;
  /** The code of an invitation. */
  code?: string | null;
}

const nobody: Assertion = { issuer: '', subject: '', stableId: null, email: null, emailVerified: false, claims: {} };

/** Decides a validated sign-in, and takes the person on: back to the application, or to a page that says why not. */
export async function finish(
  door: Door,
  request: FastifyRequest,
  reply: FastifyReply,
  back: Return,
): Promise<FastifyReply> {
  const { connection, purpose, assertion } = back;
  if (purpose.kind === 'test') return showTest(door, request, reply, back);
  if (purpose.kind !== 'interaction') throw new Stopped('This sign-in belongs to no request of an application.');
  const interaction = await interactionOf(door, purpose.uid);
  const { clientId } = purpose;
  const visit = {
    code: back.code ?? null,
    ipAddress: request.ip,
    userAgent: request.headers['user-agent'] ?? null,
    clientId,
    freshness: freshnessIn(interaction.params, back.askedAt),
    userId: hintedUserIn(interaction.params),
  };
  const result = await decideFor(door, request, { connection, assertion }, (tx) =>
    signIn(tx, connection.id, assertion ?? nobody, visit),
  ).catch((error: unknown) => {
    // A name that is none: invisible characters, half a surrogate pair. Nothing was written.
    if (!(error instanceof BadInput)) throw error;
    return refuseAssertion(door, request, connection, error.message);
  });
  if ('denied' in result) return showDenial(door, request, reply, back, result.denied);
  const { user, session } = result;
  return reply.redirect(await complete(door, { request, reply }, interaction, { user, session, clientId }), 303);
}

/** Tells that what came back proves nothing, and stops. */
export async function refuseAssertion(
  door: Door,
  request: FastifyRequest,
  connection: Connection,
  why: string,
): Promise<never> {
  const isOpen = connection.state === 'ACTIVE' && (connection.oidc ?? connection.saml)?.enabled;
  const [code, row]: [DenialCode, string] = isOpen ? ['ASSERTION_INVALID', 'A6'] : ['CONNECTION_INACTIVE', 'A2'];
  await refuseWith(door, request, connection, { code, row, why });
  throw new Stopped(denials[code], 403);
}

/** Writes a denial that needs no decision. */
export async function refuseWith(
  door: Door,
  request: FastifyRequest,
  connection: Connection,
  { code, row, why }: { code: DenialCode; row: string; why: string },
): Promise<void> {
  await decideFor(door, request, { connection, assertion: null, why }, (tx) =>
    Promise.resolve(refuse(tx, connection, { email: null }, { code, row, userId: null, why })),
  );
}

async function decideFor(
  door: Door,
  request: FastifyRequest,
  { connection, assertion, why }: Pick<Return, 'connection' | 'assertion'> & { why?: string },
  work: (tx: Tx) => Promise<SignIn>,
): Promise<SignIn> {
  const trace = newTrace();
  const { organizationId, id: connectionId } = connection;
  const principal: Principal = { kind: 'sso', organizationId, connectionId, requestId: request.id, trace };
  const started = performance.now();
  const result = await write(door.store, principal, work);
  record(door, request, {
    connection,
    assertion,
    result,
    trace,
    why: why ?? ('denied' in result ? (result.why ?? null) : null),
    durationMs: performance.now() - started,
  });
  return result;
}

async function showDenial(
  door: Door,
  request: FastifyRequest,
  reply: FastifyReply,
  { connection, purpose, assertion, askedAt }: Return,
  code: DenialCode,
): Promise<FastifyReply> {
  const uid = purpose.kind === 'interaction' ? purpose.uid : '';
  if (code !== 'INVITATION_CODE_REQUIRED' || !assertion) {
    const back = html`<p class="error">${denials[code]}</p>
<p class="small">If you ask for help, give this number: ${request.id}</p>
<p><a class="button plain" href="/sso/interaction/${uid}/cancel?code=${code}">Back to the application</a></p>`;
    return sendPage(reply, page('You could not be signed in', back), 403);
  }
  // The assertion is used up; what it proved waits for the code.
  const { once: _used, ...arrival } = assertion;
  const { organizationId, id: connectionId } = connection;
  const way = { organizationId, connectionId };
  const state = { purpose, askedAt: askedAt.toISOString() };
  const trip = await startTrip(door, request, reply, { way, state, arrival });
  const form = html`<p>${denials[code]}</p>
<form method="post" action="/sso/invitation">
<input type="hidden" name="trip" value="${trip}"><input type="hidden" name="connection" value="${connectionId}">
<label for="code">Code</label>
<input id="code" name="code" autocomplete="one-time-code" required autofocus>
<button>Continue</button>
</form>`;
  return sendPage(reply, page('Enter your invitation code', form), 403);
}

async function showTest(
  door: Door,
  request: FastifyRequest,
  reply: FastifyReply,
  { connection, assertion }: Return,
): Promise<FastifyReply> {
  if (!assertion) return sendPage(reply, refusalPage(denials.CONNECTION_INACTIVE, request.id), 403);
  const decision = await previewSignIn(
    door.store,
    { requestId: request.id },
    { connection, assertion, asActive: true },
  );
  const { allowed, explanation } = explain(decision);
  const why = decision.kind === 'deny' ? whyDenied(decision, connection, assertion) : null;
  const { email, emailVerified, stableId, subject, claims } = assertion;
  const facts = JSON.stringify({ subject, stableId, email, emailVerified, claims }, null, 2);
  const body = html`<p>This is a test of “${connection.name}”. Nobody was created and nobody is signed in.</p>
<p><strong>${allowed ? 'This person would come in.' : 'This person would be refused.'}</strong> ${explanation}</p>
${why && html`<p>Reason: ${why}.</p>`}
<h2>What the identity provider sent</h2>
<pre>${facts}</pre>`;
  return sendPage(reply, page('Test sign-in', body));
}
