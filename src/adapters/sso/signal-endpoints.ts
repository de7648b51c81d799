import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../../access/principal.js';
import { write } from '../../access/write.js';
import type { Connection } from '../../directory/connections/connection.js';
import { logEntryOf } from '../../directory/requests/log-entry.js';
import { endBySignal, type Signal } from '../../directory/sign-in/end-by-signal.js';
import { markUsed } from '../../directory/sign-in/used-once.js';
import {
  checkRevocation,
  InvalidSignal,
  issuerOf,
  logoutIn,
  signalsIn,
  subjectIn,
  type Verified,
  verifySignal,
} from '../../identity-providers/oidc/signals.js';
import { BadInput, isDatabaseLost } from '../../kernel/errors.js';
import { isObject } from '../../kernel/json.js';
import { readForms } from '../web/forms.js';
import { connectionAt, field, type SsoServices, Stopped, statusOf } from './context.js';

/**
 * Registers the endpoints at which an IdP ends sessions: OpenID Connect Back-Channel Logout, Shared Signals by push
 * (RFC 8935), and Global Token Revocation (Okta's Universal Logout). Every message must be signed by the connection's
 * IdP and have this endpoint as audience. It is applied once.
 */
export async function signalRoutes(server: FastifyInstance, services: SsoServices): Promise<void> {
  server.setErrorHandler((error, request, reply) => refuse(error, request, reply));
  readForms(server, 65_536);
  server.addContentTypeParser(
    'application/secevent+jwt',
    { parseAs: 'string', bodyLimit: 65_536 },
    async (_: unknown, text: string) => text,
  );
  server.post('/:connectionId/backchannel-logout', async (request, reply) => {
    const connection = await at(services, request);
    const token = field(request.body, 'logout_token') ?? '';
    const verified = await verify(services, connection, token, [connection.oidc?.clientId ?? '']);
    const signals = [logoutIn(connection, verified.claims)];
    await applyOnce(services, request, { connection, verified, signals, statusForNobody: 200 });
    return reply.header('cache-control', 'no-store').code(200).send();
  });
  server.post('/:connectionId/security-events', async (request, reply) => {
    const connection = await at(services, request);
    if (typeof request.body !== 'string')
      throw new InvalidSignal('invalid_request', 'Send the token as application/secevent+jwt.');
    const verified = await verify(
      services,
      connection,
      request.body.trim(),
      audiencesOf(services, request, connection),
    );
    const signals = signalsIn(connection, verified.claims);
    await applyOnce(services, request, { connection, verified, signals, statusForNobody: 202 });
    return reply.code(202).send();
  });
  server.post('/:connectionId/global-token-revocation', async (request, reply) => {
    const connection = await at(services, request);
    const token = /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
    if (!token)
      throw new InvalidSignal('authentication_failed', 'Send the signed token as "Authorization: Bearer ...".');
    const verified = await verify(services, connection, token, audiencesOf(services, request, connection));
    checkRevocation(token, verified.claims, addressOf(services, request));
    const subject = subjectIn(isObject(request.body) ? (request.body.sub_id ?? request.body.subject) : null);
    if (subject.subjects.length === 0 && subject.email === null)
      throw new InvalidSignal('invalid_request', '"sub_id" must identify a user.');
    const signal: Signal = { signal: 'global-token-revocation', issuer: issuerOf(connection), ...subject };
    const people = await applyOnce(services, request, {
      connection,
      verified,
      signals: [signal],
      statusForNobody: 404,
    });
    return reply.code(people === 0 ? 404 : 204).send();
  });
}

async function at(services: SsoServices, request: FastifyRequest): Promise<Connection> {
  const { connectionId } = request.params as { connectionId: string };
  const connection = await connectionAt(services, connectionId);
  if (connection.state !== 'ACTIVE') throw new Stopped('This connection is not active.', 404);
  return connection;
}

const verify = (services: SsoServices, connection: Connection, token: string, audience: string[]): Promise<Verified> =>
  verifySignal(services.issuers, connection, { token, audience: audience.filter(Boolean), now: services.store.now() });

const addressOf = ({ publicUrl }: SsoServices, request: FastifyRequest): string =>
  `${publicUrl()}${request.url.split('?')[0]}`;

/** Returns the accepted audiences: the URL of this endpoint, or the client id at the IdP. */
const audiencesOf = (services: SsoServices, request: FastifyRequest, { oidc }: Connection): string[] => [
  addressOf(services, request),
  oidc?.clientId ?? '',
];

interface Received {
  connection: Connection;
  verified: Verified;
  signals: Signal[];
  /** The response status if the message matches no user. */
  statusForNobody: number;
}

/** Applies a message once and returns the number of affected users. */
async function applyOnce(services: SsoServices, request: FastifyRequest, received: Received): Promise<number> {
  const { connection, verified, signals } = received;
  const { organizationId, id: connectionId } = connection;
  const principal: Principal = { kind: 'sso', organizationId, connectionId, requestId: request.id };
  const started = performance.now();
  const people = await write(services.store, principal, async (tx) => {
    // A repeated message was already applied: it is acknowledged and has no further effect.
    if (!(await markUsed(tx, connectionId, verified.once))) return signals.length;
    let people = 0;
    for (const signal of signals) people += await endBySignal(tx, connectionId, signal);
    return people;
  });
  if (people === 0 && signals.length > 0) recordNobody(services, request, received, performance.now() - started);
  return people;
}

/**
 * Records a message without affected users in the request log. The response does not contain this, and the IdP's
 * administrator would assume that sessions have ended.
 */
function recordNobody(
  { requests, store }: SsoServices,
  request: FastifyRequest,
  { connection, signals, statusForNobody }: Received,
  durationMs: number,
): void {
  requests.record(
    logEntryOf(request, connection, {
      protocol: connection.saml ? 'SAML' : 'OIDC',
      status: statusForNobody,
      durationMs,
      at: store.now(),
      requestText: JSON.stringify(signals),
      error:
        'The message identifies no user who has signed in through this connection, and no valid session. Nothing was changed.',
      quirks: ['signalAboutNobody'],
    }),
  );
}

function refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.header('cache-control', 'no-store');
  if (error instanceof InvalidSignal) {
    const isBearer = request.url.includes('/global-token-revocation');
    const status = isBearer && error.code !== 'invalid_request' ? 401 : 400;
    return reply.code(status).send({ err: error.code, description: error.message, error: 'invalid_request' });
  }
  if (error instanceof Stopped)
    return reply.code(error.status).send({ err: 'invalid_request', description: error.message });
  if (error instanceof BadInput)
    return reply.code(400).send({ err: 'invalid_request', description: error.message, error: 'invalid_request' });
  // A repetition is safe: a processed message is acknowledged and changes nothing (RFC 8935 section 2).
  if (isDatabaseLost(error)) {
    const description = 'The server cannot reach its database. Send the message again in a few seconds.';
    return reply.code(503).header('retry-after', '5').send({ err: 'server_error', description });
  }
  const status = statusOf(error);
  if (status < 500)
    return reply.code(status).send({ err: 'invalid_request', description: 'The request cannot be read.' });
  request.log.error({ err: error }, 'a message of an IdP failed');
  return reply.code(500).send({ err: 'server_error', description: `Request id: ${request.id}` });
}
