import type { ScimPrincipal, Trace } from '../../../access/principal.js';
import type { NewRequest, ProvisioningRequest } from '../../../directory/requests/provisioning-request.js';
import { redact, redactUrl } from '../../../directory/requests/redact.js';
import { maximumBody } from '../../../directory/requests/storable-request.js';
import { parseId } from '../../../kernel/ids.js';
import type { Json } from '../../../kernel/json.js';
import { observed } from '../tolerances/observed.js';

/** Request and response, as the SCIM endpoint received and sent them. */
export interface Exchange {
  method: string;
  /** Path below the connection's base URL, with the query. */
  path: string;
  status: number;
  durationMs: number;
  at: Date;
  requestBody: unknown;
  responseBody: Json | undefined;
  /** Response body as it was sent, if available. */
  responseText?: string;
}

/** Adds a request to the request log, without its secrets. */
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
    error: isFailure ? String(detail ?? 'Internal error.') : null,
    quirks: [...quirks, ...observed(requestBody)],
    // The id in a path is input of the caller.
    userId: (userId && parseId('user', userId)) ?? idOfUser(responseBody),
    requestId,
    firstPosition: positions?.first ?? null,
    lastPosition: positions?.last ?? null,
  });
}

/** Words of which every body with a secret contains one. A body without them is stored verbatim. */
const mayHoldSecret = /passw|secret|token|assertion|authorization/i;

/**
 * Returns the body without secrets. A body that exceeds the maximum of the log is omitted completely, because a
 * truncated body would not be valid JSON.
 */
function kept(body: unknown, text = JSON.stringify(body)): string | null {
  if (body === undefined || body === null) return null;
  if (text.length > maximumBody) return omitted(text);
  const shown = mayHoldSecret.test(text) ? JSON.stringify(redact(body)) : text;
  return shown.length > maximumBody ? omitted(text) : shown;
}

const omitted = ({ length }: string) => JSON.stringify({ omitted: `${length} characters, more than the log keeps` });

/** Returns the user's id of a response with exactly one user, such as a lookup. */
function idOfUser(body: unknown): string | null {
  const { Resources } = (body ?? {}) as { Resources?: unknown[] };
  const only = Resources?.length === 1 ? (Resources[0] as Json) : null;
  return typeof only?.id === 'string' && only.id.startsWith('user_') ? only.id : null;
}
