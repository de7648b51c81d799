import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Connection } from '../../directory/connections/connection.js';
import { samlLoginHint } from '../../directory/connections/login-hint.js';
import { assignedTo, verifiedDomain } from '../../directory/organizations/domain-sql.js';
import { type Purpose, takeArrival } from '../../directory/sign-in/trips.js';
import type { AuthnRequestOptions } from '../../identity-providers/saml/service-provider.js';
import { domainOf } from '../../kernel/fold.js';
import { type ConnectionId, newId } from '../../kernel/ids.js';
import { errors } from '../../openid-provider/openid-library.js';
import { sql } from '../../storage/sql.js';
import { html, postPage } from '../web/pages.js';
import { type Attempts, addressOf } from './attempts.js';
import { startTrip } from './bound-trips.js';
import { boundBrowser } from './browser.js';
import { field, relyingParty, type SsoServices, Stopped, sendPage, serviceProvider, showPage } from './context.js';
import { handleAssertion } from './handle-assertion.js';
import { interactionOf, stay } from './issue-grant.js';
import { chooseOrganization, whoIsSignedIn } from './pages/choose-organization.js';
import { lookOf, noteSignIn } from './pages/page-look.js';
import { findRealm, type Realm } from './realm.js';
import { endRefused, isRefusal, refusalOf } from './refuse.js';
import { acrValuesIn, maxAgeIn, satisfiedBy } from './requested-authentication.js';
import { endRequest, showReason } from './return-to-application.js';

/** Registers the routes between an application's authorization request and the IdP. */
export async function interactionRoutes(
  server: FastifyInstance,
  services: SsoServices & { attempts: Attempts },
): Promise<void> {
  server.get('/interaction/:uid', async (request, reply) => {
    const details = await detailsOf(services, request, reply);
    if (isLate(details)) throw new Stopped(tookTooLong);
    const { uid, params, prompt } = details;
    const clientId = String(params.client_id);
    const email = field(request.query, 'email');
    const signedIn = prompt.name === 'select_account' ? await whoIsSignedIn(services, details) : null;
    const isChosen = ['email', 'connection', 'other'].some((name) => field(request.query, name) !== null);
    if (signedIn && !isChosen) return chooseOrganization(services, request, reply, { signedIn, uid });
    const picked = field(request.query, 'connection');
    const find = () => findRealm(services.store, { clientId, params, email, picked });
    const realm = email === null ? await find() : await guess(services, request, { uid, find });
    const purpose = { kind: 'interaction', uid, clientId } as const;
    if (realm.kind === 'none') return showReason(services, request, reply, { purpose, code: 'NO_SIGN_IN' });
    if (realm.kind !== 'connection')
      return ask(services, request, reply, { realm, uid, hint: field(params, 'login_hint') });
    return leave(services, request, reply, {
      connection: realm.connection,
      purpose,
      params: { ...params, ...(email && { login_hint: email }) },
    });
  });
  server.get('/interaction/:uid/stay', async (request, reply) => {
    const details = await detailsOf(services, request, reply);
    if (isLate(details)) throw new Stopped(tookTooLong);
    const { uid } = details;
    return reply.redirect(await stay(await interactionOf(services, uid)), 303);
  });
  server.get('/interaction/:uid/cancel', async (request, reply) => {
    const details = await detailsOf(services, request, reply);
    return endRequest(services, request, reply, { uid: details.uid, isLate: isLate(details) });
  });
}

/**
 * Finds the IdP for the entered email address. Addresses without a result are counted by origin, and all addresses by
 * interaction.
 */
async function guess(
  { attempts }: { attempts: Attempts },
  request: FastifyRequest,
  { uid, find }: { uid: string; find: () => Promise<Realm> },
): Promise<Realm> {
  await attempts.fail(`interaction ${uid}`);
  const isUnknown = ({ kind }: Realm) => kind === 'ask' || kind === 'none';
  return attempts.attempt(`realm ${addressOf(request)}`, find, isUnknown);
}

const tookTooLong = 'The sign-in took too long. Start again from the application.';
/** Maximum duration of a sign-in in seconds, from the application's request to the redirect to the IdP. */
const signInSeconds = 3_600;

/** Returns true if the application's request is too old for a sign-in. It can still be answered with an error. */
const isLate = ({ iat }: Details): boolean => Date.now() / 1000 - iat > signInSeconds;

type Details = {
  uid: string;
  /** Time of the application's request by the clock of this machine, to which the adapter moves it, in seconds since 1970. */
  iat: number;
  params: Record<string, unknown>;
  prompt: { name: string };
  session?: { uid: string };
};

/**
 * Returns the authorization request of the browser's cookie. @throws Stopped if it has expired or belongs to another
 * browser
 */
async function detailsOf(services: SsoServices, request: FastifyRequest, reply: FastifyReply): Promise<Details> {
  const { provider } = services;
  provider.adopt(request.raw);
  try {
    const details = await (await provider.current()).interactionDetails(request.raw, reply.raw);
    const { uid } = request.params as { uid: string };
    if (details.uid === uid) {
      noteSignIn(request, { uid, clientId: String(details.params.client_id) });
      return details as Details;
    }
  } catch (error) {
    if (!(error instanceof errors.SessionNotFound)) throw error;
  }
  await noteApplication(services, request);
  throw new Stopped(
    'This sign-in has expired, or was started in another browser. Return to the application and sign in again.',
  );
}

/**
 * Records the application of a sign-in that another browser has started. The page shows the application, and nothing
 * else of that request.
 */
