import type { UserId } from '../../kernel/ids.js';
import type { EmailTrust } from './assertion.js';
import type { DenialCode } from './denials.js';
import type { Candidate, Known } from './known.js';
import type { MissingStep } from './missing-steps.js';
import type { DecisionRow } from './rows.js';

export type Denial = {
  kind: 'deny';
  row: DecisionRow;
  code: DenialCode;
  userId: UserId | null;
  /** True if the subject is proved to belong to the account although sign-in is denied; the subject is stored. */
  links?: boolean;
  /** True if the account is closed together with the denial. */
  closes?: boolean;
  /** The reason, for the event and the request log. */
  why?: string;
  /** The steps that the administrator has to do, in this order: everything that still prevents the sign-in. */
  steps?: readonly MissingStep[];
  /** The steps as text, with the ids and complete lists of this organization. */
  advice?: string | null;
  /** True if an operator can confirm that the account belongs to this user. */
  asksOperator?: boolean;
};
export type Decision =
  | { kind: 'signIn'; row: DecisionRow; userId: UserId }
  | { kind: 'link'; row: DecisionRow; userId: UserId }
  | { kind: 'reactivate'; row: DecisionRow; userId: UserId }
  | { kind: 'accept'; row: DecisionRow; userId: UserId }
  | { kind: 'provision'; row: DecisionRow }
  | Denial;

