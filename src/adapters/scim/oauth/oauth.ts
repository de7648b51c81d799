import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from 'jose';
import { system } from '../../../access/principal.js';
import type { Store } from '../../../access/store.js';
import { write } from '../../../access/write.js';
import { Connection } from '../../../directory/connections/connection.js';
import { ScimClient } from '../../../directory/connections/scim-client.js';
import { fetchToken, tokenSeconds } from '../../../directory/connections/scim-clients.js';
import { markUsed } from '../../../directory/sign-in/used-once.js';
import { clockSkewSeconds } from '../../../kernel/durations.js';
import { isDatabaseLost } from '../../../kernel/errors.js';
import { parseId } from '../../../kernel/ids.js';
import { hashSecret } from '../../../kernel/secrets.js';
import { sql } from '../../../storage/sql.js';
import { knowAllMethods, methods } from '../http/other-methods.js';
import { connectionOf } from '../http/request.js';

/** Error in OAuth format (RFC 6749 section 5.2). */
class OAuthError extends Error {
  constructor(
    readonly status: number,
    readonly error: string,
    description: string,
  ) {
    super(description);
  }
}

const invalidClient = () =>
  new OAuthError(
    401,
    'invalid_client',
    'The client is unknown, belongs to another connection, or its authentication failed.',
  );
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const algorithms = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'];
/** Maximum validity of a client assertion in seconds. Assertions with a longer validity are rejected. */
const longestSeconds = 3_600;

interface Services {
  store: Store;
  publicUrl: () => string;
}

/**
 * Registers the token endpoint of a connection: OAuth 2 client credentials (RFC 6749 section 4.4), with the scope
 * `scim`.
 */
export async function oauthRoutes(server: FastifyInstance, services: Services) {
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: 65_536 },
    async (_: unknown, text: string) => new URLSearchParams(text),
  );
  server.setErrorHandler((error, request, reply) => refuse(error, request, reply));
  server.post('/token', async (request, reply) => {
    const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
    checkGrant(form);
    const client = await authenticated(services, request, form);
    const { store } = services;
    const token = await write(store, system(client.organizationId), (tx) => fetchToken(tx, client));
    if (token === null) throw invalidClient();
    reply.header('cache-control', 'no-store');
    return { access_token: token, token_type: 'Bearer', expires_in: tokenSeconds, scope: 'scim' };
  });
  knowAllMethods(server);
  // RFC 6749 section 3.2 requires POST.
  server.route({
    method: methods.filter((method) => method !== 'POST'),
    url: '/token',
    onRequest: async (_request, reply) =>
      reply.code(405).header('allow', 'POST').send({ error: 'invalid_request', error_description: 'Use POST.' }),
    handler: async () => undefined,
  });
}

function refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.header('cache-control', 'no-store');
  if (error instanceof OAuthError) {
    if (error.status === 401) reply.header('www-authenticate', 'Basic realm="SCIM", charset="UTF-8"');
    return reply.code(error.status).send({ error: error.error, error_description: error.message });
  }
  // A retry is safe: it creates another token, and the one that the client did not receive expires.
  if (isDatabaseLost(error))
    return reply.code(503).header('retry-after', '5').send({
      error: 'temporarily_unavailable',
      error_description: 'The server cannot reach its database. Try again in a few seconds.',
    });
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status < 500)
    return reply.code(400).send({ error: 'invalid_request', error_description: 'Send the parameters as a form.' });
  request.log.error({ err: error }, 'a token request failed');
  return reply.code(500).send({ error: 'server_error', error_description: `Request id: ${request.id}` });
}

function checkGrant(form: URLSearchParams): void {
  if (form.get('grant_type') !== 'client_credentials')
    throw new OAuthError(400, 'unsupported_grant_type', 'The grant_type must be client_credentials.');
  const scopes = (form.get('scope') ?? 'scim').split(' ').filter(Boolean);
  if (scopes.some((scope) => scope !== 'scim')) throw new OAuthError(400, 'invalid_scope', 'The only scope is scim.');
}

