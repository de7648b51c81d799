import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Store } from '../../access/store.js';
import { reading, type Tx, write } from '../../access/write.js';
import type { GivenOidc, GivenSaml } from '../../directory/connections/configure-facets.js';
import type { Connection } from '../../directory/connections/connection.js';
import { findConnection, findScimTokens } from '../../directory/connections/find-connections.js';
import { rotateScimToken } from '../../directory/connections/scim-tokens.js';
import { findSetupLink } from '../../directory/connections/setup-links.js';
import { type ConnectionChange, updateConnection } from '../../directory/connections/update-connection.js';
import type { RequestLog } from '../../directory/requests/request-log.js';
import { startTestSignIn } from '../../directory/sign-in/test-sign-in.js';
import type { Issuers } from '../../identity-providers/oidc/issuers.js';
import { BadInput, isDatabaseLost, PublicError } from '../../kernel/errors.js';
import { readForms } from '../web/forms.js';
import { html, page, pageHeaders } from '../web/pages.js';
import { isSameOrigin } from '../web/same-origin.js';
import { linkOf, linksIn, rememberLink, type SetupPrincipal } from './cookies.js';
import { issuerWarning } from './issuer-fault.js';
import { setupPage } from './page.js';

interface Facets {
  oidc?: GivenOidc | null;
  saml?: GivenSaml | null;
}
interface Services {
  store: Store;
  publicUrl: () => string;
  /** Returns the settings in a form; reads the IdP's metadata if needed. @throws BadInput */
  facetsOf: (input: { oidc?: GivenOidc; saml?: Record<string, string> }, provider: null) => Promise<Facets>;
  issuers: Pick<Issuers, 'refresh'>;
  requests: RequestLog;
}
interface Visit {
  services: Services;
  request: FastifyRequest;
  principal: SetupPrincipal;
  form: URLSearchParams;
}
/**
 * The action of a form. It returns what the page shows afterwards: a secret, which is shown only once, or a message.
 */
type Deed = (visit: Visit) => Promise<{ secret?: string; said?: string; fault?: string; goTo?: string }>;

const bodyLimit = 786_432;

/** Registers the setup pages, on which the customer's administrator configures one connection and sees nothing else. */
export async function setupRoutes(server: FastifyInstance, services: Services): Promise<void> {
  readForms(server, bodyLimit);
  server.setErrorHandler((error, _request, reply) => {
    // Other errors are handled by the server's own handler.
    if (!isDatabaseLost(error)) throw error;
    return unavailable(reply);
  });
  server.get('/', async (request, reply) => {
    const { key, connection } = request.query as { key?: unknown; connection?: unknown };
    if (key !== undefined) return open(services, request, reply, key);
    return show(services, request, reply, typeof connection === 'string' ? connection : null);
  });
  server.post('/:deed', async (request, reply) => {
    const { deed: name } = request.params as { deed: string };
    const deed = Object.hasOwn(deeds, name) ? deeds[name] : undefined;
    if (!deed) return expired(reply);
    if (!isSameOrigin(request, services.publicUrl())) return foreign(reply, services.publicUrl());
    const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
    const links = await linksIn(services, request, form.get('connection'));
    const [principal, second] = links;
    if (!principal) return expired(reply);
    if (second) return choose(services, reply, links, 400);
    const { connectionId } = principal;
    try {
      const { goTo, ...more } = await deed({ services, request, principal, form });
      return goTo ? reply.redirect(goTo, 303) : show(services, request, reply, connectionId, more);
    } catch (error) {
      if (isDatabaseLost(error)) throw error;
      if (error instanceof PublicError)
        return show(services, request, reply, connectionId, { fault: error.message, typed: form });
      throw error;
    }
  });
}

/** Moves the secret of a link from the URL into a cookie before anything is shown. */
async function open(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  key: unknown,
): Promise<FastifyReply> {
  const principal = typeof key === 'string' ? await linkOf(services, key, request) : null;
  if (!principal || typeof key !== 'string') return expired(reply);
  rememberLink(services, reply, key, principal);
  return reply.redirect(`/setup?connection=${principal.connectionId}`, 303);
}

