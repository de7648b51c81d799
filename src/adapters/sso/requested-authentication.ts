import { decodeJwt } from 'jose';
import type { Assertion } from '../../directory/sign-in/assertion.js';
import type { Freshness } from '../../directory/sign-in/authentication.js';

type Params = Record<string, unknown>;

const wordsIn = (value: unknown): string[] =>
  typeof value === 'string' ? value.split(' ').filter((word) => word !== '') : [];

/**
 * Returns the context classes that the application requests: `acr_values`, and the values of an essential `acr` claim
 * (OpenID Connect Core sections 3.1.2.1 and 5.5.1.1).
 */
export function acrValuesIn({ acr_values: preferred, claims }: Params): string[] {
  const essential = essentialAcrIn(claims);
  return [...new Set([...essential, ...wordsIn(preferred)])];
}

function essentialAcrIn(claims: unknown): string[] {
  if (typeof claims !== 'string') return [];
  try {
    const { acr } = JSON.parse(claims).id_token ?? {};
    const values: unknown[] =
      acr?.essential === true ? [acr.value, ...(Array.isArray(acr.values) ? acr.values : [])] : [];
    return values.filter((value) => typeof value === 'string');
  } catch {
    // The provider has rejected a parameter that is not JSON. A value that is not an object requests nothing.
    return [];
  }
}

/**
 * Returns the maximum age of the authentication in seconds, 0 for `prompt=login`; null if the application sets none.
 */
export function maxAgeIn({ prompt, max_age: maxAge }: Params): number | null {
  if (wordsIn(prompt).includes('login')) return 0;
  const seconds = maxAge === undefined ? Number.NaN : Number(maxAge);
  return Number.isFinite(seconds) ? seconds : null;
}

/**
 * Returns the user that `id_token_hint` names (OpenID Connect Core section 3.1.2.1); null if there is no hint. The
 * provider has verified the token.
 */
export function hintedUserIn({ id_token_hint: hint }: Params): string | null {
  return typeof hint === 'string' && hint !== '' ? (decodeJwt(hint).sub ?? null) : null;
}

/** Returns the requirements of the application's request for the authentication; null if there are none. */
export function freshnessIn(params: Params, askedAt: Date): Freshness | null {
  const maxAgeSeconds = maxAgeIn(params);
  return maxAgeSeconds === null ? null : { maxAgeSeconds, askedAt };
}

/**
 * Returns a function that checks whether a sign-in from before the request satisfies the request. A sign-in that the
 * user started at the IdP satisfies neither `prompt=login` nor `acr_values`, and it satisfies `max_age` only if it is
 * recent enough.
 */
export const satisfiedBy =
  (params: Params, now: Date) =>
  ({ authentication }: Assertion): boolean => {
    const maxAge = maxAgeIn(params);
    if (acrValuesIn(params).length > 0 || maxAge === 0) return false;
    if (maxAge === null) return true;
    const at = authentication?.at?.getTime();
    return at !== undefined && at >= now.getTime() - maxAge * 1000;
  };
