import type { ScimPrincipal, Trace } from '../access/principal.js';
import type { ProvisioningRequest } from '../directory/requests/provisioning-request.js';
import { redact, redactUrl } from '../directory/requests/redact.js';
import type { RequestLog } from '../directory/requests/request-log.js';
import type { Json } from '../json.js';
import { observed } from './tolerances/observed.js';

/** Bodies above this are not kept: the log is for reading. */
const largestBody = 65_536;

/** A request and its answer, as the door saw them. */
export interface Exchange {
  method: string;
  /** Below the connection's base URL, with the query. */
  path: string;
  status: number;
  durationMs: number;
  at: Date;
  requestBody: unknown;
  responseBody: unknown;
}

/** Adds an exchange to the request log, without what is secret. */
export function record(
  log: RequestLog,
  { organizationId, connectionId, requestId, trace }: Omit<ScimPrincipal, 'trace'> & { trace: Trace },
  { requestBody, responseBody, path, durationMs, ...exchange }: Exchange,
): ProvisioningRequest {
  const { quirks, userId, positions } = trace;
  const detail = (responseBody as Json | undefined)?.detail;
  const isFailure = exchange.status >= 400;
  return log.record({
    organizationId,
    connectionId,
    protocol: 'SCIM',
    ...exchange,
    durationMs: Math.round(durationMs),
    path: redactUrl(path).slice(0, 8_192),
    requestText: textOf(requestBody),
    responseText: textOf(responseBody),
    error: isFailure ? printable(String(detail ?? 'The server made a mistake.')) : null,
    quirks: [...quirks, ...observed(requestBody)].map(printable),
    userId: userId?.startsWith('user_') ? userId : idOfUser(responseBody),
    requestId,
    firstPosition: positions?.first ?? null,
    lastPosition: positions?.last ?? null,
  });
}

function textOf(body: unknown): string | null {
  if (body === undefined || body === null) return null;
  const text = JSON.stringify(redact(body));
  if (text.length <= largestBody) return text;
  return JSON.stringify({ omitted: `${text.length} characters, more than the log keeps` });
}

// A column of text takes no NUL, and a lone surrogate is no text at all.
const printable = (text: string) => Buffer.from(text).toString().replaceAll('\0', '\uFFFD').slice(0, 2_000);

/** A look-up that found one person is about that person. */
function idOfUser(body: unknown): string | null {
  const { Resources } = (body ?? {}) as { Resources?: unknown[] };
  const only = Resources?.length === 1 ? (Resources[0] as Json) : null;
  return typeof only?.id === 'string' && only.id.startsWith('user_') ? only.id : null;
}
