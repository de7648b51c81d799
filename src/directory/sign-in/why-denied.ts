import { storableText } from '../../kernel/text.js';
import type { Connection } from '../connections/connection.js';
import type { Assertion } from './assertion.js';
import type { Denial } from './decide.js';
import { whyNoGroups } from './groups-in-claims.js';
import { whyMissing } from './missing-claims.js';

const maxLength = 1_000;

/** Returns the reason, including any quoted text, in a form that can be stored. */
export const storable = (why: string): string => storableText(why, maxLength).replace(/\p{Cc}/gu, '\uFFFD');

/**
 * Returns for the administrator what to change at the IdP if the denial code does not describe it. Names of claims are
 * quoted, their values are not: the reason becomes part of an event.
 */
export function whyDenied(denial: Denial, connection: Connection, assertion: Assertion): string | null {
  if (denial.code === 'GROUP_REQUIRED') return whyNotInGroup(connection, assertion);
  const isUnverified = denial.steps?.[0] === 'VERIFY_EMAIL';
  if (denial.code === 'EMAIL_UNVERIFIED' || isUnverified) return whyUnverified(connection, assertion);
  return null;
}

function whyNotInGroup({ jit }: Connection, assertion: Assertion): string {
  const reason = whyNoGroups(assertion, jit.groupsClaim);
  if (reason !== null) return `whether the user is in a required group is unknown: ${reason}`;
  return `no group in the claim "${jit.groupsClaim}" is one of "requiredGroups" (the comparison is case-sensitive)`;
}

function whyUnverified({ jit, saml }: Connection, { email, claims }: Assertion): string {
  if (email === null) {
    const isSent = typeof claims.email === 'string' && claims.email.trim() !== '';
    if (isSent) return `the ${saml ? 'attribute' : 'claim'} "email" is not an email address`;
    return whyMissing(saml ? 'assertion' : 'ID token', 'email', claims);
  }
  if (saml) return 'the connection does not trust the addresses of this IdP: "trustsEmail" is off';
  const verified = claims.email_verified;
  const cause = verified === undefined ? 'is missing' : `is ${JSON.stringify(verified)?.slice(0, 50)}`;
  return `the claim "email_verified" ${cause}, and ${jit.vouchesForEmail ? 'the address is empty' : '"trustsEmail" is off'}`;
}
