import type { FastifyReply, FastifyRequest } from 'fastify';
import { system } from '../../access/principal.js';
import type { Store } from '../../access/store.js';
import { reading } from '../../access/write.js';
import { type Connection, hasOidc, hasSaml } from '../../directory/connections/connection.js';
import { findConnection } from '../../directory/connections/find-connections.js';
import type { RequestLog } from '../../directory/requests/request-log.js';
import type { Issuers } from '../../identity-providers/oidc/issuers.js';
import { RelyingParty } from '../../identity-providers/oidc/relying-party.js';
import { ServiceProvider } from '../../identity-providers/saml/service-provider.js';
import { BadInput, isDatabaseLost } from '../../kernel/errors.js';
import { parseId } from '../../kernel/ids.js';
import type { OpenIdProvider } from '../../openid-provider/open-id-provider.js';
import type { Outbound } from '../../outbound/outbound.js';
import { sql } from '../../storage/sql.js';
import { page, pageHeaders, refusalPage } from '../web/pages.js';
import { lookOf } from './pages/page-look.js';

/** The services that the sign-in routes need from the server. */
export interface SsoServices {
  store: Store;
  issuers: Issuers;
  outbound: Outbound;
  provider: OpenIdProvider;
  publicUrl: () => string;
  requests: RequestLog;
}

/** The sign-in cannot continue. The message is shown on a page and names the next step for the user. */
export class Stopped extends Error {
  constructor(
    message: string,
    readonly status = 400,
    /** Seconds after which the same request can succeed. */
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
  }
}

/** Returns the connection in a path, in any state. @throws Stopped if it does not exist */
export async function connectionAt({ store }: SsoServices, id: string): Promise<Connection> {
  const key = parseId('conn', id);
  const [row] = key
    ? await store.database.query<Pick<Connection, 'organizationId'>>(
        sql`select organization_id as "organizationId" from connections where id = ${key}`,
      )
    : [];
  if (!row) throw new Stopped('This sign-in address is not in use. Start again from the application.', 404);
  return findConnection(reading(store, system(row.organizationId)), id);
}

/** Returns the OpenID Connect client of the connection. @throws Stopped if the connection has no OIDC settings */
export function relyingParty(services: SsoServices, connection: Connection): RelyingParty {
  if (!hasOidc(connection)) throw new Stopped('This connection does not use OpenID Connect.', 404);
  const { store, issuers, outbound, publicUrl } = services;
  const deps = { issuers, outbound, publicUrl, vault: store.vault, now: store.now };
  return new RelyingParty(connection, deps);
}

/** Returns the SAML service provider of the connection. @throws Stopped if the connection has no SAML settings */
export function serviceProvider({ store, publicUrl }: SsoServices, connection: Connection): ServiceProvider {
  if (!hasSaml(connection)) throw new Stopped('This connection does not use SAML.', 404);
  const deps = { publicUrl, vault: store.vault, now: store.now };
  return new ServiceProvider(connection, deps);
}

export function sendPage(reply: FastifyReply, text: string, status = 200): FastifyReply {
  return reply.code(status).headers(pageHeaders).send(text);
}

/** Sends a page with the appearance of the request's sign-in. */
export async function showPage(
  { store }: Pick<SsoServices, 'store'>,
  request: FastifyRequest,
  reply: FastifyReply,
  { title, body, status = 200 }: { title: string; body: Parameters<typeof page>[1]; status?: number },
): Promise<FastifyReply> {
  return sendPage(reply, page(title, body, { look: await lookOf(store, request) }), status);
}

/**
 * Sends an error page with the appearance of the request's sign-in. `code` is the denial that is returned to the
 * application.
 */
export async function showRefusal(
  { store }: Pick<SsoServices, 'store'>,
  request: FastifyRequest,
  reply: FastifyReply,
  { message, status, code = null }: { message: string; status: number; code?: string | null },
): Promise<FastifyReply> {
  return sendPage(reply, refusalPage(message, request.id, { look: await lookOf(store, request, code) }), status);
}

/**
 * Sends a page for an error that stopped a sign-in. An internal error is logged, and the page shows only its request
 * id.
 */
export async function sendStop(
  services: Pick<SsoServices, 'store'>,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (error instanceof Stopped) {
    const { message, status, retryAfterSeconds } = error;
    // RFC 6585 section 4.
    if (retryAfterSeconds !== null) reply.header('retry-after', retryAfterSeconds);
    return showRefusal(services, request, reply, { message, status });
  }
  if (isDatabaseLost(error)) return sendUnavailable(request, reply);
  const status = statusOf(error);
  if (status < 500) {
    const message = 'The request cannot be read. Start again from the application.';
    return showRefusal(services, request, reply, { message, status });
  }
  request.log.error({ err: error }, 'a sign-in failed');
  const message = 'An internal error occurred. Try again in a minute.';
  return showRefusal(services, request, reply, { message, status: 500 });
}

/**
 * Sends a page for a request whose database was unavailable or lost during the commit. A new sign-in is safe in both
 * cases: it finds the created account, and an unused session expires.
 */
function sendUnavailable(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const message = 'The server cannot reach its database. Start again from the application in a few seconds.';
  return sendPage(reply.header('retry-after', '5'), refusalPage(message, request.id), 503);
}

/** Returns the HTTP status of an error: 400 for a value that cannot be stored, 500 for a bug. */
export function statusOf(error: unknown): number {
  if (error instanceof BadInput) return 400;
  return error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
}

/** Returns one value of a query or form; null if it is absent, empty or not text. */
export function field(values: unknown, name: string): string | null {
  const value =
    values instanceof URLSearchParams ? values.get(name) : (values as Record<string, unknown> | null)?.[name];
  return typeof value === 'string' && value !== '' ? value : null;
}
