import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Application } from '../../directory/applications/application.js';
import { findApplications } from '../../directory/applications/manage-applications.js';
import type { Connection } from '../../directory/connections/connection.js';
import { claimArrival, insertTrip } from '../../directory/sign-in/trips.js';
import { InvalidSaml } from '../../identity-providers/saml/errors.js';
import type { Unproved } from '../../identity-providers/saml/response.js';
import { type Attempts, addressOf } from './attempts.js';
import { bindBrowser } from './browser.js';
import { field, type SsoServices, Stopped, serviceProvider } from './context.js';
import { endRefused, isRefusal, refusalOf } from './refuse.js';

interface Unsolicited {
  connection: Connection;
  response: Unproved;
  relayState: string | null;
}

/**
 * Handles an unsolicited response: the user has started at the IdP. If the connection allows this, the verified
 * assertion waits, and the browser is sent to the application to make its request. Otherwise the sign-in is started
 * again from here, once.
 */
export async function unsolicited(
  services: SsoServices & { attempts: Attempts },
  request: FastifyRequest,
  reply: FastifyReply,
  { connection, response, relayState }: Unsolicited,
): Promise<FastifyReply> {
  const { saml } = connection;
  if (connection.state !== 'ACTIVE' || !saml?.enabled) return refuse(services, request, reply, connection);
  const application = await applicationFor(services, connection, relayState);
  if (!application?.initiateLoginUri) return refuse(services, request, reply, connection);
  if (!saml.allowIdpInitiated) {
    // The response has the state of a request from here, so the sign-in was already restarted and the IdP ignores
    // requests.
    if (relayState?.startsWith('trip_')) return refuse(services, request, reply, connection);
    const isProved = await proves(services, connection, response);
    if (!isProved) await services.attempts.fail(`restart ${connection.id} ${addressOf(request)}`);
    return reply.redirect(initiation(services, connection, application), 303);
  }
  const arrival = await serviceProvider(services, connection).validateResponse(response, null).catch(refusalOf);
  if (isRefusal(arrival)) return endRefused(services, request, reply, { connection, purpose: null, refusal: arrival });
  const { organizationId, id: connectionId } = connection;
  const state = { purpose: { kind: 'arrival', applicationId: application.id } } as const;
  const trip = await insertTrip(services.store, { organizationId, connectionId }, { browser: null, state, arrival });
  // The form comes from another site, so the browser sends no cookie with it. The redirect brings the browser to this
  // site, with its cookies.
  return reply.redirect(`/sso/saml/${connectionId}/arrive?trip=${trip}`, 303);
}

/**
 * Binds an arrival to this browser and sends it to the application, which requests the sign-in. The cookie is used only
 * for arrivals of the connection, so a response that another site posts does not affect other sign-ins of the browser.
 */
export async function keepArrival(
  services: SsoServices,
  request: FastifyRequest,
  reply: FastifyReply,
  connection: Connection,
): Promise<FastifyReply> {
  const id = field(request.query, 'trip') ?? '';
  const browser = bindBrowser(services, request, reply, { kind: 'arrival', id: connection.id });
  const trip = await claimArrival(services.store, { id, connectionId: connection.id, browser });
  const purpose = trip?.state.purpose;
  const applicationId = purpose?.kind === 'arrival' ? purpose.applicationId : null;
  const applications = await findApplications(services.store.database, connection.organizationId);
  const application = applications.find((one) => one.id === applicationId);
  if (!application?.initiateLoginUri) {
    reply.removeHeader('set-cookie');
    throw new Stopped('This sign-in has expired. Open the application and sign in from there.');
  }
  return reply.redirect(initiation(services, connection, application), 303);
}

/**
 * Returns true if the response is signed by the IdP and valid. Such responses are not counted, because all users of an
 * office can start at the IdP from one address.
 */
async function proves(services: SsoServices, connection: Connection, response: Unproved): Promise<boolean> {
  try {
    await serviceProvider(services, connection).validateResponse(response, null);
    return true;
  } catch (error) {
    if (!(error instanceof InvalidSaml)) throw error;
    return false;
  }
}

const refuse = (services: SsoServices, request: FastifyRequest, reply: FastifyReply, connection: Connection) =>
  endRefused(services, request, reply, {
    connection,
    purpose: null,
    refusal: { code: 'UNSOLICITED', why: 'no application requested this response of the IdP' },
  });

/** Returns the application in RelayState, by its id or a registered URL; otherwise the only application. */
async function applicationFor(
  { store }: SsoServices,
  { organizationId }: Connection,
  relayState: string | null,
): Promise<Application | null> {
  const applications = await findApplications(store.database, organizationId);
  const isMeant = ({ id, redirectUris, initiateLoginUri }: Application) =>
    relayState !== null && (id === relayState || initiateLoginUri === relayState || redirectUris.includes(relayState));
  const ready = applications.filter(({ initiateLoginUri }) => initiateLoginUri !== null);
  const [only, second] = ready;
  return ready.find(isMeant) ?? (second ? null : (only ?? null));
}

/** Returns the URL at which the application starts a third-party initiated login (OpenID Connect Core section 4). */
function initiation(
  { provider }: SsoServices,
  { organizationId, id }: Connection,
  { initiateLoginUri }: Application,
): string {
  const url = new URL(initiateLoginUri ?? '');
  url.searchParams.set('iss', provider.issuer);
  url.searchParams.set('organization_id', organizationId);
  url.searchParams.set('connection_id', id);
  return url.href;
}
