import type { JitPolicy } from '../connections/facets.js';
import type { OrganizationStatus } from '../organizations/organization.js';
import type { DeprovisionReason, Origin, UserStatus } from '../users/user.js';
import type { EmailTrust } from './assertion.js';
import type { DenialCode } from './denials.js';

/** An account that the assertion may mean. */
export interface Candidate {
  userId: string;
  status: UserStatus;
  tombstone: boolean;
  /** Which SCIM connection manages it or did: this one, another, or none. */
  scim: 'HERE' | 'ELSEWHERE' | null;
  /** Where it came from. */
  origin: Origin;
  deprovisionReason: DeprovisionReason | null;
  /** Holds an administrative role, or is kept for emergencies. */
  administrative: boolean;
  /** It has another subject on this connection. */
  hasOtherSubject: boolean;
  externalId: string | null;
  /** This connection owns the domain of the address, and the SCIM connection that manages the account does not. */
  managedByStranger: boolean;
  /** A connection that owns the domain of its address has signed in or manages the account, and this one does not own it. */
  ownedElsewhere: boolean;
  /**
   * For a PENDING account: whether its invitation is for this connection, by name or because it names none (`isForAny`),
   * and whether the person has shown its code.
   */
  invitation: { isForThis: boolean; isForAny: boolean; codeShown: boolean } | null;
}

/** Everything that the decision looks at: the gates, who was found by what, and what the policy says of nobody. */
export interface Known {
  organization: OrganizationStatus;
  connection: 'ACTIVE' | 'INACTIVE' | 'DRAFT';
  facet: boolean;
  stableId: string | null;
  trust: EmailTrust;
  hasEmail: boolean;
  /** The domain of the address, or of the subject in its place, is VERIFIED and assigned, and not to this connection. */
  domainOfAnother: boolean;
  /** The domain was assigned to connections that have all been deleted. */
  domainOfNone: boolean;
  /** False when the policy asks for groups and the claims name none of them. */
  hasRequiredGroup: boolean;
  /** The IdP did not send the groups, so the person may be in one all the same. */
  groupsUnknown: boolean;
  bySubject: Candidate | null;
  byStableId: Candidate | null;
  byEmail: Candidate | null;
  policy: {
    mode: JitPolicy['mode'];
    provisionsByScim: boolean;
    domainAllowed: boolean;
    requireVerifiedEmail: boolean;
    reactivateOnSignIn: boolean;
    deprovisionOnGroupLoss: boolean;
    seatFree: boolean;
  };
}

export type Denial = {
  kind: 'deny';
  row: string;
  code: DenialCode;
  userId: string | null;
  /** Whose subject it is was proved all the same, and is kept. */
  links?: boolean;
  /** The account is closed with the denial. */
  closes?: boolean;
  /** The reason, for the event and the request log. */
  why?: string;
  /** An operator may confirm that the account is this person's. */
  asksOperator?: boolean;
};
export type Decision =
  | { kind: 'signIn'; row: string; userId: string }
  | { kind: 'link'; row: string; userId: string }
  | { kind: 'reactivate'; row: string; userId: string }
  | { kind: 'accept'; row: string; userId: string }
  | { kind: 'provision'; row: string }
  | Denial;

const deny = (
  row: string,
  code: DenialCode,
  candidate: Candidate | null = null,
  more: Partial<Denial> = {},
): Denial => ({
  kind: 'deny',
  row,
  code,
  userId: candidate?.userId ?? null,
  ...more,
});

/** Which row of the sign-in table applies. Pure: no clock, no database, so every row is a line in its test. */
export function decide(known: Known): Decision {
  const { bySubject, byStableId, byEmail, policy } = known;
  if (known.organization === 'DISABLED') return deny('A1', 'ORGANIZATION_DISABLED');
  if (known.connection !== 'ACTIVE' || !known.facet) return deny('A2', 'CONNECTION_INACTIVE');
  if (!known.hasRequiredGroup) {
    const closes = bySubject?.status === 'ACTIVE' && policy.deprovisionOnGroupLoss && !known.groupsUnknown;
    return deny('A7', 'GROUP_REQUIRED', bySubject, { closes });
  }
  if (bySubject) return bySubjectItself(bySubject, known);
  if (byStableId) return byStable(byStableId, known);
  return (byEmail && matchedByEmail(byEmail, known)) ?? nobody(known);
}

/** The subject can be from a time when this connection owned the domain of the address. */
function bySubjectItself(candidate: Candidate, known: Known): Decision {
  if (candidate.status === 'ACTIVE' && candidate.ownedElsewhere)
    return deny('B1', 'ACCOUNT_EXISTS', candidate, { why: ofAnother });
  return proved('B1', candidate, known) ?? { kind: 'signIn', row: 'B1', userId: candidate.userId };
}

/** What becomes of an account that the assertion proves to be the person's, when it is not simply open. */
function proved(row: string, candidate: Candidate, { policy }: Known): Decision | null {
  if (candidate.status === 'SUSPENDED') return deny(row, 'USER_SUSPENDED', candidate);
  if (candidate.status === 'PENDING') return { kind: 'accept', row, userId: candidate.userId };
  if (candidate.status !== 'DEPROVISIONED') return null;
  const isDormant = candidate.deprovisionReason === 'DORMANT' && candidate.scim === null && !candidate.tombstone;
  if (!isDormant || !policy.reactivateOnSignIn) return deny(row, 'USER_DEPROVISIONED', candidate);
  if (!policy.seatFree) return deny(row, 'SEAT_LIMIT_REACHED', candidate);
  return { kind: 'reactivate', row, userId: candidate.userId };
}

