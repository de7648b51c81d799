import type { FastifyRequest } from 'fastify';
import type { Trace } from '../../access/principal.js';
import type { Connection } from '../../directory/connections/connection.js';
import { logEntryOf } from '../../directory/requests/log-entry.js';
import { redact } from '../../directory/requests/redact.js';
import type { Assertion } from '../../directory/sign-in/assertion.js';
import { adviceOf } from '../../directory/sign-in/reasons.js';
import { rowName } from '../../directory/sign-in/rows.js';
import type { SignIn } from '../../directory/sign-in/sign-in.js';
import type { SsoServices } from './context.js';

/** Records a sign-in and its result in the connection's request log: the assertion of the IdP, never its tokens. */
export function record(
  { requests, store }: SsoServices,
  request: FastifyRequest,
  {
    connection,
    assertion,
    result,
    trace,
    why,
    durationMs,
    test = false,
  }: {
    connection: Connection;
    assertion: Assertion | null;
    result: SignIn;
    trace: Trace;
    why: string | null;
    durationMs: number;
    /** True for a test, in which no one signs in. */
    test?: boolean;
  },
): void {
  const denied = 'denied' in result ? result.denied : null;
  const reason = ('denied' in result ? result.why : null) ?? why;
  const { subject, stableId, email, emailVerified, claims } = assertion ?? {};
  const sent = assertion && { subject, stableId, email, emailVerified, claims: redact(claims) };
  requests.record(
    logEntryOf(request, connection, {
      protocol: connection.saml ? 'SAML' : 'OIDC',
      status: denied ? 403 : 200,
      durationMs,
      at: store.now(),
      requestText: sent && JSON.stringify(sent),
      responseText: JSON.stringify(
        'denied' in result
          ? { denied, row: rowName(result.row), why: reason, ...(test && { test }) }
          : { userId: result.user.id, row: rowName(result.row), provisioned: result.provisioned },
      ),
      error: denied && adviceOf(denied, reason, 'denied' in result ? result.advice : null),
      quirks: [...trace.quirks],
      userId: 'denied' in result ? null : result.user.id,
      firstPosition: trace.positions?.first ?? null,
      lastPosition: trace.positions?.last ?? null,
    }),
  );
}
