import { ResponseBodyError } from 'openid-client';
import { withoutSecrets } from '../../kernel/text.js';
import { fetchFailedIn } from '../../outbound/fault.js';
import { claimFault } from './claim-fault.js';
import { InvalidIdToken, type SigningIn } from './id-token.js';
import { issuerProblem } from './issuer-problem.js';

const maxLength = 500;

/**
 * Returns the message of the library, its code (`OAUTH_RESPONSE_IS_NOT_CONFORM`) or the IdP's code, and the cause of
 * the error.
 */
export function reasonOf(error: Error): string {
  const failed = fetchFailedIn(error);
  if (failed) return failed.reason;
  const {
    error: code,
    error_description: description,
    cause,
  } = error as { error?: string; error_description?: string } & Error;
  const inner = cause instanceof Response ? `status ${cause.status}` : cause instanceof Error ? cause.message : null;
  return [error.message, inner !== error.message && inner, code, description]
    .filter(Boolean)
    .join(': ')
    .slice(0, maxLength);
}

/**
 * Returns the error for a failure between the IdP's response and the ID token, with the cause and the required change.
 */
export function faultOf(
  error: unknown,
  { oidc }: Pick<SigningIn, 'oidc'>,
  { secret, now }: { secret: () => string | null; now: Date },
): InvalidIdToken {
  if (error instanceof InvalidIdToken) return error;
  const fault = faultIn(error, oidc, { secret, now });
  // An endpoint can repeat the secret in its response.
  fault.message = withoutSecrets(fault.message, [secret()]);
  return fault;
}

function faultIn(
  error: unknown,
  oidc: SigningIn['oidc'],
  { secret, now }: { secret: () => string | null; now: Date },
): InvalidIdToken {
  if (!(error instanceof Error)) return new InvalidIdToken('invalid');
  const claim = claimFault(error, { iss: oidc.issuer, aud: oidc.clientId, now });
  if (claim !== null) return new InvalidIdToken(claim);
  if (fetchFailedIn(error))
    return new InvalidIdToken(`the token endpoint cannot be read: ${reasonOf(error)}`, 'IDP_UNREACHABLE', {
      cause: error,
    });
  const status = statusIn(error);
  if (status !== null && status >= 500)
    return new InvalidIdToken(
      `the token endpoint answered with the status ${status}: ${reasonOf(error)}`,
      'IDP_FAILED',
    );
  if (error instanceof ResponseBodyError) return refusedByEndpoint(error, oidc, secret);
  if (status !== null && status !== 200)
    return new InvalidIdToken(
      `the token endpoint answered with the status ${status}, which is not an OAuth response: ${reasonOf(error)}`,
      'IDP_MISCONFIGURED',
    );
  return new InvalidIdToken(reasonOf(error));
}

/** Returns the error for a response that rejects the token request (RFC 6749 section 5.2). */
function refusedByEndpoint(
  error: ResponseBodyError,
  oidc: SigningIn['oidc'],
  secret: () => string | null,
): InvalidIdToken {
  const { error: code, error_description: description } = error;
  const said = [code, description].filter(Boolean).join(': ').slice(0, maxLength);
  if (code === 'invalid_grant') return new InvalidIdToken(`the token endpoint rejected the code: ${said}`);
  if (code !== 'invalid_client' && code !== 'unauthorized_client')
    return new InvalidIdToken(`the token endpoint rejected the request: ${said}`, 'IDP_MISCONFIGURED');
  const check = 'Check "oidc.clientId", "oidc.clientSecret" and "oidc.tokenEndpointAuthMethod"';
  const isBasic = oidc.tokenEndpointAuthMethod === 'CLIENT_SECRET_BASIC';
  const isEncoded = isBasic && [oidc.clientId, secret() ?? ''].some((value) => /[^A-Za-z0-9]/.test(value));
  const hint = isEncoded
    ? '. CLIENT_SECRET_BASIC form-encodes the client ID and the secret (RFC 6749 section 2.3.1), which changes these; if the IdP does not decode them, use CLIENT_SECRET_POST'
    : '';
  return new InvalidIdToken(`the token endpoint rejected the client: ${said}. ${check}${hint}`, 'IDP_MISCONFIGURED');
}

/** Throws the error for an issuer that cannot be read; rethrows any other error. */
export function faultOfIssuer(error: unknown): never {
  const problem = issuerProblem(error);
  throw problem ? new InvalidIdToken(problem.why, problem.code, { cause: error }) : error;
}

/**
 * Returns true for an OAuth error (RFC 6749 section 5.2) and for tokens that are not accepted: they contain no HTTP
 * status.
 */
export function isOfOAuth(error: unknown): boolean {
  const status = error instanceof Error ? statusIn(error) : null;
  return status === null || (error instanceof ResponseBodyError && status < 500);
}

/** Returns the status of a response that is not an OAuth error; the library passes it on as the cause. */
function statusIn(error: Error): number | null {
  if (error instanceof ResponseBodyError) return error.status;
  const { cause } = error;
  return cause instanceof Response ? cause.status : null;
}