async function noteApplication({ provider }: SsoServices, request: FastifyRequest): Promise<void> {
  const { uid } = request.params as { uid: string };
  const interaction = await (await provider.current()).Interaction.find(uid);
  if (interaction) noteSignIn(request, { clientId: String(interaction.params.client_id) });
}

/**
 * Sends the browser to the connection's IdP. If a sign-in that began at the IdP is waiting in this browser, continues
 * with that.
 */
export async function leave(
  services: SsoServices,
  request: FastifyRequest,
  reply: FastifyReply,
  { connection, purpose, params }: { connection: Connection; purpose: Purpose; params: Record<string, unknown> },
): Promise<FastifyReply> {
  noteSignIn(request, { organizationId: connection.organizationId });
  if (purpose.kind === 'interaction') {
    const now = services.store.now();
    const browser = boundBrowser(services, request, { kind: 'arrival', id: connection.id });
    const waiting = await takeArrival(
      services.store,
      { connectionId: connection.id, browser },
      satisfiedBy(params, now),
    );
    if (waiting)
      return handleAssertion(services, request, reply, { connection, purpose, assertion: waiting, askedAt: now });
    const isClosed = connection.state !== 'ACTIVE' || !(connection.oidc ?? connection.saml)?.enabled;
    if (isClosed)
      return handleAssertion(services, request, reply, { connection, purpose, assertion: null, askedAt: now });
  }
  const options = await optionsIn(services, connection, params);
  if (connection.saml) {
    const by = samlLoginHint(connection);
    const loginHint = options.loginHint && by ? { name: options.loginHint, by } : null;
    return leaveBySaml(services, request, reply, { connection, purpose, options: { ...options, loginHint } });
  }
  const id = newId('trip');
  const going = await relyingParty(services, connection).start(id, options).catch(refusalOf);
  if (isRefusal(going)) return endRefused(services, request, reply, { connection, purpose, refusal: going });
  const { url, trip } = going;
  await startTrip(services, request, reply, { way: wayOf(connection), id, state: { purpose, oidc: trip } });
  return reply.redirect(url, 303);
}

const wayOf = ({ organizationId, id }: Connection) => ({ organizationId, connectionId: id as ConnectionId });

/** Sends the browser to a SAML IdP. */
export async function leaveBySaml(
  services: SsoServices,
  request: FastifyRequest,
  reply: FastifyReply,
  { connection, purpose, options }: { connection: Connection; purpose: Purpose; options: AuthnRequestOptions },
): Promise<FastifyReply> {
  const id = newId('trip');
  // An XML ID must not begin with a digit.
  const requestId = `_${newId('trip').slice('trip_'.length)}`;
  const going = await serviceProvider(services, connection).start(requestId, id, options);
  await startTrip(services, request, reply, {
    way: wayOf(connection),
    id,
    state: { purpose, requestId, forced: options.forceAuthn },
  });
  if ('url' in going) return reply.redirect(going.url, 303);
  const look = await lookOf(services.store, request);
  return sendPage(reply, postPage(going.action, going.fields, { look }));
}

/**
 * Returns the application's parameters for the sign-in at the IdP. A hint is passed on only to the IdP of its domain.
 */
async function optionsIn({ store }: SsoServices, { organizationId, id }: Connection, params: Record<string, unknown>) {
  const loginHint = field(params, 'login_hint');
  const domain = loginHint && domainOf(loginHint);
  const [own] = domain
    ? await store.database.query(sql`select 1 from domains d
        where d.organization_id = ${organizationId} and d.domain = ${domain} and ${verifiedDomain}
          and ${assignedTo(id)}`)
    : [];
  const maxAge = maxAgeIn(params);
  return {
    loginHint: own ? loginHint : null,
    // With `max_age` the IdP must send `auth_time` (section 2), which proves that it applied the limit.
    maxAge,
    acrValues: acrValuesIn(params).join(' ') || null,
    prompt: maxAge === 0 ? ('login' as const) : null,
    // An IdP whose session is younger than `max_age` need not authenticate the user again. If it is older,
    // forcedOptions() repeats the request.
    forceAuthn: maxAge === 0,
  };
}

function ask(
  services: SsoServices,
  request: FastifyRequest,
  reply: FastifyReply,
  { realm, uid, hint }: { realm: Extract<Realm, { kind: 'choose' | 'ask' }>; uid: string; hint: string | null },
): Promise<FastifyReply> {
  if (realm.kind === 'choose') {
    const choices = realm.connections.map(
      ({ id, name }) =>
        html`<li><a class="button plain" href="/sso/interaction/${uid}?connection=${id}">${name}</a></li>`,
    );
    noteSignIn(request, { organizationId: organizationOf(realm.connections) });
    return showPage(services, request, reply, { title: 'How do you sign in?', body: html`<ul>${choices}</ul>` });
  }
  const problem =
    realm.unknown !== null &&
    html`<p class="error" role="alert" id="problem">No sign-in is configured for ${realm.unknown}. Check the address, or ask your administrator which address to use.</p>`;
  const form = html`${problem}<form method="get" action="/sso/interaction/${uid}">
<label for="email">Work email</label>
<input id="email" name="email" type="email" autocomplete="username" required autofocus value="${realm.unknown ?? hint}"${problem && html` aria-describedby="problem" aria-invalid="true"`}>
<button>Continue</button>
</form>`;
  return showPage(services, request, reply, { title: 'Sign in', body: form });
}

/** Returns the organization of connections if all belong to the same one; otherwise an empty string. */
function organizationOf([first, ...others]: Connection[]): string {
  return first && others.every(({ organizationId }) => organizationId === first.organizationId)
    ? first.organizationId
    : '';
}
