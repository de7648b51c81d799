import type { FastifyReply, FastifyRequest } from 'fastify';
import { newTrace, type Principal } from '../../access/principal.js';
import { type Tx, write } from '../../access/write.js';
import type { Connection } from '../../directory/connections/connection.js';
import type { Assertion } from '../../directory/sign-in/assertion.js';
import type { DenialCode } from '../../directory/sign-in/denials.js';
import { rowOfRefusal } from '../../directory/sign-in/rows.js';
import { refuse, type SignIn } from '../../directory/sign-in/sign-in.js';
import type { Purpose } from '../../directory/sign-in/trips.js';
import { storable } from '../../directory/sign-in/why-denied.js';
import { InvalidIdToken } from '../../identity-providers/oidc/id-token.js';
import { InvalidSaml } from '../../identity-providers/saml/errors.js';
import { type FetchFailed, fetchFailedIn } from '../../outbound/fault.js';
import { type Attempts, addressOf } from './attempts.js';
import type { SsoServices } from './context.js';
import { showFailedTest } from './pages/test-page.js';
import { record } from './record.js';
import { returnToApplication, showReason } from './return-to-application.js';

/** The reason for which a sign-in ended before the decision. */
export interface Refusal {
  code: DenialCode;
  /** The cause, for the event and the request log. */
  why: string;
  /**
   * The failed request to the IdP, for the server's log. It contains details that the connection's request log can
   * withhold.
   */
  failed?: FetchFailed | null;
}

/** Returns the refusal for a response of the IdP that was rejected; rethrows any other error. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof InvalidIdToken || error instanceof InvalidSaml)
    return { code: error.code, why: error.message, failed: fetchFailedIn(error) };
  throw error;
}

/** Returns true for a result of `refusalOf`. */
export const isRefusal = (value: object): value is Refusal => 'code' in value && 'why' in value;

/** Returns the refusal for an invalid response. */
export const invalid = (why: string): Refusal => ({ code: 'ASSERTION_INVALID', why });

/** The cause for a response that belongs to no trip of the browser. */
const noRequest =
  'the response belongs to no pending request of this browser: the request expired, was already answered, or was started in another browser';

/**
 * Ends a sign-in that was rejected before a decision. The reason is recorded in the request log. If the IdP is the
 * cause, the browser returns to the application with the error at once. Otherwise a page for the user links back to the
 * application. A test shows the cause.
 */
export async function endRefused(
  services: SsoServices,
  request: FastifyRequest,
  reply: FastifyReply,
  { connection, purpose, refusal }: { connection: Connection; purpose: Purpose | null; refusal: Refusal },
): Promise<FastifyReply> {
  const { failed } = refusal;
  if (failed) {
    const log = { err: failed, host: failed.host, connection: connection.id };
    request.log.warn(log, 'an identity provider cannot be reached');
  }
  if (purpose?.kind === 'test') {
    recordTest(services, request, connection, refusal);
    return showFailedTest(services, request, reply, { connection, purpose, refusal });
  }
  const isOpen = connection.state === 'ACTIVE' && (connection.oidc ?? connection.saml)?.enabled;
  const code = isOpen ? refusal.code : 'CONNECTION_INACTIVE';
  await writeRefusal(services, request, connection, { code, why: refusal.why });
  if (purpose?.kind === 'interaction' && code.startsWith('IDP_'))
    return returnToApplication(request, reply, { purpose, code });
  return showReason(services, request, reply, { purpose, code });
}

/**
 * Ends a response that belongs to no sign-in of the browser. Each one emits an event of the organization and anyone can
 * send one, so they are limited by origin. @throws Stopped above the limit
 */
export async function endStray(
  services: SsoServices & { attempts: Attempts },
  request: FastifyRequest,
  reply: FastifyReply,
  connection: Connection,
): Promise<FastifyReply> {
  await services.attempts.fail(`callback ${connection.id} ${addressOf(request)}`);
  return endRefused(services, request, reply, { connection, purpose: null, refusal: invalid(noRequest) });
}

/** Records a test in the request log for the administrator. A test changes nothing and emits nothing. */
function recordTest(
  services: SsoServices,
  request: FastifyRequest,
  connection: Connection,
  { code, why }: Refusal,
): void {
  const result = { denied: code, row: rowOfRefusal(code), why: storable(why) };
  record(services, request, { connection, assertion: null, result, trace: newTrace(), why, durationMs: 0, test: true });
}

/** Records a refusal that needs no decision. */
async function writeRefusal(
  services: SsoServices,
  request: FastifyRequest,
  connection: Connection,
  { code, why }: Refusal,
): Promise<void> {
  await decideFor(services, request, { connection, assertion: null, why }, (tx) =>
    Promise.resolve(refuse(tx, connection, { email: null }, { code, row: rowOfRefusal(code), userId: null, why })),
  );
}

/** Runs a decision in its transaction and records the result in the request log. */
export async function decideFor(
  services: SsoServices,
  request: FastifyRequest,
  { connection, assertion, why }: { connection: Connection; assertion: Assertion | null; why?: string },
  work: (tx: Tx) => Promise<SignIn>,
): Promise<SignIn> {
  const trace = newTrace();
  const { organizationId, id: connectionId } = connection;
  const principal: Principal = { kind: 'sso', organizationId, connectionId, requestId: request.id, trace };
  const started = performance.now();
  const result = await write(services.store, principal, work);
  record(services, request, {
    connection,
    assertion,
    result,
    trace,
    why: why ?? ('denied' in result ? (result.why ?? null) : null),
    durationMs: performance.now() - started,
  });
  return result;
}
