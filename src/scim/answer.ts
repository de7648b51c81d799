import { errorBody, MethodNotAllowed, scimAnswer } from './errors.js';
import type { ScimResponse } from './request.js';

/**
 * The answer to an error in SCIM's form (RFC 7644 section 3.12). What is no public error is a mistake of ours: reported,
 * and named by its request id.
 */
export function failure(error: unknown, requestId: string, report: (error: unknown) => void): ScimResponse {
  const known = scimAnswer(error);
  if (!known) report(error);
  const answer = known ?? {
    status: 500,
    detail: `The server made a mistake. Tell its operator the request id ${requestId}.`,
  };
  const headers = {
    ...(answer.status === 401 && { 'www-authenticate': 'Bearer realm="SCIM"' }),
    ...(error instanceof MethodNotAllowed && { allow: error.allow }),
    ...(answer.status === 503 && { 'retry-after': '5' }),
  };
  return { status: answer.status, headers, body: errorBody(answer) };
}