/** Returns the client that the request authenticates. @throws OAuthError invalid_client */
async function authenticated(services: Services, request: FastifyRequest, form: URLSearchParams): Promise<ScimClient> {
  const { connectionId: segment = '' } = request.params as { connectionId?: string };
  const assertion = form.get('client_assertion');
  const basic = basicOf(request.headers.authorization);
  const id = basic?.id ?? form.get('client_id') ?? subjectOf(assertion) ?? '';
  const client = await clientOf(services.store, id, segment);
  if (!client) throw invalidClient();
  if (assertion !== null) {
    if (form.get('client_assertion_type') !== assertionType) throw invalidClient();
    await checkAssertion(services, client, assertion, `${services.publicUrl()}/scim/v2/${segment}`);
  } else checkSecret(client, basic?.secret ?? form.get('client_secret'));
  return client;
}

async function clientOf(store: Store, id: string, segment: string): Promise<ScimClient | null> {
  const key = parseId('cli', id);
  const connectionId = connectionOf(segment);
  if (!key || !connectionId) return null;
  const [client] = await store.database.rows(ScimClient, sql`id = ${key} and connection_id = ${connectionId}`);
  if (!client) return null;
  const [connection] = await store.database.rows(
    Connection,
    sql`organization_id = ${client.organizationId} and id = ${connectionId} and state = 'ACTIVE' and scim_enabled
      and exists (select from organizations where id = ${client.organizationId} and status = 'ACTIVE')`,
  );
  return connection ? client : null;
}

/** Returns the id and secret of HTTP Basic, each form-decoded (RFC 6749 section 2.3.1). */
function basicOf(authorization: string | undefined): { id: string; secret: string } | null {
  const [, encoded] = /^basic +([A-Za-z0-9+/=]+) *$/i.exec(authorization ?? '') ?? [];
  if (!encoded) return null;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return null;
  const decoded = new URLSearchParams(`id=${text.slice(0, colon)}&secret=${text.slice(colon + 1)}`);
  return { id: decoded.get('id') ?? '', secret: decoded.get('secret') ?? '' };
}

function checkSecret({ secretHash }: ScimClient, given: string | null): void {
  if (!secretHash || given === null || !timingSafeEqual(hashSecret(given), secretHash)) throw invalidClient();
}

function subjectOf(assertion: string | null): string | null {
  try {
    return assertion === null ? null : (decodeJwt(assertion).sub ?? null);
  } catch {
    return null;
  }
}

/**
 * Validates a private_key_jwt assertion (RFC 7523): its signature by a key of the client, its audience, its validity,
 * and that it is used only once.
 */
async function checkAssertion({ store }: Services, client: ScimClient, assertion: string, base: string): Promise<void> {
  const now = store.now();
  const { jti, exp } = await verified(client, assertion, { base, now });
  if (
    typeof jti !== 'string' ||
    jti === '' ||
    exp === undefined ||
    exp > now.getTime() / 1000 + longestSeconds + clockSkewSeconds
  )
    throw invalidClient();
  const until = new Date((exp + clockSkewSeconds) * 1000);
  const isFirst = await write(store, system(client.organizationId), (tx) =>
    markUsed(tx, client.connectionId, { id: `client-assertion ${client.id} ${jti}`, until }),
  );
  if (!isFirst) throw invalidClient();
}

async function verified({ id, jwks }: ScimClient, assertion: string, { base, now }: { base: string; now: Date }) {
  if (!jwks) throw invalidClient();
  try {
    const { payload } = await jwtVerify(assertion, createLocalJWKSet(jwks as JSONWebKeySet), {
      algorithms,
      issuer: id,
      subject: id,
      audience: [base, `${base}/oauth/token`],
      currentDate: now,
      clockTolerance: clockSkewSeconds,
      requiredClaims: ['exp', 'jti', 'aud'],
    });
    return payload;
  } catch {
    throw invalidClient();
  }
}
