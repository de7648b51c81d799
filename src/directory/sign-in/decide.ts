import type { OrganizationStatus } from '../organizations/organization.js';
import type { UserStatus } from '../users/user.js';
import type { EmailTrust } from './assertion.js';

export type DenialCode =
  | 'ORGANIZATION_DISABLED'
  | 'CONNECTION_INACTIVE'
  | 'ASSERTION_INVALID'
  | 'USER_SUSPENDED'
  | 'USER_DEPROVISIONED'
  | 'ACCOUNT_EXISTS'
  | 'LINK_CONFIRMATION_REQUIRED'
  | 'NOT_PROVISIONED'
  | 'DOMAIN_NOT_ALLOWED'
  | 'EMAIL_UNVERIFIED';

/** An account that the assertion may mean. */
export interface Candidate {
  userId: string;
  status: UserStatus;
  tombstone: boolean;
  /** Which SCIM connection manages it or did: this one, another, or none. */
  scim: 'HERE' | 'ELSEWHERE' | null;
  /** By which connection's sign-in it came, for accounts that no SCIM connection manages. */
  origin: 'SCIM' | 'JIT' | 'API';
  administrative: boolean;
  /** It has another subject on this connection. */
  hasOtherSubject: boolean;
  externalId: string | null;
}

/** Everything that the decision looks at: the gates, who was found by what, and what the policy says of nobody. */
export interface Known {
  organization: OrganizationStatus;
  connection: 'ACTIVE' | 'INACTIVE' | 'DRAFT';
  facet: boolean;
  stableId: string | null;
  trust: EmailTrust;
  hasEmail: boolean;
  bySubject: Candidate | null;
  byStableId: Candidate | null;
  byEmail: Candidate | null;
  policy: {
    mode: 'ENABLED' | 'UNLESS_SCIM' | 'DISABLED';
    provisionsByScim: boolean;
    domainAllowed: boolean;
    requireVerifiedEmail: boolean;
  };
}

export type Decision =
  | { kind: 'signIn'; row: string; userId: string }
  | { kind: 'link'; row: string; userId: string }
  | { kind: 'provision'; row: string }
  | { kind: 'deny'; row: string; code: DenialCode; userId: string | null };

const deny = (row: string, code: DenialCode, candidate: Candidate | null = null): Decision => ({
  kind: 'deny',
  row,
  code,
  userId: candidate?.userId ?? null,
});

/** Which row of the sign-in table applies. Pure: no clock, no database, so every row is a line in its test. */
export function decide(known: Known): Decision {
  if (known.organization === 'DISABLED') return deny('A1', 'ORGANIZATION_DISABLED');
  if (known.connection !== 'ACTIVE' || !known.facet) return deny('A2', 'CONNECTION_INACTIVE');
  const { bySubject, byStableId, byEmail } = known;
  if (bySubject) return enter('B1', bySubject) ?? { kind: 'signIn', row: 'B1', userId: bySubject.userId };
  if (byStableId) return byStable(byStableId);
  return (byEmail && matchedByEmail(byEmail, known)) ?? nobody(known);
}

/** Why somebody who was found may not come in; null when nothing is in the way. */
function enter(row: string, candidate: Candidate): Decision | null {
  if (candidate.status === 'DEPROVISIONED') return deny(row, 'USER_DEPROVISIONED', candidate);
  return candidate.status === 'SUSPENDED' ? deny(row, 'USER_SUSPENDED', candidate) : null;
}

function byStable(candidate: Candidate): Decision {
  if (candidate.status === 'DEPROVISIONED') return deny('B2', 'USER_DEPROVISIONED', candidate);
  if (candidate.hasOtherSubject) return deny('B2', 'ACCOUNT_EXISTS', candidate);
  // A blocked person's sign-in still tells whose subject it is.
  return enter('B2', candidate) ?? { kind: 'link', row: 'B2', userId: candidate.userId };
}

