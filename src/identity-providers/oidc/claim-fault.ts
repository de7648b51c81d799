import { errors } from 'jose';
import { isObject } from '../../kernel/json.js';

/** Claims of the protocol, whose values identify no user and can therefore be part of an event. */
const shownClaims = ['iss', 'aud', 'azp', 'exp', 'nbf', 'iat', 'auth_time'];
const times = ['exp', 'nbf', 'iat'];

interface Comparison {
  claim: string;
  claims: Record<string, unknown>;
}

/**
 * Describes the claim of an ID token that was rejected, with the received and the expected value; the libraries name
 * only the claim. Returns null for an error about something else.
 */
export function claimFault(error: unknown, expected: { iss: string; aud: string; now: Date }): string | null {
  const found = comparisonIn(error);
  if (found === null) return null;
  const { claim, claims } = found;
  const value = claims[claim];
  if (value === undefined) return `the ID token has no claim "${claim}"`;
  if (!shownClaims.includes(claim)) return `the claim "${claim}" of the ID token differs from the request`;
  if (times.includes(claim) && typeof value === 'number')
    return `the claim "${claim}" of the ID token is ${timeOf(value)}; here it is ${expected.now.toISOString()}`;
  const wanted = claim === 'iss' ? expected.iss : expected.aud;
  const actual = JSON.stringify(value).slice(0, 200);
  if (claim === 'auth_time')
    return `the claim "auth_time" of the ID token is ${actual}, which is older than the request allows`;
  return `the claim "${claim}" of the ID token is ${actual}; it must be ${JSON.stringify(wanted)}`;
}

/** Returns the failed comparison from the causes of an error of `jose` or `oauth4webapi`. */
function comparisonIn(error: unknown): Comparison | null {
  let one = error;
  for (let depth = 0; depth < 10 && one instanceof Error; depth++) {
    if (one instanceof errors.JWTClaimValidationFailed || one instanceof errors.JWTExpired)
      return { claim: one.claim, claims: one.payload };
    one = one.cause;
  }
  if (!isObject(one)) return null;
  const { claim, claims } = one;
  return typeof claim === 'string' && isObject(claims) ? { claim, claims } : null;
}

function timeOf(seconds: number): string {
  const time = new Date(seconds * 1_000);
  return Number.isNaN(time.getTime()) ? String(seconds) : time.toISOString();
}
