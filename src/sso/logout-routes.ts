import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../access/principal.js';
import { write } from '../access/write.js';
import { endBySignal } from '../directory/sign-in/end-by-signal.js';
import { useUp } from '../directory/sign-in/use-up.js';
import { html } from '../pages.js';
import { InvalidSaml } from '../saml/errors.js';
import type { LogoutMessage } from '../saml/logout-request.js';
import { connectionAt, type Door, field, Stopped, sendNotice, serviceProvider } from './door.js';
import { findTrip } from './trips.js';

/** For how long a request is remembered; the IdP's own times are shorter. */
const rememberedMs = 86_400_000;

/** SAML single logout (Profiles section 4.4): the IdP ends its people's sessions, by either binding. */
export async function logoutRoutes(server: FastifyInstance, door: Door): Promise<void> {
  server.get('/saml/:connectionId/slo', (request, reply) => {
    const query = Object.fromEntries(
      Object.entries(request.query as object).filter(([, value]) => typeof value === 'string'),
    );
    return logOut(door, request, reply, { query, raw: request.url.split('?')[1] ?? '' });
  });
  server.post('/saml/:connectionId/slo', (request, reply) => {
    const form = request.body instanceof URLSearchParams ? Object.fromEntries(request.body) : {};
    return logOut(door, request, reply, { form });
  });
}

async function logOut(
  door: Door,
  request: FastifyRequest,
  reply: FastifyReply,
  message: LogoutMessage,
): Promise<FastifyReply> {
  const { connectionId } = request.params as { connectionId: string };
  const connection = await connectionAt(door, connectionId);
  const party = serviceProvider(door, connection);
  const values = 'form' in message ? message.form : message.query;
  // The answer to our own request: the sessions here ended before it was sent.
  if (values.SAMLResponse) {
    const trip = await findTrip(door.store, values.RelayState ?? '', connection.id);
    const purpose = trip?.state.purpose;
    if (purpose?.kind === 'logout') return reply.redirect(purpose.returnTo, 303);
    return sendNotice(reply, 'You are signed out', html`<p>You can close this window.</p>`);
  }
  try {
    const { id: requestId, profile } = await party.readLogout(message);
    const { organizationId, id } = connection;
    const principal: Principal = { kind: 'sso', organizationId, connectionId: id, requestId: request.id };
    const subject = { issuer: party.facet.idpEntityId, subjects: [profile.nameID], email: null };
    const signal = { ...subject, idpSession: profile.sessionIndex ?? null, signal: 'saml-logout' } as const;
    const once = { id: `saml-logout ${requestId}`, until: new Date(door.store.now().getTime() + rememberedMs) };
    await write(door.store, principal, async (tx) => {
      if (await useUp(tx, id, once)) await endBySignal(tx, id, signal);
    });
    return reply.redirect(await party.answerLogout(profile, field(values, 'RelayState') ?? ''), 303);
  } catch (error) {
    if (!(error instanceof InvalidSaml)) throw error;
    throw new Stopped('The logout request cannot be accepted.', 403);
  }
}
