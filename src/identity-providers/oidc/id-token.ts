import { errors, type JWTPayload } from 'jose';
import type { Connection } from '../../directory/connections/connection.js';
import type { OidcFacet } from '../../directory/connections/facets.js';
import type { Assertion } from '../../directory/sign-in/assertion.js';
import type { DenialCode } from '../../directory/sign-in/denials.js';
import { whyMissing } from '../../directory/sign-in/missing-claims.js';
import { clockSkewSeconds } from '../../kernel/durations.js';
import { isSharedIssuer, profileOfIdp } from '../profiles/index.js';
import { claimFault } from './claim-fault.js';
import { issuerProblem } from './issuer-problem.js';
import type { Issuers } from './issuers.js';
import { checkStorableClaims, InvalidClaims } from './storable-claims.js';
import { kindOf } from './token-kind.js';

/**
 * The token was not accepted or could not be obtained; `code` distinguishes the cases. The message is for the log and
 * the event, not for the user.
 */
export class InvalidIdToken extends Error {
  constructor(
    message: string,
    readonly code: DenialCode = 'ASSERTION_INVALID',
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

// Only signatures with the IdP's private key: neither `none`, nor HMAC with its public key.
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const maximumLength = 16_384;

/** The part of a connection that the validation of an ID token needs. */
export type SigningIn = Pick<Connection, 'provider' | 'jit'> & { oidc: OidcFacet };

/**
 * Validates an ID token of the connection's issuer (OpenID Connect Core section 3.1.3.7) and returns its assertion.
 *
 * @throws InvalidIdToken, also if the issuer's keys cannot be read
 */
export async function validateIdToken(
  issuers: Issuers,
  connection: SigningIn,
  { idToken, nonce, now }: { idToken: string; nonce: string | null; now: Date },
): Promise<Assertion> {
  const { oidc } = connection;
  if (idToken.length > maximumLength)
    throw new InvalidIdToken(
      `the ID token is longer than ${maximumLength} characters: limit the groups and claims that the IdP sends`,
    );
  const claims = await verify(issuers, oidc, idToken, now);
  checkKind(idToken, claims);
  checkAuthTime(claims, now);
  if (nonce !== null && claims.nonce !== nonce)
    throw new InvalidIdToken('the claim "nonce" of the ID token differs from the request');
  const audiences = [claims.aud].flat();
  // With several audiences, or with an authorized party, the authorized party must be this client.
  if ((audiences.length > 1 || claims.azp !== undefined) && claims.azp !== oidc.clientId) {
    throw new InvalidIdToken(
      `the authorized party ("azp") of the ID token is ${JSON.stringify(claims.azp)?.slice(0, 200)}; it must be "${oidc.clientId}"`,
    );
  }
  return assertionOf(connection, claims);
}

/** Rejects logout tokens, security events and access tokens of the same issuer (RFC 8725 sections 3.11 and 3.12). */
function checkKind(token: string, { events }: JWTPayload): void {
  const kind = kindOf(token);
  if (kind !== null)
    throw new InvalidIdToken(`the type of the token is ${kind.slice(0, 100)}, which is not an ID token`);
  if (events !== undefined) throw new InvalidIdToken('the token has "events", so it is not an ID token');
}

async function verify(issuers: Issuers, oidc: OidcFacet, idToken: string, now: Date): Promise<JWTPayload> {
  try {
    const payload = await issuers.verify(oidc.issuer, idToken, {
      issuer: oidc.issuer,
      audience: oidc.clientId,
      algorithms,
      clockTolerance: clockSkewSeconds,
      currentDate: now,
      requiredClaims: ['sub', 'exp', 'iat'],
    });
    // `jose` rejects a future `iat` only in combination with a maximum age.
    if ((payload.iat ?? 0) > now.getTime() / 1000 + clockSkewSeconds)
      throw new InvalidIdToken(`the ID token was issued in the future ("iat"): here it is ${now.toISOString()}`);
    return payload;
  } catch (error) {
    if (error instanceof InvalidIdToken) throw error;
    const problem = issuerProblem(error);
    if (problem) throw new InvalidIdToken(problem.why, problem.code, { cause: error });
    const why = claimFault(error, { iss: oidc.issuer, aud: oidc.clientId, now }) ?? keyFault(error);
    throw new InvalidIdToken(why ?? (error instanceof Error ? error.message : 'invalid'));
  }
}

/** Describes a signature that no key of the issuer verifies. Returns null for an error about something else. */
function keyFault(error: unknown): string | null {
  const { JWKSNoMatchingKey, JWSSignatureVerificationFailed } = errors;
  if (error instanceof JWKSNoMatchingKey) return 'the key set of the issuer contains no key for the ID token';
  return error instanceof JWSSignatureVerificationFailed
    ? 'no key of the issuer verifies the signature of the ID token (signature verification failed)'
    : null;
}

/** Values of a claim that mark an address as verified. */
const truths: readonly unknown[] = [true, 1, '1', 'true'];

/**
 * Returns the assertion in validated claims. @throws InvalidIdToken for a tenant or hosted domain of another customer
 */
export function assertionOf({ provider, oidc, jit }: SigningIn, claims: JWTPayload): Assertion {
  checkStorable(claims);
  const { tenantClaim, verifiedClaims = [] } = profileOfIdp(provider).oidc;
  const stable = named(claims, oidc.subjectClaim);
  if (stable === null && isTooLong(claims[oidc.subjectClaim]))
    throw new InvalidIdToken(
      `the claim "${oidc.subjectClaim}" of the ID token is longer than ${longestName} characters`,
    );
  if (stable === null)
    throw new InvalidIdToken(`${whyMissing('ID token', oidc.subjectClaim, claims)}, or change "oidc.subjectClaim"`);
  const tenant = tenantClaim ? named(claims, tenantClaim) : null;
  if (tenantClaim) checkTenant(oidc.issuer, tenantClaim, tenant);
  checkHostedDomain(claims, { oidc, jit }, isSharedIssuer(oidc.issuer));
  const email = named(claims, 'email');
  const verified = claims.email_verified === true || verifiedClaims.some((name) => truths.includes(claims[name]));
  return {
    issuer: oidc.issuer,
    subject: tenant === null ? stable : `${tenant}/${stable}`,
    // A plain `sub` identifies the user at the next sign-in, but it is unrelated to the externalId of the IdP's SCIM
    // client.
    stableId: oidc.subjectClaim === 'sub' ? null : stable,
    email: email?.includes('@') ? email : null,
    emailVerified: email !== null && (verified || jit.vouchesForEmail),
    claims,
    authentication: authenticationIn(claims),
  };
}

function checkTenant(issuer: string, claim: string, tenant: string | null): void {
  if (tenant === null) throw new InvalidIdToken(`the claim "${claim}" is missing`);
  const [pinned] = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i.exec(issuer) ?? [];
  if (pinned && pinned.toLowerCase() !== tenant.toLowerCase())
    throw new InvalidIdToken(`the claim "${claim}" is "${tenant}"; the tenant of the issuer is "${pinned}"`);
}

function checkHostedDomain(
  claims: JWTPayload,
  { oidc, jit }: Pick<SigningIn, 'oidc' | 'jit'>,
  isShared: boolean,
): void {
  const allowed = oidc.hostedDomains.length > 0 ? oidc.hostedDomains : isShared ? jit.allowedDomains : [];
  if (allowed.length === 0 && !isShared) return;
  const domain = named(claims, 'hd')?.toLowerCase();
  if (!domain || !allowed.includes(domain))
    throw new InvalidIdToken(
      `the hosted domain ("hd") is ${domain ? `"${domain}"` : 'missing'}; it must be one of ${allowed.join(', ') || 'oidc.hostedDomains'}`,
    );
}

function checkStorable(claims: JWTPayload): void {
  try {
    checkStorableClaims(claims);
  } catch (error) {
    if (!(error instanceof InvalidClaims)) throw error;
    throw new InvalidIdToken(error.message);
  }
}

/**
 * Checks `auth_time`, a number of seconds (OpenID Connect Core section 2). A value that is not a valid time cannot be
 * passed on.
 */
function checkAuthTime({ auth_time: at }: JWTPayload, now: Date): void {
  if (typeof at !== 'number') return;
  if (at >= 0 && at <= now.getTime() / 1000 + clockSkewSeconds) return;
  throw new InvalidIdToken(`the claim "auth_time" is ${at}, which is not a time in the past`);
}

function authenticationIn(claims: JWTPayload): Assertion['authentication'] {
  const { acr, amr, auth_time: at, sid } = claims;
  return {
    acr: shortText('acr', acr, 256),
    amr: Array.isArray(amr) ? amr.filter((one): one is string => typeof one === 'string').slice(0, 10) : [],
    at: typeof at === 'number' ? new Date(at * 1000) : null,
    idpSession: shortText('sid', sid, 1024),
  };
}

function shortText(claim: string, value: unknown, longest: number): string | null {
  if (typeof value !== 'string') return null;
  if (value.length > longest) throw new InvalidIdToken(`the claim "${claim}" is longer than ${longest} characters`);
  return value;
}

function named(claims: JWTPayload, name: string): string | null {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
  return typeof value === 'string' && value !== '' && !isTooLong(value) ? value : null;
}

/** Maximum length of a subject, address or tenant, in characters. */
const longestName = 1024;
const isTooLong = (value: unknown): boolean => typeof value === 'string' && value.length > longestName;
