import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../../access/principal.js';
import { write } from '../../access/write.js';
import type { Connection } from '../../directory/connections/connection.js';
import { endBySignal } from '../../directory/sign-in/end-by-signal.js';
import { findTrip } from '../../directory/sign-in/trips.js';
import { markUsed } from '../../directory/sign-in/used-once.js';
import { InvalidSaml } from '../../identity-providers/saml/errors.js';
import type { LogoutMessage, LogoutRequest } from '../../identity-providers/saml/logout-request.js';
import { dayMs } from '../../kernel/durations.js';
import { html } from '../web/pages.js';
import { connectionAt, field, type SsoServices, Stopped, serviceProvider, showPage } from './context.js';
import { noteSignIn } from './pages/page-look.js';

/** Milliseconds for which a logout request is remembered; the IdP's own limits are shorter. */
const rememberedMs = dayMs;

/** Registers SAML single logout (Profiles section 4.4): the IdP ends sessions of its users, by either binding. */
export async function logoutRoutes(server: FastifyInstance, services: SsoServices): Promise<void> {
  server.get('/saml/:connectionId/slo', (request, reply) => {
    const { search } = new URL(request.url, services.publicUrl());
    return logOut(services, request, reply, { raw: search.slice(1) });
  });
  server.post('/saml/:connectionId/slo', (request, reply) => {
    const names = ['SAMLRequest', 'SAMLResponse', 'RelayState'];
    const form = Object.fromEntries(names.map((name) => [name, field(request.body, name) ?? '']));
    return logOut(services, request, reply, { form });
  });
}

async function logOut(
  services: SsoServices,
  request: FastifyRequest,
  reply: FastifyReply,
  message: LogoutMessage,
): Promise<FastifyReply> {
  const { connectionId } = request.params as { connectionId: string };
  const connection = await connectionAt(services, connectionId);
  const party = serviceProvider(services, connection);
  const values = 'form' in message ? message.form : Object.fromEntries(new URLSearchParams(message.raw));
  // The response to Rollcall's own request: the local sessions ended before it was sent.
  if (values.SAMLResponse) {
    const trip = await findTrip(services.store, values.RelayState ?? '', connection.id);
    const purpose = trip?.state.purpose;
    if (purpose?.kind === 'logout') return reply.redirect(purpose.returnTo, 303);
    noteSignIn(request, { organizationId: connection.organizationId });
    return showPage(services, request, reply, {
      title: 'You are signed out',
      body: html`<p>You can close this window.</p>`,
    });
  }
  try {
    const logout = await party.readLogout(message, rememberedMs);
    await endSessions(services, request, { connection, issuer: party.facet.idpEntityId, logout });
    return reply.redirect(await party.answerLogout(logout, field(values, 'RelayState') ?? ''), 303);
  } catch (error) {
    if (!(error instanceof InvalidSaml)) throw error;
    throw new Stopped('The logout request is invalid.', 403);
  }
}

/** Ends the sessions that the request names, or all sessions of the subject. A repeated request has no effect. */
async function endSessions(
  { store }: SsoServices,
  request: FastifyRequest,
  { connection, issuer, logout }: { connection: Connection; issuer: string; logout: LogoutRequest },
): Promise<void> {
  const { organizationId, id } = connection;
  const principal: Principal = { kind: 'sso', organizationId, connectionId: id, requestId: request.id };
  const { nameId, sessionIndexes } = logout;
  const idpSessions = sessionIndexes.length === 0 ? null : [...new Set(sessionIndexes)];
  const signal = { signal: 'saml-logout', issuer, subjects: [nameId], idpSessions, email: null } as const;
  const once = { id: `saml-logout ${logout.id}`, until: new Date(store.now().getTime() + rememberedMs) };
  await write(store, principal, async (tx) => {
    if (!(await markUsed(tx, id, once))) return;
    await endBySignal(tx, id, signal);
  });
}
