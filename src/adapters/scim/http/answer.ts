import { errorBody, MethodNotAllowed, scimAnswer } from './errors.js';
import type { ScimResponse } from './request.js';

/**
 * Returns the SCIM error response for an error (RFC 7644 section 3.12). An error that is not public is an internal
 * error: it is reported, and the response contains its request id.
 */
export function failure(error: unknown, requestId: string, report: (error: unknown) => void): ScimResponse {
  const known = scimAnswer(error);
  if (!known) report(error);
  const answer = known ?? {
    status: 500,
    detail: `Internal error. Report the request id ${requestId} to the operator.`,
  };
  const headers = {
    ...(answer.status === 401 && { 'www-authenticate': 'Bearer realm="SCIM"' }),
    ...(error instanceof MethodNotAllowed && { allow: error.allow }),
    ...(answer.status === 503 && { 'retry-after': '5' }),
  };
  return { status: answer.status, headers, body: errorBody(answer) };
}
