import { readFileSync } from 'node:fs';
import type { Sent } from './request.js';

/** A response with its complete body, or the beginning of a stream. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

/** The codes in docs/errors.md. */
const codes = new Set(
  [...readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8').matchAll(/^\| `([A-Z_]+)`/gm)].map(
    ([, code]) => code,
  ),
);
/** RFC 7644 section 3.12, RFC 9865 section 2.1. */
const scimTypes = new Set(
  'invalidFilter tooMany uniqueness mutability invalidSyntax invalidPath noTarget invalidValue invalidVers sensitive invalidCursor expiredCursor invalidCount'.split(
    ' ',
  ),
);
/**
 * RFC 6749 sections 4.1.2.1 and 5.2, RFC 6750, RFC 7009, RFC 8707, OpenID Connect Core section 3.1.2.6 and its
 * extensions; `unsupported_response_mode` is the library's own.
 */
const oauthErrors = new Set(
  'invalid_request unauthorized_client access_denied unsupported_response_type invalid_scope invalid_client invalid_grant unsupported_grant_type invalid_token insufficient_scope unsupported_token_type invalid_target interaction_required login_required account_selection_required consent_required invalid_request_uri invalid_request_object request_not_supported request_uri_not_supported registration_not_supported unsupported_response_mode unmet_authentication_requirements'.split(
    ' ',
  ),
);

const asJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

/** Returns the error in a response, or null. */
export function faultOf({ path: sent, method }: Sent, { status, headers, text }: Answer): string | null {
  // Clients resolve dot segments before they send (RFC 3986 section 5.2.4).
  const path = new URL(sent.replace(/^\/+/, '/'), 'http://server').pathname;
  // RFC 7644 section 3.11: 501 for an alias that is not supported.
  if (status >= 500 && !(status === 501 && path.includes('/Me'))) return `status ${status}`;
  if (method === 'HEAD') return null;
  if (path.startsWith('/graphql')) return graphqlFault(text);
  if (path.startsWith('/scim/') && !path.includes('/oauth')) return scimFault(status, text);
  if (/^\/(oauth|scim)\//.test(path)) return oauthFault(headers, text);
  return null;
}

function graphqlFault(text: string): string | null {
  for (const [, code] of text.matchAll(/"code":"([^"]*)"/g)) {
    if (code === 'INTERNAL' || code === 'UNAVAILABLE' || code === 'OUTCOME_UNKNOWN') return `code ${code}`;
    if (!codes.has(code) && /"extensions":\{[^}]*"code"/.test(text)) return `code ${code} is not in docs/errors.md`;
  }
  return null;
}

function scimFault(status: number, text: string): string | null {
  if (/"status":"5(?!01)\d\d"/.test(text)) return 'a 5xx in a bulk response';
  if (status < 400) return null;
  const error = asJson(text) as { schemas?: string[]; status?: string; scimType?: string } | null;
  if (error?.schemas?.[0] !== 'urn:ietf:params:scim:api:messages:2.0:Error')
    return 'not an error of RFC 7644 section 3.12';
  if (error.status !== String(status)) return `"status" is ${error.status}`;
  return error.scimType === undefined || scimTypes.has(error.scimType) ? null : `scimType ${error.scimType}`;
}

function oauthFault(headers: Headers, text: string): string | null {
  const location = headers.get('location');
  const sent = location && URL.canParse(location) ? new URL(location).searchParams.get('error') : null;
  const body = headers.get('content-type')?.includes('json') ? (asJson(text) as { error?: unknown } | null) : null;
  const error = sent ?? body?.error ?? null;
  // The response for an unknown path contains a sentence instead of a code.
  if (error === null || (typeof error === 'string' && error.includes(' '))) return null;
  return oauthErrors.has(String(error)) ? null : `error ${String(error)}`;
}