const deny = (
  row: DecisionRow,
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

/**
 * Returns the row of the sign-in table that applies. A pure function without clock and database: the test has one case
 * for each row.
 */
export function decide(known: Known): Decision {
  const { bySubject, byStableId, byEmail, policy } = known;
  if (known.organization === 'DISABLED') return deny('A1', 'ORGANIZATION_DISABLED');
  if (known.connection !== 'ACTIVE' || !known.facet) return deny('A2', 'CONNECTION_INACTIVE', null, switchedOff(known));
  if (!known.hasRequiredGroup) {
    const closes = bySubject?.status === 'ACTIVE' && policy.deprovisionOnGroupLoss && !known.groupsUnknown;
    const closed = { status: 'DEPROVISIONED', deprovisionReason: 'SIGN_IN_GROUP_LOST' } as const;
    const after = decide({
      ...known,
      hasRequiredGroup: true,
      bySubject: bySubject && { ...bySubject, ...(closes && closed) },
    });
    return deny('A7', 'GROUP_REQUIRED', bySubject, { closes, steps: ['JOIN_GROUP', ...stepsOf(after)] });
  }
  if (bySubject) return bySubjectItself(bySubject, known);
  if (byStableId) return byStable(byStableId, known);
  return (byEmail && matchedByEmail(byEmail, known)) ?? nobody(known);
}

const stepsOf = (decision: Decision | null): readonly MissingStep[] =>
  decision?.kind === 'deny' ? (decision.steps ?? []) : [];

function switchedOff({ connection, facet }: Known): { steps: MissingStep[] } {
  return {
    steps: [
      ...(connection === 'ACTIVE' ? [] : (['ACTIVATE'] as const)),
      ...(facet ? [] : (['ENABLE_SIGN_IN'] as const)),
    ],
  };
}

/**
 * Decides about an account that was found by its subject. The subject can be from a time when this connection owned the
 * domain of the address.
 */
function bySubjectItself(candidate: Candidate, known: Known): Decision {
  if (candidate.status === 'ACTIVE' && candidate.ownedElsewhere)
    return deny('B1', 'ACCOUNT_EXISTS', candidate, { why: ofAnother, steps: ['OWN_DOMAIN'] });
  return proved('B1', candidate, known, bySubjectItself) ?? { kind: 'signIn', row: 'B1', userId: candidate.userId };
}

type Match = (candidate: Candidate, known: Known) => Decision | null;

/**
 * Decides about an account that the assertion proves to be the user's and that is not simply ACTIVE. `match` is the
 * rule that finds it once it is ACTIVE again.
 */
function proved(row: DecisionRow, candidate: Candidate, known: Known, match: Match): Decision | null {
  const { policy } = known;
  if (candidate.status === 'SUSPENDED') return deny(row, 'USER_SUSPENDED', candidate, { steps: ['UNSUSPEND'] });
  if (candidate.status === 'PENDING') return { kind: 'accept', row, userId: candidate.userId };
  if (candidate.status !== 'DEPROVISIONED') return null;
  const isDormant = candidate.deprovisionReason === 'DORMANT' && candidate.scim === null && !candidate.tombstone;
  if (!isDormant) return deny(row, 'USER_DEPROVISIONED', candidate, reopening(candidate, known, match));
  if (!policy.reactivateOnSignIn)
    return deny(row, 'USER_DEPROVISIONED', candidate, { steps: ['REACTIVATE_ON_SIGN_IN'] });
  if (!policy.seatFree) return deny(row, 'SEAT_LIMIT_REACHED', candidate, { steps: ['FREE_SEAT'] });
  return { kind: 'reactivate', row, userId: candidate.userId };
}

function byStable(candidate: Candidate, known: Known): Decision {
  if (candidate.status !== 'DEPROVISIONED' && candidate.hasOtherSubject)
    return deny('B2', 'ACCOUNT_EXISTS', candidate, { steps: ['SAME_SUBJECT'] });
  if (candidate.status === 'ACTIVE' && candidate.ownedElsewhere)
    return deny('B2', 'ACCOUNT_EXISTS', candidate, { why: ofAnother, steps: ['OWN_DOMAIN'] });
  // Store the subject of a suspended user too: the sign-in has proved it.
  if (candidate.status === 'SUSPENDED')
    return deny('B2', 'USER_SUSPENDED', candidate, {
      links: candidate.scim === 'HERE' && !candidate.ownedElsewhere,
      steps: ['UNSUSPEND'],
    });
  const isOurs = candidate.scim === null && isGiven(candidate);
  if (isOurs && candidate.administrative && candidate.status === 'ACTIVE') {
    return deny('B2', 'LINK_CONFIRMATION_REQUIRED', candidate, { asksOperator: true, steps: ['CONFIRM_LINK'] });
  }
  return proved('B2', candidate, known, byStable) ?? { kind: 'link', row: 'B2', userId: candidate.userId };
}

const ofAnother = 'the domain of the address is verified and assigned to another connection';
const ofNone = 'the domain of the address is verified, and the connection that it was assigned to has been deleted';

/** Returns true if the application created the account. Only the application can then say to whom it belongs. */
const isGiven = ({ origin }: Candidate): boolean => origin === 'API' || origin === 'IMPORT';

/**
 * Decides about an account that was found by its email address (rows B3 to B5). Returns null if the account does not
 * prevent a new one and no account matches.
 */
function matchedByEmail(candidate: Candidate, known: Known): Decision | null {
  const { scim, tombstone } = candidate;
  const row = scim === 'HERE' ? 'B3' : 'B4';
  const contradicts =
    known.stableId !== null && candidate.externalId !== null && known.stableId !== candidate.externalId;
  if (candidate.status === 'PENDING') return invited(candidate, known);
  // A reassigned address: the stable id proves another user, who inherits nothing.
  if (tombstone && contradicts) return null;
  // An unverified address proves nothing about a tombstone of another connection.
  if (tombstone && known.trust === 'T0' && scim !== 'HERE') return null;
  if (candidate.status === 'DEPROVISIONED') return closed(row, candidate, known);
  // A matching subject or stable id needs no address, so this step precedes the step for the address.
  if (contradicts) return deny(row, 'ACCOUNT_EXISTS', candidate, { steps: ['SAME_STABLE_ID'] });
  const isSuspended = candidate.status === 'SUSPENDED' && known.trust !== 'T0';
  if (isSuspended) return deny(row, 'USER_SUSPENDED', candidate, { steps: ['UNSUSPEND'] });
  if (candidate.hasOtherSubject) return deny(row, 'ACCOUNT_EXISTS', candidate, { steps: ['SAME_SUBJECT'] });
  if (known.trust === 'T0') {
    const verified = matchedByEmail(candidate, { ...known, trust: known.ownsDomain ? 'T2' : 'T1' });
    return deny(row, 'ACCOUNT_EXISTS', candidate, { steps: ['VERIFY_EMAIL', ...stepsOf(verified)] });
  }
  if (candidate.ownedElsewhere && scim === 'HERE' && known.trust === 'T1')
    return deny(row, 'ACCOUNT_EXISTS', candidate, { why: ofAnother, steps: ['OWN_DOMAIN'] });
  if (scim === 'HERE') return { kind: 'link', row, userId: candidate.userId };
  return fromElsewhere(candidate, known.trust);
}

/** Decides about an account with a pending invitation (row B5). */
function invited(candidate: Candidate, { trust, policy, domainOfAnother }: Known): Decision {
  const { isForThis = false, isForAny = false, codeShown = false } = candidate.invitation ?? {};
  // An invitation that names no connection needs its code if another connection owns the domain, or if the account is
  // administrative.
  const needsCode = isForAny && (domainOfAnother || candidate.administrative);
  const isProved = trust === 'T2' || (trust === 'T1' && isForThis && !needsCode) || codeShown;
  if (!isProved) return deny('B5', 'INVITATION_CODE_REQUIRED', candidate);
  if (!policy.seatFree) return deny('B5', 'SEAT_LIMIT_REACHED', candidate);
  return { kind: 'accept', row: 'B5', userId: candidate.userId };
}

function closed(row: DecisionRow, candidate: Candidate, known: Known): Decision {
  const foreign = candidate.scim === 'ELSEWHERE' && known.trust === 'T0';
  const code = foreign ? 'ACCOUNT_EXISTS' : 'USER_DEPROVISIONED';
  return deny(row, code, candidate, reopening(candidate, known, matchedByEmail));
}

/**
 * Returns the step that reopens a closed account, followed by the steps that the sign-in needs after that. Only an
 * account that SCIM has closed can be reopened at the IdP.
 */
function reopening(candidate: Candidate, known: Known, match: Match): { steps: MissingStep[] } {
  const { scim, deprovisionReason: reason } = candidate;
  const byScim = scim !== null && (reason === 'IDP_DEACTIVATED' || reason === 'IDP_DELETED');
  const open = match({ ...candidate, status: 'ACTIVE', tombstone: false }, known);
  return { steps: [byScim ? 'ASSIGN_AT_IDP' : 'REACTIVATE', ...stepsOf(open)] };
}

function fromElsewhere(candidate: Candidate, trust: EmailTrust): Decision {
  const ours = candidate.scim === null && isGiven(candidate);
  if (ours && (candidate.administrative || trust === 'T1')) {
    return deny('B4', 'LINK_CONFIRMATION_REQUIRED', candidate, { asksOperator: true, steps: ['CONFIRM_LINK'] });
  }
  if (candidate.administrative) {
    const steps = [
      'LIFT_PROTECTION',
      ...stepsOf(fromElsewhere({ ...candidate, administrative: false }, trust)),
    ] as const;
    return deny('B4', 'ACCOUNT_EXISTS', candidate, { steps });
  }
  if (trust === 'T1') return deny('B4', 'ACCOUNT_EXISTS', candidate, { steps: ['OWN_DOMAIN'] });
  if (candidate.managedByStranger) {
    const why = 'another connection manages the account, and the domain of the address is not assigned to it';
    return deny('B4', 'LINK_CONFIRMATION_REQUIRED', candidate, { asksOperator: true, why, steps: ['CONFIRM_LINK'] });
  }
  return { kind: 'link', row: 'B4', userId: candidate.userId };
}

/** Decides about a user without a matching account (rows D1 to D7). */
function nobody(known: Known): Decision {
  const { policy } = known;
  const gates = gatesOfNewUser(known);
  const steps = gates.flatMap((gate) => gate.steps ?? []);
  const also: MissingStep[] = steps.length > 0 ? ['WITH_ENABLED', ...steps] : [];
  if (policy.mode === 'DISABLED') {
    const step = policy.provisionsByScim ? 'ASSIGN_OR_ENABLE' : 'ENABLE_JIT_OR_SCIM';
    return deny('D1', 'NOT_PROVISIONED', null, { steps: [step, ...also] });
  }
  if (policy.mode === 'UNLESS_SCIM' && policy.provisionsByScim)
    return deny('D2', 'NOT_PROVISIONED', null, { steps: ['ASSIGN_OR_ENABLE', ...also] });
  if (policy.mode === 'INVITED') return deny('D3', 'INVITATION_REQUIRED', null, { steps: ['INVITE'] });
  const [first] = gates;
  return first ? { ...first, steps } : { kind: 'provision', row: 'D7' };
}

/** Returns all reasons that prevent a new user, in the order in which they are reported. */
function gatesOfNewUser({ policy, trust, hasEmail, domainOfAnother, domainOfNone }: Known): Denial[] {
  const isUnverified = trust === 'T0' && policy.requireVerifiedEmail;
  const gates: (Denial | false)[] = [
    domainOfAnother &&
      deny('D4', 'DOMAIN_NOT_ALLOWED', null, { why: domainOfNone ? ofNone : ofAnother, steps: ['OWN_DOMAIN'] }),
    hasEmail && !policy.domainAllowed && deny('D4', 'DOMAIN_NOT_ALLOWED', null, { steps: ['ALLOW_DOMAIN'] }),
    isUnverified && deny('D5', 'EMAIL_UNVERIFIED', null, { steps: ['SEND_VERIFIED_EMAIL'] }),
    !hasEmail &&
      !policy.domainAllowed &&
      deny('D4', 'DOMAIN_NOT_ALLOWED', null, { steps: isUnverified ? [] : ['SEND_EMAIL'] }),
    !policy.seatFree && deny('D6', 'SEAT_LIMIT_REACHED', null, { steps: ['FREE_SEAT'] }),
  ];
  return gates.filter((gate) => gate !== false);
}