function byStable(candidate: Candidate, known: Known): Decision {
  if (candidate.status !== 'DEPROVISIONED' && candidate.hasOtherSubject) return deny('B2', 'ACCOUNT_EXISTS', candidate);
  if (candidate.status === 'ACTIVE' && candidate.ownedElsewhere)
    return deny('B2', 'ACCOUNT_EXISTS', candidate, { why: ofAnother });
  // A blocked person's sign-in still tells whose subject it is.
  if (candidate.status === 'SUSPENDED')
    return deny('B2', 'USER_SUSPENDED', candidate, {
      links: candidate.scim === 'HERE' && !candidate.ownedElsewhere,
    });
  const isOurs = candidate.scim === null && isGiven(candidate);
  if (isOurs && candidate.administrative && candidate.status === 'ACTIVE') {
    return deny('B2', 'LINK_CONFIRMATION_REQUIRED', candidate, { asksOperator: true });
  }
  return proved('B2', candidate, known) ?? { kind: 'link', row: 'B2', userId: candidate.userId };
}

const ofAnother = 'the domain of the address is verified and assigned to another connection';
const ofNone =
  'the domain of the address is verified, and the connection that it was assigned to has been deleted: assign it to this one';

/** Made by the application, which alone can say whose it is. */
const isGiven = ({ origin }: Candidate): boolean => origin === 'API' || origin === 'IMPORT';

/** Part C's columns for e-mail. Null when the account is no obstacle and nobody is found. */
function matchedByEmail(candidate: Candidate, known: Known): Decision | null {
  const { scim, tombstone } = candidate;
  const row = scim === 'HERE' ? 'B3' : 'B4';
  const contradicts =
    known.stableId !== null && candidate.externalId !== null && known.stableId !== candidate.externalId;
  if (candidate.status === 'PENDING') return invited(candidate, known);
  // A recycled address: the stable claim proves another person, who inherits nothing.
  if (tombstone && contradicts) return null;
  // An unverified address proves nothing about a tombstone that another connection left.
  if (tombstone && known.trust === 'T0' && scim !== 'HERE') return null;
  if (candidate.status === 'DEPROVISIONED') return closed(row, candidate, known);
  if (known.trust === 'T0') return deny(row, 'ACCOUNT_EXISTS', candidate);
  if (contradicts) return deny(row, 'ACCOUNT_EXISTS', candidate);
  if (candidate.status === 'SUSPENDED') return deny(row, 'USER_SUSPENDED', candidate);
  if (candidate.hasOtherSubject) return deny(row, 'ACCOUNT_EXISTS', candidate);
  if (candidate.ownedElsewhere && scim === 'HERE' && known.trust === 'T1')
    return deny(row, 'ACCOUNT_EXISTS', candidate, { why: ofAnother });
  if (scim === 'HERE') return { kind: 'link', row, userId: candidate.userId };
  return fromElsewhere(candidate, known.trust);
}

/** Part C's row of the invited: the guest's way in. */
function invited(candidate: Candidate, { trust, policy, domainOfAnother }: Known): Decision {
  const { isForThis = false, isForAny = false, codeShown = false } = candidate.invitation ?? {};
  // An invitation that names no connection is not accepted on the word of one that does not own the domain.
  const needsCode = isForAny && (domainOfAnother || candidate.administrative);
  const isProved = trust === 'T2' || (trust === 'T1' && isForThis && !needsCode) || codeShown;
  if (!isProved) return deny('B5', 'INVITATION_CODE_REQUIRED', candidate);
  if (!policy.seatFree) return deny('B5', 'SEAT_LIMIT_REACHED', candidate);
  return { kind: 'accept', row: 'B5', userId: candidate.userId };
}

function closed(row: string, candidate: Candidate, { trust }: Known): Decision {
  const foreign = candidate.scim === 'ELSEWHERE' && trust === 'T0';
  return deny(row, foreign ? 'ACCOUNT_EXISTS' : 'USER_DEPROVISIONED', candidate);
}

function fromElsewhere(candidate: Candidate, trust: EmailTrust): Decision {
  const ours = candidate.scim === null && isGiven(candidate);
  if (ours && (candidate.administrative || trust === 'T1')) {
    return deny('B4', 'LINK_CONFIRMATION_REQUIRED', candidate, { asksOperator: true });
  }
  if (trust === 'T1' || candidate.administrative) return deny('B4', 'ACCOUNT_EXISTS', candidate);
  if (candidate.managedByStranger) {
    const why = 'another connection manages the account, and the domain of the address is not assigned to it';
    return deny('B4', 'LINK_CONFIRMATION_REQUIRED', candidate, { asksOperator: true, why });
  }
  return { kind: 'link', row: 'B4', userId: candidate.userId };
}

/** Part D. */
function nobody({ policy, trust, hasEmail, domainOfAnother, domainOfNone }: Known): Decision {
  if (policy.mode === 'DISABLED') return deny('D1', 'NOT_PROVISIONED');
  if (policy.mode === 'UNLESS_SCIM' && policy.provisionsByScim) return deny('D2', 'NOT_PROVISIONED');
  if (policy.mode === 'INVITED') return deny('D3', 'INVITATION_REQUIRED');
  if (domainOfAnother) return deny('D4', 'DOMAIN_NOT_ALLOWED', null, { why: domainOfNone ? ofNone : ofAnother });
  if (hasEmail && !policy.domainAllowed) return deny('D4', 'DOMAIN_NOT_ALLOWED');
  if (trust === 'T0' && policy.requireVerifiedEmail) return deny('D5', 'EMAIL_UNVERIFIED');
  if (!hasEmail && !policy.domainAllowed) return deny('D4', 'DOMAIN_NOT_ALLOWED');
  if (!policy.seatFree) return deny('D6', 'SEAT_LIMIT_REACHED');
  return { kind: 'provision', row: 'D7' };
}
