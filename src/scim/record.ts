import type { ScimPrincipal, Trace } from '../access/principal.js';
import type { NewRequest, ProvisioningRequest } from '../directory/requests/provisioning-request.js';
import { redact, redactUrl } from '../directory/requests/redact.js';
import { maximumBody } from '../directory/requests/storable-request.js';
import { parseId } from '../ids.js';
import type { Json } from '../json.js';
import { observed } from './tolerances/observed.js';

/** A request and its answer, as the door saw them. */
export interface Exchange {
  method: string;
  /** Below the connection's base URL, with the query. */
  path: string;
  status: number;
  durationMs: number;
  at: Date;
  requestBody: unknown;
  responseBody: Json | undefined;
  /** The answer as it was sent, where that is at hand. */
  responseText?: string;
}

/** Adds an exchange to the request log, without what is secret. */
export function record(
  log: { record(entry: NewRequest): ProvisioningRequest },
  { organizationId, connectionId, requestId, trace }: Omit<ScimPrincipal, 'trace'> & { trace: Trace },
  { requestBody, responseBody, responseText, path, durationMs, ...exchange }: Exchange,
): ProvisioningRequest {
  const { quirks, userId, positions } = trace;
  const detail = responseBody?.detail;
  const isFailure = exchange.status >= 400;
  return log.record({
    organizationId,
    connectionId,
    protocol: 'SCIM',
    ...exchange,
    durationMs: Math.round(durationMs),
    path: redactUrl(path),
    requestText: kept(requestBody),
    responseText: kept(responseBody, responseText),
    error: isFailure ? String(detail ?? 'The server made a mistake.') : null,
    quirks: [...quirks, ...observed(requestBody)],
    // The id of a path is a caller's text.
    userId: (userId && parseId('user', userId)) ?? idOfUser(responseBody),
    requestId,
    firstPosition: positions?.first ?? null,
    lastPosition: positions?.last ?? null,
  });
}

/** Words without which there is nothing to take out: most bodies are kept as they were written. */
const mayHoldSecret = /passw|secret|token|assertion|authorization/i;

/** Returns the body without secrets. A larger one than the log stores is left out, because half of it would not be JSON. */
function kept(body: unknown, text = JSON.stringify(body)): string | null {
  if (body === undefined || body === null) return null;
  if (text.length > maximumBody) return omitted(text);
  const shown = mayHoldSecret.test(text) ? JSON.stringify(redact(body)) : text;
  return shown.length > maximumBody ? omitted(text) : shown;
}

const omitted = ({ length }: string) => JSON.stringify({ omitted: `${length} characters, more than the log keeps` });

/** A look-up that found one person is about that person. */
function idOfUser(body: unknown): string | null {
  const { Resources } = (body ?? {}) as { Resources?: unknown[] };
  const only = Resources?.length === 1 ? (Resources[0] as Json) : null;
  return typeof only?.id === 'string' && only.id.startsWith('user_') ? only.id : null;
}