/** Part C's columns for e-mail. Null when the account is no obstacle and nobody is found. */
function matchedByEmail(candidate: Candidate, known: Known): Decision | null {
  const { scim, tombstone } = candidate;
  const row = scim === 'HERE' ? 'B3' : 'B4';
  const contradicts =
    known.stableId !== null && candidate.externalId !== null && known.stableId !== candidate.externalId;
  // A recycled address: the stable claim proves another person, who inherits nothing.
  if (tombstone && contradicts) return null;
  // An unverified address proves nothing about a tombstone that another connection left.
  if (tombstone && known.trust === 'T0' && scim !== 'HERE') return null;
  if (candidate.status === 'DEPROVISIONED') return closed(row, candidate, known);
  if (known.trust === 'T0') return deny(row, 'ACCOUNT_EXISTS', candidate);
  if (candidate.status === 'SUSPENDED') return deny(row, 'USER_SUSPENDED', candidate);
  if (contradicts || candidate.hasOtherSubject) return deny(row, 'ACCOUNT_EXISTS', candidate);
  if (scim === 'HERE') return { kind: 'link', row, userId: candidate.userId };
  return fromElsewhere(candidate, known.trust);
}

function closed(row: string, candidate: Candidate, { trust }: Known): Decision {
  const foreign = candidate.scim === 'ELSEWHERE' && trust === 'T0';
  return deny(row, foreign ? 'ACCOUNT_EXISTS' : 'USER_DEPROVISIONED', candidate);
}

function fromElsewhere(candidate: Candidate, trust: EmailTrust): Decision {
  const ours = candidate.scim === null && candidate.origin === 'API';
  if (ours && (candidate.administrative || trust === 'T1')) return deny('B4', 'LINK_CONFIRMATION_REQUIRED', candidate);
  if (trust === 'T1' || candidate.administrative) return deny('B4', 'ACCOUNT_EXISTS', candidate);
  return { kind: 'link', row: 'B4', userId: candidate.userId };
}

/** Part D. */
function nobody({ policy, trust, hasEmail }: Known): Decision {
  if (policy.mode === 'DISABLED') return deny('D1', 'NOT_PROVISIONED');
  if (policy.mode === 'UNLESS_SCIM' && policy.provisionsByScim) return deny('D2', 'NOT_PROVISIONED');
  if (hasEmail && !policy.domainAllowed) return deny('D3', 'DOMAIN_NOT_ALLOWED');
  if (trust === 'T0' && policy.requireVerifiedEmail) return deny('D4', 'EMAIL_UNVERIFIED');
  if (!hasEmail && !policy.domainAllowed) return deny('D3', 'DOMAIN_NOT_ALLOWED');
  return { kind: 'provision', row: 'D5' };
}

/** What each denial tells the person. */
export const denials = {
  ORGANIZATION_DISABLED: 'Your organization is switched off in this application. Ask the vendor of the application.',
  CONNECTION_INACTIVE: 'Sign-in through this identity provider is switched off. Ask your administrator.',
  ASSERTION_INVALID: 'The identity provider sent a sign-in that cannot be accepted. Try again from the start.',
  USER_SUSPENDED: 'Your account is suspended in this application. Ask the administrator of the application.',
  USER_DEPROVISIONED: 'Your account has been closed. Ask your administrator to assign the application to you again.',
  ACCOUNT_EXISTS:
    'An account with your e-mail address exists and could not be proved to be yours. Ask your administrator.',
  LINK_CONFIRMATION_REQUIRED:
    'An account with your e-mail address exists. An administrator has to confirm that it is yours.',
  NOT_PROVISIONED: 'You have no account yet. Ask your administrator to assign the application to you.',
  DOMAIN_NOT_ALLOWED: 'Addresses of your e-mail domain cannot sign in here. Ask your administrator.',
  EMAIL_UNVERIFIED: 'Your identity provider does not confirm your e-mail address. Verify it there and try again.',
} as const satisfies Record<DenialCode, string>;
