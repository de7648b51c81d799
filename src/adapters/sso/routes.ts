import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { consumeTestLink } from '../../directory/sign-in/trips.js';
import { readForms } from '../web/forms.js';
import { Attempts, addressOf } from './attempts.js';
import { finishTrip, lateTrip } from './bound-trips.js';
import { oidcRoutes } from './callback-oidc.js';
import { samlRoutes } from './callback-saml.js';
import { connectionAt, field, type SsoServices, Stopped, sendStop } from './context.js';
import { handleAssertion } from './handle-assertion.js';
import { logoutRoutes } from './logout.js';
import { pageRoutes } from './pages/page-routes.js';
import { returnLateTrip } from './return-to-application.js';
import { interactionRoutes, leave } from './start.js';

/** Registers the sign-in routes: from an application's request to the IdP and back, with all pages in between. */
export async function ssoRoutes(server: FastifyInstance, services: SsoServices): Promise<void> {
  const attempts = new Attempts();
  server.setErrorHandler((error, request, reply) => sendStop(services, error, request, reply));
  readForms(server, 786_432);
  await pageRoutes(server, services);
  await interactionRoutes(server, { ...services, attempts });
  await oidcRoutes(server, { ...services, attempts });
  await samlRoutes(server, { ...services, attempts });
  await logoutRoutes(server, services);
  server.post('/invitation', async (request, reply) => {
    const key = `invitation ${addressOf(request)}`;
    await attempts.check(key);
    const isAccepted = () => reply.statusCode === 303;
    return enterCode(services, request, reply).finally(() => (isAccepted() ? undefined : attempts.note(key)));
  });
  server.get('/test/:trip', (request, reply) => startTest(services, request, reply));
}

async function enterCode(services: SsoServices, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const connection = await connectionAt(services, field(request.body, 'connection') ?? '');
  const id = field(request.body, 'trip') ?? '';
  const trip = await finishTrip(services, request, reply, { id, connectionId: connection.id });
  const late = trip ? null : await lateTrip(services, request, { id, connectionId: connection.id });
  if (late) return returnLateTrip(request, reply, late);
  if (!trip?.arrival) throw new Stopped('This page has expired. Return to the application and sign in again.');
  const code = field(request.body, 'code');
  const { askedAt, arrival: assertion, state } = trip;
  return handleAssertion(services, request, reply, { connection, purpose: state.purpose, assertion, askedAt, code });
}

/**
 * Starts a test sign-in from an administrator's link. It leads through the IdP to a page with the received claims, and
 * can be used once.
 */
async function startTest(services: SsoServices, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { trip: id } = request.params as { trip: string };
  const row = await consumeTestLink(services.store, id);
  if (!row) throw new Stopped('This test link has already been used, or has expired. Create a new one.', 404);
  const connection = await connectionAt(services, row.connectionId);
  return leave(services, request, reply, { connection, purpose: row.state.purpose, params: {} });
}
