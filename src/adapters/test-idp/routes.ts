import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Store } from '../../access/store.js';
import type { GivenOidc, GivenSaml } from '../../directory/connections/configure-facets.js';
import { BadInput } from '../../kernel/errors.js';
import { readForms } from '../web/forms.js';
import { pageHeaders, postPage, refusalPage } from '../web/pages.js';
import { TestOpenId, unknownClaims } from './open-id.js';
import { type Person, personIn } from './person.js';
import { personPage } from './person-page.js';
import { TestSaml } from './saml.js';

/** The built-in IdP for development: a developer enters a user on a page. It uses real OpenID Connect and real SAML. */
export class TestIdp {
  readonly openId: TestOpenId;
  readonly saml: TestSaml;

  constructor(store: Store, publicUrl: () => string) {
    this.openId = new TestOpenId(store, publicUrl);
    this.saml = new TestSaml(store, publicUrl);
  }

  /** Returns the settings for a connection of the provider TEST. */
  async facets(protocol: 'oidc' | 'saml'): Promise<{ oidc: GivenOidc } | { saml: GivenSaml }> {
    if (protocol === 'saml') return { saml: await this.saml.facet() };
    return { oidc: { issuer: this.openId.issuer, tokenEndpointAuthMethod: 'NONE' } };
  }
}

const send = (reply: FastifyReply, text: string, status = 200) => reply.code(status).headers(pageHeaders).send(text);

/** Returns the user in the form, or the problem with its values. */
function read(form: unknown): { person: Person } | { problem: string } {
  try {
    return { person: personIn(form instanceof URLSearchParams ? form : new URLSearchParams()) };
  } catch (error) {
    if (error instanceof BadInput) return { problem: error.message };
    throw error;
  }
}

/** Registers the pages of the test IdP. */
export async function testIdpRoutes(server: FastifyInstance, { openId, saml }: TestIdp): Promise<void> {
  readForms(server, 65_536);
  server.setErrorHandler((error, request, reply) => {
    // The page shows the reason, so an additional log line is needed for debugging only.
    request.log.trace({ err: error }, 'the test IdP rejected a request');
    const message = error instanceof Error ? error.message : 'The request cannot be read.';
    return send(reply, refusalPage(message, request.id), 400);
  });
  server.get('/interaction/:uid', async (request, reply) => {
    const { params } = await (await openId.current()).interactionDetails(request.raw, reply.raw);
    return send(reply, personPage(request.url, { email: String(params.login_hint ?? '') }));
  });
  server.post('/interaction/:uid', async (request, reply) => {
    const given = read(request.body);
    const problem = 'problem' in given ? given.problem : problemOf(given.person);
    if (problem !== null || 'problem' in given) return send(reply, personPage(request.url, { problem }), 422);
    return reply.redirect(await openId.signIn(request.raw, reply.raw, given.person), 303);
  });
  server.get('/saml/sso', async (request, reply) => {
    const query = request.query as Record<string, string>;
    const asked = await saml.read(query, request.url.split('?')[1] ?? '');
    const email = String(query.login_hint ?? '');
    return send(reply, personPage('/test-idp/saml/answer', { hidden: { ...asked }, email }));
  });
  server.get('/saml/:connectionId/start', (request, reply) => {
    const { connectionId } = request.params as { connectionId: string };
    return send(reply, personPage('/test-idp/saml/answer', { hidden: { connectionId } }));
  });
  server.post('/saml/answer', async (request, reply) => {
    const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
    const [connectionId, requestId, relayState] = ['connectionId', 'requestId', 'relayState'].map(
      (name) => form.get(name) ?? '',
    );
    const hidden = { connectionId: connectionId ?? '', ...(requestId && { requestId, relayState: relayState ?? '' }) };
    const given = read(form);
    if ('problem' in given)
      return send(reply, personPage('/test-idp/saml/answer', { hidden, problem: given.problem }), 422);
    const asked = requestId ? { requestId, relayState: relayState ?? '' } : null;
    const { action, fields } = await saml.answer(hidden.connectionId, given.person, asked);
    return send(reply, postPage(action, fields));
  });
}

function problemOf(person: Person): string | null {
  const unknown = unknownClaims(person);
  return unknown.length === 0 ? null : `With OpenID Connect, the test IdP cannot send ${unknown.join(', ')}. Use SAML.`;
}

/** Registers all other paths of /test-idp, which belong to OpenID Connect. The library reads request bodies itself. */
export async function testOpenIdRoutes(server: FastifyInstance, { openId }: TestIdp): Promise<void> {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, _payload, done) => done(null));
  server.all('/test-idp/*', async (request, reply) => {
    reply.hijack();
    await openId.handle(request.raw, reply.raw);
  });
}

/**
 * Registers a page for the paths of the test IdP while it is disabled. A connection of the provider TEST leads there.
 */
export async function noTestIdpRoutes(server: FastifyInstance): Promise<void> {
  server.get('/test-idp/*', async (request, reply) => {
    const message =
      'The test identity provider of this server is disabled. The operator can start the server with TEST_IDP=on, or configure another identity provider for the connection.';
    return send(reply, refusalPage(message, request.id), 404);
  });
}
