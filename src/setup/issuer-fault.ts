import type { FastifyRequest } from 'fastify';
import type { Store } from '../access/store.js';
import { reading } from '../access/write.js';
import { findConnection } from '../directory/connections/find-connections.js';
import type { RequestLog } from '../directory/requests/request-log.js';
import { visitOf } from '../directory/requests/visit.js';
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
  const connection = await findConnection(reading(store, principal), principal.connectionId);
  const { oidc } = connection;
  if (!oidc) return null;
  const started = performance.now();
  const reason = await issuers.refresh(oidc.issuer).then(() => null, reasonOf);
  if (reason === null) return null;
  const fault = `Nobody can sign in yet: ${reason}. Correct the issuer, or save it again when it can be read.`;
  requests.record(
    visitOf(request, connection, {
      protocol: 'OIDC',
      status: 200,
      durationMs: performance.now() - started,
      at: store.now(),
      requestText: JSON.stringify({ issuer: oidc.issuer }),
      error: fault,
    }),
  );
  return fault;
}

/** One sentence for whatever went wrong: the error itself would tell what listens in the network of the server. */
const reasonOf = (error: unknown): string =>
  error instanceof IssuerMismatch
    ? error.message
    : 'the discovery document of the issuer (/.well-known/openid-configuration) or its keys cannot be read';
