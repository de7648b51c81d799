import type { FastifyReply, FastifyRequest } from 'fastify';
import { newTrace, type Principal } from '../access/principal.js';
import { type Tx, write } from '../access/write.js';
import type { Connection } from '../directory/connections/connection.js';
import type { Assertion } from '../directory/sign-in/assertion.js';
import type { DenialCode } from '../directory/sign-in/denials.js';
import { rowOfRefusal } from '../directory/sign-in/rows.js';
import { refuse, type SignIn } from '../directory/sign-in/sign-in.js';
import { storable } from '../directory/sign-in/why-denied.js';
import { InvalidIdToken } from '../oidc/id-token.js';
import { type FetchFailed, fetchFailedIn } from '../outbound/fault.js';
import { InvalidSaml } from '../saml/errors.js';
import { type Attempts, addressOf } from './attempts.js';
import type { Door } from './door.js';
import { record } from './record.js';
import { showReason, tellApplication } from './tell-application.js';
import { showFailedTest } from './test-page.js';
import type { Purpose } from './trips.js';

/** Why a sign-in ended before anything could be decided. */
export interface Refusal {
  code: DenialCode;
  /** The cause, for the event and the request log. */
  why: string;
  /** The failed request to the IdP, for the server's log: it names what the log of the connection may withhold. */
  failed?: FetchFailed | null;
}

/** Returns the refusal for an answer of the IdP that cannot be accepted; rethrows an error of another kind. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof InvalidIdToken || error instanceof InvalidSaml)
    return { code: error.code, why: error.message, failed: fetchFailedIn(error) };
  throw error;
}

/** Returns true for what `refusalOf` has returned. */
export const isRefusal = (value: object): value is Refusal => 'code' in value && 'why' in value;

/** The refusal of an answer that proves nothing. */
export const invalid = (why: string): Refusal => ({ code: 'ASSERTION_INVALID', why });

/** The cause of an answer that belongs to no trip of the browser. */
const noRequest = 'it answers no open request of this browser: it expired, was answered, or began in another browser';

/**
 * Ends a sign-in that was refused before a decision: written to the log of the connection, and told to the application at
 * once if the IdP is the cause, or else to the person on a page that leads back to the application. A test shows the cause.
 */
export async function endRefused(
  door: Door,
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
    recordTest(door, request, connection, refusal);
    return showFailedTest(door, request, reply, { connection, purpose, refusal });
  }
  const isOpen = connection.state === 'ACTIVE' && (connection.oidc ?? connection.saml)?.enabled;
  const code = isOpen ? refusal.code : 'CONNECTION_INACTIVE';
  await writeRefusal(door, request, connection, { code, why: refusal.why });
  if (purpose?.kind === 'interaction' && code.startsWith('IDP_'))
    return tellApplication(request, reply, { purpose, code });
  return showReason(door, request, reply, { purpose, code });
}

/**
 * Ends an answer that belongs to no sign-in of the browser. Each writes an event of the organization and anybody can send
 * them, so they are limited by address. @throws Stopped above the limit
 */
export async function endStray(
  door: Door & { attempts: Attempts },
  request: FastifyRequest,
  reply: FastifyReply,
  connection: Connection,
): Promise<FastifyReply> {
  await door.attempts.fail(`callback ${connection.id} ${addressOf(request)}`);
  return endRefused(door, request, reply, { connection, purpose: null, refusal: invalid(noRequest) });
}

/** A test changes nothing and emits nothing, but the administrator finds it in the log of the connection. */
function recordTest(door: Door, request: FastifyRequest, connection: Connection, { code, why }: Refusal): void {
  const result = { denied: code, row: rowOfRefusal(code), why: storable(why) };
  record(door, request, { connection, assertion: null, result, trace: newTrace(), why, durationMs: 0 });
}

/** Writes a refusal that needs no decision. */
async function writeRefusal(
  door: Door,
  request: FastifyRequest,
  connection: Connection,
  { code, why }: Refusal,
): Promise<void> {
  await decideFor(door, request, { connection, assertion: null, why }, (tx) =>
    Promise.resolve(refuse(tx, connection, { email: null }, { code, row: rowOfRefusal(code), userId: null, why })),
  );
}

/** Runs a decision in its transaction and records the outcome in the log of the connection. */
export async function decideFor(
  door: Door,
  request: FastifyRequest,
  { connection, assertion, why }: { connection: Connection; assertion: Assertion | null; why?: string },
  work: (tx: Tx) => Promise<SignIn>,
): Promise<SignIn> {
  const trace = newTrace();
  const { organizationId, id: connectionId } = connection;
  const principal: Principal = { kind: 'sso', organizationId, connectionId, requestId: request.id, trace };
  const started = performance.now();
  const result = await write(door.store, principal, work);
  record(door, request, {
    connection,
    assertion,
    result,
    trace,
    why: why ?? ('denied' in result ? (result.why ?? null) : null),
    durationMs: performance.now() - started,
  });
  return result;
}