const deeds: Record<string, Deed> = {
  'scim-token': async (visit) => {
    const { store, id } = await connectionOf(visit);
    const secret = await write(store, visit.principal, async (tx) => {
      // Enabling SCIM for the first time creates a token.
      const { scimToken } = await updateConnection(tx, id, { scim: true });
      return scimToken ?? (await rotateScimToken(tx, id, {})).token;
    });
    return { secret };
  },
  oidc: async (visit) => {
    const { form } = visit;
    const clientSecret = form.get('clientSecret') || undefined;
    const oidc = { issuer: form.get('issuer') ?? '', clientId: form.get('clientId') ?? '', clientSecret };
    const { connection } = await connectionOf(visit);
    const fault = await issuerWarning(visit.services, visit.request, { connection, issuer: oidc.issuer });
    await configure(visit, { oidc }, 'saml');
    return fault === null ? saved(connection) : { said: 'Saved, but no one can sign in yet.', fault };
  },
  saml: async (visit) => {
    const { form } = visit;
    const metadataUrl = form.get('metadataUrl') ?? '';
    const metadataXml = form.get('metadataXml') ?? '';
    await configure(visit, { saml: metadataUrl ? { metadataUrl } : { metadataXml } }, 'oidc');
    return saved((await connectionOf(visit)).connection);
  },
  state: async (visit) => {
    const state = visit.form.get('state');
    if (state !== 'ACTIVE' && state !== 'INACTIVE') throw new BadInput('"state" must be ACTIVE or INACTIVE.');
    const { id } = await connectionOf(visit);
    await change(visit, (tx) => updateConnection(tx, id, { state }));
    return {
      said:
        state === 'ACTIVE' ? 'The connection is active.' : 'The connection is inactive: no one can sign in through it.',
    };
  },
  test: async (visit) => {
    const { id } = await connectionOf(visit);
    const trip = await write(visit.services.store, visit.principal, (tx) => startTestSignIn(tx, id));
    return { goTo: `${visit.services.publicUrl()}/sso/test/${trip.id}` };
  },
};

const saved = ({ state }: Connection) => ({
  said:
    state === 'ACTIVE'
      ? 'Saved. The connection is active: test a sign-in now.'
      : 'Saved. Test a sign-in before you activate the connection.',
});

/**
 * Saves the settings of one protocol and removes those of the `other`. @throws BadInput if users depend on the other
 * protocol
 */
async function configure(
  visit: Visit,
  given: Parameters<Services['facetsOf']>[0],
  other: 'oidc' | 'saml',
): Promise<void> {
  const facets: ConnectionChange = await visit.services.facetsOf(given, null);
  const { id, connection } = await connectionOf(visit);
  const replaced = connection[other] === null ? {} : { [other]: null };
  await change(visit, (tx) => updateConnection(tx, id, { ...facets, ...replaced }));
}

const change = ({ services, principal }: Visit, work: (tx: Tx) => Promise<unknown>) =>
  write(services.store, principal, work);

async function connectionOf({ services: { store }, principal }: Pick<Visit, 'services' | 'principal'>) {
  const connection: Connection = await findConnection(reading(store, principal), principal.connectionId);
  return { store, id: connection.id, connection };
}

async function show(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  connectionId: string | null,
  more: { secret?: string; said?: string; fault?: string; typed?: URLSearchParams } = {},
): Promise<FastifyReply> {
  const links = await linksIn(services, request, connectionId);
  const [principal, second] = links;
  if (!principal) return expired(reply);
  if (second) return choose(services, reply, links, 200);
  const { store, connection } = await connectionOf({ services, principal });
  const read = reading(store, principal);
  const tokens = await findScimTokens(read, connection.id, store.now());
  const returnUrl = (await findSetupLink(read, principal))?.returnUrl ?? null;
  return send(
    reply,
    setupPage({ connection, tokens, publicUrl: services.publicUrl(), returnUrl, ...more }),
    more.fault && !more.said ? 422 : 200,
  );
}

/** Shows a page to choose a connection: the browser has links to several, and the request names none. */
async function choose(
  services: Services,
  reply: FastifyReply,
  links: SetupPrincipal[],
  status: number,
): Promise<FastifyReply> {
  const connections = await Promise.all(links.map((principal) => connectionOf({ services, principal })));
  const choices = connections.map(
    ({ connection: { id, name } }) => html`<li><a class="button plain" href="/setup?connection=${id}">${name}</a></li>`,
  );
  const body = html`<p>This browser has setup links to several connections. Nothing was changed.</p><ul>${choices}</ul>`;
  return send(reply, page('Choose a connection', body), status);
}

// With the policy of the other pages, `no-referrer`, browsers send `Origin: null` with a form (Fetch section 3.2).
const headers = { ...pageHeaders, 'referrer-policy': 'same-origin' };
const send = (reply: FastifyReply, text: string, status: number): FastifyReply =>
  reply.code(status).headers(headers).send(text);

const expired = (reply: FastifyReply): FastifyReply =>
  send(
    reply,
    page(
      'This link is not valid',
      html`<p class="error">This link is not valid. It has expired or was revoked, its connection was deleted, or this browser does not accept cookies. Open the complete link again, or ask the sender for a new one.</p>`,
    ),
    404,
  );

const unavailable = (reply: FastifyReply): FastifyReply =>
  send(
    reply.header('retry-after', '5'),
    page(
      'The server cannot reach its database',
      html`<p class="error">Open your setup link again in a few seconds. If you sent a form, check there whether it was saved.</p>`,
    ),
    503,
  );

const foreign = (reply: FastifyReply, publicUrl: string): FastifyReply =>
  send(
    reply,
    page(
      'The form was rejected',
      html`<p class="error">The form was sent from a page of another site. Nothing was changed. Open your setup link again at ${publicUrl}.</p>`,
    ),
    403,
  );
