import type { FastifyRequest } from 'fastify';
import type { Store } from '../access/store.js';
import { reading } from '../access/write.js';
import { findConnection } from '../directory/connections/find-connections.js';
import type { RequestLog } from '../directory/requests/request-log.js';
import { IssuerMismatch, type Issuers } from '../oidc/issuers.js';
import type { SetupPrincipal } from './cookies.js';

/**
 * Reads the issuer that a connection has just been given. Returns what is wrong with it, which is also in the connection's
 * request log; null if sign-ins can start.
 */
export async function issuerFault(
  { store, issuers, requests }: { store: Store; issuers: Pick<Issuers, 'refresh'>; requests: RequestLog },
  request: FastifyRequest,
  principal: SetupPrincipal,
): Promise<string | null> {
  const { id, organizationId, oidc } = await findConnection(reading(store, principal), principal.connectionId);
  if (!oidc) return null;
  const started = performance.now();
  const reason = await issuers.refresh(oidc.issuer).then(() => null, reasonOf);
  if (reason === null) return null;
  const fault = `Nobody can sign in yet: ${reason}. Correct the issuer, or save it again when it can be read.`;
  requests.record({
    organizationId,
    connectionId: id,
    protocol: 'OIDC',
    method: request.method,
    path: request.url.split('?')[0] ?? '',
    status: 200,
    durationMs: Math.round(performance.now() - started),
    at: store.now(),
    requestText: JSON.stringify({ issuer: oidc.issuer }),
    responseText: null,
    error: fault,
    quirks: [],
    userId: null,
    requestId: request.id,
    firstPosition: null,
    lastPosition: null,
  });
  return fault;
}

/** One sentence for whatever went wrong: the error itself would tell what listens in the network of the server. */
const reasonOf = (error: unknown): string =>
  error instanceof IssuerMismatch
    ? error.message
    : 'the discovery document of the issuer (/.well-known/openid-configuration) or its keys cannot be read';
