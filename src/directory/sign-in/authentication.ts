import { clockSkewMs } from '../../kernel/durations.js';
import type { Assertion } from './assertion.js';

/** The requirements of an application for the authentication at the IdP (OpenID Connect Core section 3.1.2.1). */
export interface Freshness {
  /** The `max_age` of the request; 0 for `prompt=login`. */
  maxAgeSeconds: number;
  /** Time of the request to the IdP. */
  askedAt: Date;
}

/**
 * Returns the error in the time of an authentication (OpenID Connect Core sections 2 and 3.1.3.7, items 12 and 13);
 * null if it is valid. A time that the IdP does not send is unknown, and does not satisfy a request for a new
 * authentication.
 */
export function authenticationFault(
  { authentication }: Pick<Assertion, 'authentication'>,
  freshness: Freshness | null,
  now: Date,
): string | null {
  const at = authentication?.at ?? null;
  if (at !== null && !(at.getTime() <= now.getTime() + clockSkewMs))
    return 'the time of the authentication is in the future';
  if (freshness === null) return null;
  if (at === null)
    return 'the IdP sent no auth_time, although the application requested a new authentication (max_age or prompt=login)';
  const oldest = freshness.askedAt.getTime() - freshness.maxAgeSeconds * 1000 - clockSkewMs;
  if (at.getTime() < oldest)
    return 'the authentication is older than the application allows: the IdP ignored max_age, prompt=login or ForceAuthn';
  return null;
}
