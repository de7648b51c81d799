import type { FastifyRequest } from 'fastify';
import type { Store } from '../../access/store.js';
import type { Connection } from '../../directory/connections/connection.js';
import { logEntryOf } from '../../directory/requests/log-entry.js';
import type { RequestLog } from '../../directory/requests/request-log.js';
import { problemOfIssuer, warningOf } from '../../identity-providers/oidc/check-issuer.js';
import type { Issuers } from '../../identity-providers/oidc/issuers.js';
import { BadInput } from '../../kernel/errors.js';

/**
 * Reads the new issuer of a connection. Returns the warning for an issuer that cannot be read now; null if sign-ins can
 * start. The problem is also recorded in the connection's request log.
 *
 * @throws BadInput if the issuer has responded, and the response is invalid or names another issuer
 */
export async function issuerWarning(
  { store, issuers, requests }: { store: Store; issuers: Pick<Issuers, 'refresh'>; requests: RequestLog },
  request: FastifyRequest,
  { connection, issuer }: { connection: Connection; issuer: string },
): Promise<string | null> {
  const started = performance.now();
  const problem = await problemOfIssuer(issuers, issuer);
  if (problem === null) return null;
  const refusal = problem.isWrong ? new BadInput(`"oidc.issuer" was not saved: ${problem.why}.`) : null;
  const text = refusal?.message ?? warningOf(problem);
  requests.record(
    logEntryOf(request, connection, {
      protocol: 'OIDC',
      status: refusal ? 422 : 200,
      durationMs: performance.now() - started,
      at: store.now(),
      requestText: JSON.stringify({ issuer }),
      error: text,
    }),
  );
  if (refusal) throw refusal;
  return text;
}
