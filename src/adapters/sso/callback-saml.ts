import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { system } from '../../access/principal.js';
import { write } from '../../access/write.js';
import type { Connection } from '../../directory/connections/connection.js';
import { prepareServiceProvider } from '../../directory/connections/service-provider-key.js';
import type { Assertion } from '../../directory/sign-in/assertion.js';
import { arrive, findTrip, type Trip } from '../../directory/sign-in/trips.js';
import { clipped } from '../../identity-providers/saml/reason.js';
import { readResponse, type Unproved } from '../../identity-providers/saml/response.js';
import { type AuthnRequestOptions, addressesOf } from '../../identity-providers/saml/service-provider.js';
import { firstMetadata } from '../../identity-providers/saml/sp-metadata.js';
import type { Attempts } from './attempts.js';
import { finishTrip, lateTrip, noteTrip } from './bound-trips.js';
import { connectionAt, field, type SsoServices, serviceProvider } from './context.js';
import { handleAssertion } from './handle-assertion.js';
import { interactionOf } from './issue-grant.js';
import { endRefused, endStray, invalid, isRefusal, type Refusal, refusalOf } from './refuse.js';
import { acrValuesIn, freshnessIn } from './requested-authentication.js';
import { returnLateTrip } from './return-to-application.js';
import { leaveBySaml } from './start.js';
import { keepArrival, unsolicited } from './unsolicited.js';

/**
 * Registers the service provider's routes of each connection: metadata, assertion consumer service, and the
 * continuation after it.
 */
export async function samlRoutes(
  server: FastifyInstance,
  services: SsoServices & { attempts: Attempts },
): Promise<void> {
  server.get('/saml/:connectionId/metadata', async (request, reply) => {
    const { connectionId } = request.params as { connectionId: string };
    const connection = await connectionAt(services, connectionId);
    return reply.type('application/samlmetadata+xml').send(await metadataOf(services, connection));
  });
  server.post('/saml/:connectionId/acs', { bodyLimit: 786_432 }, (request, reply) => consume(services, request, reply));
  server.get('/saml/:connectionId/finish', async (request, reply) => {
    const { connectionId } = request.params as { connectionId: string };
    const connection = await connectionAt(services, connectionId);
    const id = field(request.query, 'trip') ?? '';
    const trip = await finishTrip(services, request, reply, { id, connectionId: connection.id });
    const late = trip ? null : await lateTrip(services, request, { id, connectionId: connection.id });
    if (late) return returnLateTrip(request, reply, late);
    if (!trip?.arrival) return endStray(services, request, reply, connection);
    const { askedAt, arrival: assertion, state } = trip;
    const { purpose } = state;
    const again = await forcedOptions(services, trip, assertion);
    if (again) return leaveBySaml(services, request, reply, { connection, purpose, options: again });
    return handleAssertion(services, request, reply, { connection, purpose, assertion, askedAt });
  });
  server.get('/saml/:connectionId/arrive', async (request, reply) => {
    const { connectionId } = request.params as { connectionId: string };
    return keepArrival(services, request, reply, await connectionAt(services, connectionId));
  });
}

/**
 * Returns the metadata of the service provider. An IdP can need it before it shows its own values, so a connection
 * without sign-in has metadata too. @throws Stopped for a connection that signs users in by OpenID Connect
 */
async function metadataOf(services: SsoServices, connection: Connection): Promise<string> {
  if (connection.saml || connection.oidc) return serviceProvider(services, connection).metadata();
  const { id, organizationId } = connection;
  const certificate = await write(services.store, system(organizationId), (tx) => prepareServiceProvider(tx, id));
  return firstMetadata(addressesOf(services.publicUrl(), id), certificate);
}

/**
 * Returns the parameters of a second request to the IdP if the application limits the age of the authentication and
 * this one is older. The first request does not force a new authentication, because the IdP's session can be recent
 * enough. Returns null if no second request is needed.
 */
async function forcedOptions(
  services: SsoServices,
  { state, askedAt }: Trip,
  assertion: Assertion,
): Promise<AuthnRequestOptions | null> {
  const { purpose, forced } = state;
  const at = assertion.authentication?.at;
  if (purpose.kind !== 'interaction' || forced || !at) return null;
  const { params } = await interactionOf(services, purpose.uid);
  const freshness = freshnessIn(params, askedAt);
  const isOld = freshness !== null && at.getTime() < askedAt.getTime() - freshness.maxAgeSeconds * 1000;
  return isOld ? { forceAuthn: true, acrValues: acrValuesIn(params).join(' ') || null } : null;
}

/**
 * Handles the assertion consumer service. The form comes from the IdP's site, so the browser sends no cookie with it.
 * The verified assertion is stored until the browser requests it from this site.
 */
async function consume(
  services: SsoServices & { attempts: Attempts },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { connectionId } = request.params as { connectionId: string };
  const connection = await connectionAt(services, connectionId);
  const party = serviceProvider(services, connection);
  const message = field(request.body, 'SAMLResponse') ?? '';
  const relayState = field(request.body, 'RelayState');
  const response = read(message);
  const trip = relayState === null ? null : await findTrip(services.store, relayState, connection.id);
  if (trip) noteTrip(request, trip);
  const purpose = trip?.state.purpose ?? null;
  const refuse = (refusal: Refusal) => endRefused(services, request, reply, { connection, purpose, refusal });
  if (isRefusal(response)) return refuse(response);
  const { inResponseTo } = response;
  const isAnswer = trip !== null && trip.state.requestId === inResponseTo;
  // An IdP that could not read the request does not know its ID, so only the RelayState can identify the sign-in.
  if (response.failure && (isAnswer || inResponseTo === null)) return refuse(refusalOf(response.failure));
  if (inResponseTo === null) return unsolicited(services, request, reply, { connection, response, relayState });
  if (!isAnswer) return refuse(invalid(reasonAgainst(inResponseTo, relayState, trip)));
  const assertion = await party.validateResponse(response, inResponseTo).catch(refusalOf);
  if (isRefusal(assertion)) return refuse(assertion);
  if (!(await arrive(services.store, trip, assertion))) return refuse(invalid('the request was already answered'));
  return reply.redirect(`/sso/saml/${connection.id}/finish?trip=${trip.id}`, 303);
}

function read(message: string): Unproved | Refusal {
  try {
    return readResponse(message);
  } catch (error) {
    return refusalOf(error);
  }
}

/**
 * Returns the reason why a response does not answer an open request (SAML Core section 3.2.2, Bindings section 3.5.3).
 */
function reasonAgainst(inResponseTo: string, relayState: string | null, trip: Trip | null): string {
  if (inResponseTo.trim() === '')
    return `the response has InResponseTo="${clipped(inResponseTo)}"; it must repeat the ID of the request, or be absent`;
  const answers = `the response has InResponseTo="${clipped(inResponseTo)}"`;
  if (relayState === null) return `${answers} but not the RelayState of the request`;
  if (trip) return `${answers}, but its RelayState belongs to a request with another ID`;
  return `${answers}, but its RelayState belongs to no pending request: the request expired, was already answered, or was sent to another IdP`;
}
