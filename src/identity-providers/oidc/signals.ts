import type { JWTPayload } from 'jose';
import type { Connection } from '../../directory/connections/connection.js';
import type { Signal, SignalKind } from '../../directory/sign-in/end-by-signal.js';
import { clockSkewSeconds, daySeconds } from '../../kernel/durations.js';
import { isObject } from '../../kernel/json.js';
import type { Issuers } from './issuers.js';
import { checkStorableClaims, InvalidClaims } from './storable-claims.js';
import { kindOf } from './token-kind.js';

/** A message that ends sessions was rejected; `code` is an error code of RFC 8935. */
export class InvalidSignal extends Error {
  constructor(
    readonly code: 'invalid_request' | 'invalid_key' | 'invalid_issuer' | 'invalid_audience' | 'authentication_failed',
    message: string,
  ) {
    super(message);
  }
}

const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
/** Seconds for which a message is remembered, and therefore its maximum age. */
const longestSeconds = daySeconds;

/** The verified claims of a message from the IdP, and the id by which a repetition is detected. */
export interface Verified {
  claims: JWTPayload;
  once: { id: string; until: Date };
}

/** Returns the issuer whose messages the connection accepts. @throws InvalidSignal if it has none */
export function issuerOf({ signalsIssuer, oidc }: Pick<Connection, 'signalsIssuer' | 'oidc'>): string {
  const issuer = signalsIssuer ?? oidc?.issuer;
  if (!issuer)
    throw new InvalidSignal('invalid_issuer', 'Set "signalsIssuer" of the connection to accept its messages.');
  return issuer;
}

/** Verifies a token of the connection's IdP for one of these audiences. @throws InvalidSignal */
export async function verifySignal(
  issuers: Issuers,
  connection: Pick<Connection, 'signalsIssuer' | 'oidc'>,
  { token, audience, now }: { token: string; audience: string[]; now: Date },
): Promise<Verified> {
  const issuer = issuerOf(connection);
  try {
    const payload = await issuers.verify(issuer, token, {
      issuer,
      audience,
      algorithms,
      clockTolerance: clockSkewSeconds,
      currentDate: now,
      maxTokenAge: longestSeconds,
      requiredClaims: ['jti', 'iat'],
    });
    checkStorableClaims(payload);
    const { jti } = payload;
    if (typeof jti !== 'string' || jti === '') throw new InvalidClaims('the claim "jti" is not a text');
    const until = new Date(((payload.iat ?? 0) + longestSeconds + 2 * clockSkewSeconds) * 1000);
    return { claims: payload, once: { id: `signal ${issuer} ${jti}`, until } };
  } catch (error) {
    if (error instanceof InvalidClaims)
      throw new InvalidSignal('invalid_request', `The token cannot be read: ${error.message}.`);
    const claim = (error as { claim?: string }).claim;
    if (claim === 'iss') throw new InvalidSignal('invalid_issuer', 'The token is from another issuer.');
    if (claim === 'aud') throw new InvalidSignal('invalid_audience', 'The token is meant for another audience.');
    throw new InvalidSignal('invalid_key', 'The token is not signed by the issuer, has expired, or lacks a claim.');
  }
}

const revocation = 'global-token-revocation+jwt';

/**
 * Checks that a verified token is a credential of Global Token Revocation, and not another kind of token from the same
 * issuer (RFC 8725 section 3.12). Its audience must be the endpoint, or its type the one of such tokens.
 *
 * @throws InvalidSignal
 */
export function checkRevocation(token: string, claims: JWTPayload, address: string): void {
  const kind = kindOf(token);
  const isOther = (kind !== null && kind !== revocation) || claims.nonce !== undefined || claims.events !== undefined;
  if (isOther) throw new InvalidSignal('authentication_failed', 'The token has another type.');
  if (kind === null && ![claims.aud].flat().includes(address))
    throw new InvalidSignal('invalid_audience', `The audience of the token must be "${address}".`);
}

const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout';

/** Reads a logout token (OpenID Connect Back-Channel Logout section 2.6). @throws InvalidSignal */
export function logoutIn(connection: Pick<Connection, 'signalsIssuer' | 'oidc'>, claims: JWTPayload): Signal {
  const { events, sub, sid, nonce } = claims;
  const isLogout = isObject(events) && isObject(events[logoutEvent]);
  if (!isLogout || nonce !== undefined || (sub === undefined && typeof sid !== 'string')) {
    throw new InvalidSignal('invalid_request', 'The token is not a logout token.');
  }
  // RFC 7519 section 4.1.2. The library declares this type but does not check it.
  if (sub !== undefined && typeof sub !== 'string')
    throw new InvalidSignal('invalid_request', 'The claim "sub" must be a string.');
  return {
    signal: 'backchannel-logout',
    issuer: issuerOf(connection),
    subjects: sub === undefined ? [] : [sub],
    idpSessions: typeof sid === 'string' ? [sid] : null,
    email: null,
  };
}

/** Supported events of CAEP 1.0 and RISC 1.0. Other events are acknowledged and have no effect. */
const kinds: Record<string, SignalKind> = {
  'https://schemas.openid.net/secevent/caep/event-type/session-revoked': 'session-revoked',
  'https://schemas.openid.net/secevent/caep/event-type/credential-change': 'credential-change',
  'https://schemas.openid.net/secevent/risc/event-type/account-disabled': 'account-disabled',
  'https://schemas.openid.net/secevent/risc/event-type/account-purged': 'account-disabled',
  'https://schemas.openid.net/secevent/risc/event-type/account-enabled': 'account-enabled',
  'https://schemas.openid.net/secevent/risc/event-type/sessions-revoked': 'session-revoked',
  'https://schemas.openid.net/secevent/risc/event-type/credential-compromise': 'credential-change',
};

/**
 * Returns the supported events of a security event token (RFC 8417), each with its subject. @throws InvalidSignal for
 * an ID token
 */
export function signalsIn(connection: Pick<Connection, 'signalsIssuer' | 'oidc'>, claims: JWTPayload): Signal[] {
  if (claims.nonce !== undefined)
    throw new InvalidSignal('invalid_request', 'The token is not a security event token.');
  const events = isObject(claims.events) ? claims.events : {};
  return Object.entries(events).flatMap(([type, event]) => {
    const signal = kinds[type];
    if (!signal) return [];
    const inner = isObject(event) ? event.subject : undefined;
    const subject = subjectIn(
      claims.sub_id ?? inner ?? (claims.sub ? { format: 'iss_sub', sub: claims.sub } : undefined),
    );
    return [{ signal, issuer: issuerOf(connection), ...subject }];
  });
}

/** Reads a subject identifier (RFC 9493), or a complex one that contains a user. */
export function subjectIn(value: unknown): Pick<Signal, 'subjects' | 'idpSessions' | 'email'> {
  const subject = isObject(value) && isObject(value.user) ? value.user : value;
  const session = isObject(value) && isObject(value.session) ? value.session : null;
  const text = (name: string) => (isObject(subject) && typeof subject[name] === 'string' ? subject[name] : null);
  return {
    subjects: [text('sub'), text('id')].filter((one) => one !== null),
    idpSessions: session && typeof session.id === 'string' ? [session.id] : null,
    email: text('email'),
  };
}
