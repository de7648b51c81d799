import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decide } from '../../src/directory/sign-in/decide.js';
import type { Candidate, Known } from '../../src/directory/sign-in/known.js';
import { newId } from '../../src/kernel/ids.js';

const userId = newId('user');
const candidate = (more: Partial<Candidate> = {}): Candidate => ({
  userId,
  status: 'ACTIVE',
  tombstone: false,
  scim: 'HERE',
  origin: 'SCIM',
  administrative: false,
  hasOtherSubject: false,
  externalId: null,
  managedByStranger: false,
  ownedElsewhere: false,
  deprovisionReason: null,
  invitation: null,
  ...more,
});
const known = (more: Partial<Known> = {}): Known => ({
  organization: 'ACTIVE',
  connection: 'ACTIVE',
  facet: true,
  stableId: null,
  trust: 'T2',
  hasEmail: true,
  ownsDomain: true,
  domainOfAnother: false,
  domainOfNone: false,
  bySubject: null,
  byStableId: null,
  byEmail: null,
  hasRequiredGroup: true,
  groupsUnknown: false,
  policy: {
    mode: 'ENABLED',
    provisionsByScim: false,
    domainAllowed: true,
    requireVerifiedEmail: true,
    reactivateOnSignIn: false,
    deprovisionOnGroupLoss: false,
    seatFree: true,
  },
  ...more,
});
const outcome = (more: Partial<Known>) => {
  const decision = decide(known(more));
  return decision.kind === 'deny' ? decision.code : decision.kind;
};

describe('A: gates', () => {
  test.each([
    [{ organization: 'DISABLED' }, 'ORGANIZATION_DISABLED'],
    [{ connection: 'DRAFT' }, 'CONNECTION_INACTIVE'],
    [{ connection: 'INACTIVE' }, 'CONNECTION_INACTIVE'],
    [{ facet: false }, 'CONNECTION_INACTIVE'],
  ] as const)('%j: %s, also for a known user', (gate, code) => {
    expect(outcome({ ...gate, bySubject: candidate() })).toBe(code);
  });
});

const inactive = { status: 'DEPROVISIONED' } as const;
const suspended = { status: 'SUSPENDED' } as const;
const tombstone = { ...inactive, tombstone: true } as const;
const elsewhere = { scim: 'ELSEWHERE' } as const;
const jit = { scim: null, origin: 'JIT' } as const;
const api = { scim: null, origin: 'API' } as const;

describe('C: an account was found', () => {
  // Columns: by subject, by stable id, by email at T2, T1, T0. A dash: the combination does not exist.
  test.each([
    ['SCIM by C, ACTIVE', {}, 'signIn', 'link', 'link', 'link', 'ACCOUNT_EXISTS'],
    [
      'SCIM by C, SUSPENDED',
      suspended,
      'USER_SUSPENDED',
      'USER_SUSPENDED',
      'USER_SUSPENDED',
      'USER_SUSPENDED',
      'ACCOUNT_EXISTS',
    ],
    [
      'SCIM by C, inactive',
      inactive,
      'USER_DEPROVISIONED',
      'USER_DEPROVISIONED',
      'USER_DEPROVISIONED',
      'USER_DEPROVISIONED',
      'USER_DEPROVISIONED',
    ],
    [
      'SCIM by C, tombstone',
      tombstone,
      'USER_DEPROVISIONED',
      'USER_DEPROVISIONED',
      'USER_DEPROVISIONED',
      'USER_DEPROVISIONED',
      'USER_DEPROVISIONED',
    ],
    ['SCIM by C2, ACTIVE', elsewhere, '-', '-', 'link', 'ACCOUNT_EXISTS', 'ACCOUNT_EXISTS'],
    [
      'SCIM by C2, ACTIVE, administrative',
      { ...elsewhere, administrative: true },
      '-',
      '-',
      'ACCOUNT_EXISTS',
      'ACCOUNT_EXISTS',
      'ACCOUNT_EXISTS',
    ],
    [
      'SCIM by C2, SUSPENDED',
      { ...elsewhere, ...suspended },
      '-',
      '-',
      'USER_SUSPENDED',
      'USER_SUSPENDED',
      'ACCOUNT_EXISTS',
    ],
    [
      'SCIM by C2, inactive',
      { ...elsewhere, ...inactive },
      '-',
      '-',
      'USER_DEPROVISIONED',
      'USER_DEPROVISIONED',
      'ACCOUNT_EXISTS',
    ],
    [
      'SCIM by C2, tombstone',
      { ...elsewhere, ...tombstone },
      '-',
      '-',
      'USER_DEPROVISIONED',
      'USER_DEPROVISIONED',
      'EMAIL_UNVERIFIED',
    ],
    [
      'JIT by C, ACTIVE',
      { ...jit, hasOtherSubject: true },
      'signIn',
      '-',
      'ACCOUNT_EXISTS',
      'ACCOUNT_EXISTS',
      'ACCOUNT_EXISTS',
    ],
    [
      'JIT by C, SUSPENDED',
      { ...jit, ...suspended, hasOtherSubject: true },
      'USER_SUSPENDED',
      '-',
      'USER_SUSPENDED',
      'USER_SUSPENDED',
      'ACCOUNT_EXISTS',
    ],
    [
      'JIT by C, DEPROVISIONED',
      { ...jit, ...inactive, hasOtherSubject: true },
      'USER_DEPROVISIONED',
      '-',
      'USER_DEPROVISIONED',
      'USER_DEPROVISIONED',
      'USER_DEPROVISIONED',
    ],
    ['JIT by C2, ACTIVE', jit, '-', '-', 'link', 'ACCOUNT_EXISTS', 'ACCOUNT_EXISTS'],
    ['API, ACTIVE', api, '-', '-', 'link', 'LINK_CONFIRMATION_REQUIRED', 'ACCOUNT_EXISTS'],
    [
      'API, ACTIVE, administrative',
      { ...api, administrative: true },
      '-',
      '-',
      'LINK_CONFIRMATION_REQUIRED',
      'LINK_CONFIRMATION_REQUIRED',
      'ACCOUNT_EXISTS',
    ],
    ['API, SUSPENDED', { ...api, ...suspended }, '-', '-', 'USER_SUSPENDED', 'USER_SUSPENDED', 'ACCOUNT_EXISTS'],
    [
      'API, DEPROVISIONED',
      { ...api, ...inactive },
      '-',
      '-',
      'USER_DEPROVISIONED',
      'USER_DEPROVISIONED',
      'USER_DEPROVISIONED',
    ],
  ] as const)('%s', (_row, account, bySubject, byStableId, t2, t1, t0) => {
    const found = candidate(account);
    if (bySubject !== '-') expect(outcome({ bySubject: found })).toBe(bySubject);
    if (byStableId !== '-') expect(outcome({ byStableId: found })).toBe(byStableId);
    expect(outcome({ byEmail: found, trust: 'T2' })).toBe(t2);
    expect(outcome({ byEmail: found, trust: 'T1' })).toBe(t1);
    expect(outcome({ byEmail: found, trust: 'T0' })).toBe(t0);
  });

  test('a contradicting stable claim denies the sign-in, also if the email matches', () => {
    expect(outcome({ byEmail: candidate({ externalId: 'ceo' }), stableId: 'mallory' })).toBe('ACCOUNT_EXISTS');
  });
  test('an account of another connection in the domain of this connection needs the confirmation of an operator', () => {
    const byEmail = candidate({ ...elsewhere, managedByStranger: true });
    expect(decide(known({ byEmail }))).toMatchObject({ code: 'LINK_CONFIRMATION_REQUIRED', asksOperator: true });
    expect(outcome({ byEmail, trust: 'T1' })).toBe('ACCOUNT_EXISTS');
  });
  test('an account with a subject at a connection that owns its domain is not linked to another connection', () => {
    const found = candidate({ ownedElsewhere: true });
    expect(outcome({ bySubject: found })).toBe('ACCOUNT_EXISTS');
    expect(outcome({ byStableId: found })).toBe('ACCOUNT_EXISTS');
    expect(outcome({ byEmail: found, trust: 'T1' })).toBe('ACCOUNT_EXISTS');
    expect(decide(known({ byStableId: { ...found, ...suspended } }))).toMatchObject({ links: false });
  });
  test('a recycled address with another stable claim does not give access to the old account', () => {
    expect(outcome({ byEmail: candidate({ ...tombstone, externalId: 'old' }), stableId: 'new' })).toBe('provision');
  });
});

describe('the missing step', () => {
  const step = (more: Partial<Known>) => {
    const decision = decide(known(more));
    return decision.kind === 'deny' ? decision.steps?.join() : decision.kind;
  };
  const policy = (more: Partial<Known['policy']>) => ({ policy: { ...known().policy, ...more } });
  const owned = (more: Partial<Candidate>) => candidate({ ownedElsewhere: true, ...more });
  const closedBy = (deprovisionReason: Candidate['deprovisionReason'], more: Partial<Candidate> = {}) =>
    candidate({ ...inactive, deprovisionReason, ...more });
  test.each<[string, Partial<Known>, string | undefined]>([
    ['unverified, provisioned here', { trust: 'T0', byEmail: candidate() }, 'VERIFY_EMAIL'],
    [
      'unverified, provisioned here, domain of another',
      { trust: 'T0', ownsDomain: false, byEmail: owned({}) },
      'VERIFY_EMAIL,OWN_DOMAIN',
    ],
    ['unverified, from elsewhere, own domain', { trust: 'T0', byEmail: candidate(elsewhere) }, 'VERIFY_EMAIL'],
    [
      'unverified, from elsewhere',
      { trust: 'T0', ownsDomain: false, byEmail: candidate(jit) },
      'VERIFY_EMAIL,OWN_DOMAIN',
    ],
    ['unverified, of the API, own domain', { trust: 'T0', byEmail: candidate(api) }, 'VERIFY_EMAIL'],
    [
      'unverified, of the API',
      { trust: 'T0', ownsDomain: false, byEmail: candidate(api) },
      'VERIFY_EMAIL,CONFIRM_LINK',
    ],
    [
      'unverified administrator of the API',
      { trust: 'T0', byEmail: candidate({ ...api, administrative: true }) },
      'VERIFY_EMAIL,CONFIRM_LINK',
    ],
    [
      'unverified, with another stable id',
      { trust: 'T0', stableId: 'a', byEmail: candidate({ externalId: 'b' }) },
      'SAME_STABLE_ID',
    ],
    ['unverified, another subject', { trust: 'T0', byEmail: candidate({ hasOtherSubject: true }) }, 'SAME_SUBJECT'],
    ['unverified and suspended', { trust: 'T0', byEmail: candidate(suspended) }, 'VERIFY_EMAIL,UNSUSPEND'],
    [
      'unverified administrator',
      { trust: 'T0', ownsDomain: false, byEmail: candidate({ ...jit, administrative: true }) },
      'VERIFY_EMAIL,LIFT_PROTECTION,OWN_DOMAIN',
    ],
    [
      'an administrator in the own domain',
      { byEmail: candidate({ ...elsewhere, administrative: true }) },
      'LIFT_PROTECTION',
    ],
    ['verified, in no own domain', { trust: 'T1', ownsDomain: false, byEmail: candidate(elsewhere) }, 'OWN_DOMAIN'],
    ['another stable id', { stableId: 'a', byEmail: candidate({ externalId: 'b' }) }, 'SAME_STABLE_ID'],
    ['another subject', { byEmail: candidate({ hasOtherSubject: true }) }, 'SAME_SUBJECT'],
    ['another subject, by stable id', { byStableId: candidate({ hasOtherSubject: true }) }, 'SAME_SUBJECT'],
    ['a domain of another, by subject', { bySubject: owned({}) }, 'OWN_DOMAIN'],
    ['a domain of another, by stable id', { byStableId: owned({}) }, 'OWN_DOMAIN'],
    ['a domain of another, by address', { trust: 'T1', byEmail: owned({}) }, 'OWN_DOMAIN'],
    ['a new user, domain of another', { trust: 'T1', domainOfAnother: true }, 'OWN_DOMAIN'],
    ['a new user, domain not in the list', policy({ domainAllowed: false }), 'ALLOW_DOMAIN'],
    [
      'a new user, domain of another and not in the list',
      { trust: 'T1', domainOfAnother: true, ...policy({ domainAllowed: false }) },
      'OWN_DOMAIN,ALLOW_DOMAIN',
    ],
    ['a new user, unverified', { trust: 'T0' }, 'SEND_VERIFIED_EMAIL'],
    ['a new user, no seat', policy({ seatFree: false }), 'FREE_SEAT'],
    ['JIT is off, and SCIM', policy({ mode: 'DISABLED' }), 'ENABLE_JIT_OR_SCIM'],
    ['JIT is off', policy({ mode: 'DISABLED', provisionsByScim: true }), 'ASSIGN_OR_ENABLE'],
    ['SCIM creates users', policy({ mode: 'UNLESS_SCIM', provisionsByScim: true }), 'ASSIGN_OR_ENABLE'],
    [
      'JIT is off, and the domain is not in the list',
      policy({ mode: 'DISABLED', domainAllowed: false }),
      'ENABLE_JIT_OR_SCIM,WITH_ENABLED,ALLOW_DOMAIN',
    ],
    ['the connection is off', { connection: 'INACTIVE', bySubject: candidate() }, 'ACTIVATE'],
    ['the sign-in is off', { facet: false, bySubject: candidate() }, 'ENABLE_SIGN_IN'],
    ['both are off', { connection: 'DRAFT', facet: false }, 'ACTIVATE,ENABLE_SIGN_IN'],
    ['without a group', { hasRequiredGroup: false, bySubject: candidate() }, 'JOIN_GROUP'],
    [
      'without a group, which closes the account',
      { hasRequiredGroup: false, bySubject: candidate(jit), ...policy({ deprovisionOnGroupLoss: true }) },
      'JOIN_GROUP,REACTIVATE',
    ],
    [
      'without a group, closed before',
      { hasRequiredGroup: false, bySubject: closedBy('SIGN_IN_GROUP_LOST', jit) },
      'JOIN_GROUP,REACTIVATE',
    ],
    ['suspended', { bySubject: candidate(suspended) }, 'UNSUSPEND'],
    [
      'a new user without an address',
      { trust: 'T0', hasEmail: false, ...policy({ domainAllowed: false, requireVerifiedEmail: false }) },
      'SEND_EMAIL',
    ],
    ['closed by the IdP', { bySubject: closedBy('IDP_DEACTIVATED') }, 'ASSIGN_AT_IDP'],
    ['deleted by the IdP', { byEmail: closedBy('IDP_DELETED', { tombstone: true }) }, 'ASSIGN_AT_IDP'],
    ['closed by another IdP', { byEmail: closedBy('IDP_DEACTIVATED', elsewhere) }, 'ASSIGN_AT_IDP'],
    [
      'closed by another IdP, unverified',
      { trust: 'T0', byEmail: closedBy('API', elsewhere) },
      'REACTIVATE,VERIFY_EMAIL',
    ],
    [
      'closed, and in no own domain',
      { trust: 'T1', ownsDomain: false, byEmail: closedBy('CONNECTION_DELETED', { scim: null }) },
      'REACTIVATE,OWN_DOMAIN',
    ],
    ['closed by the API', { bySubject: closedBy('API') }, 'REACTIVATE'],
    ['closed by a signal', { bySubject: closedBy('IDP_DEACTIVATED', jit) }, 'REACTIVATE'],
    ['closed without the groups', { bySubject: closedBy('SIGN_IN_GROUP_LOST', jit) }, 'REACTIVATE'],
    ['unused', { bySubject: closedBy('DORMANT', jit) }, 'REACTIVATE_ON_SIGN_IN'],
    [
      'unused, by address',
      { byEmail: closedBy('DORMANT', jit), ...policy({ reactivateOnSignIn: true }) },
      'REACTIVATE',
    ],
  ])('%s', (_name, more, expected) => expect(step(more)).toBe(expected));
});

describe('C: dormant, invited, and outside the required groups', () => {
  const dormant = candidate({ ...jit, ...inactive, deprovisionReason: 'DORMANT' });
  const policy = (more: Partial<Known['policy']>) => ({ policy: { ...known().policy, ...more } });
  const invited = (
    invitation: Omit<NonNullable<Candidate['invitation']>, 'isForAny'> & { isForAny?: boolean },
    more: Partial<Candidate> = {},
  ) => candidate({ ...api, status: 'PENDING', ...more, invitation: { isForAny: false, ...invitation } });
  const runs = { administrative: true };
  const forAny = { isForThis: true, isForAny: true, codeShown: false };
  const forThis = { isForThis: true, codeShown: false };
  test.each([
    [{ bySubject: dormant }, 'USER_DEPROVISIONED'],
    [{ bySubject: dormant, ...policy({ reactivateOnSignIn: true }) }, 'reactivate'],
    [{ byStableId: dormant, ...policy({ reactivateOnSignIn: true }) }, 'reactivate'],
    [{ byEmail: dormant, ...policy({ reactivateOnSignIn: true }) }, 'USER_DEPROVISIONED'],
    [{ bySubject: dormant, ...policy({ reactivateOnSignIn: true, seatFree: false }) }, 'SEAT_LIMIT_REACHED'],
    [
      { bySubject: { ...dormant, scim: 'HERE' as const }, ...policy({ reactivateOnSignIn: true }) },
      'USER_DEPROVISIONED',
    ],
    [
      { bySubject: { ...dormant, deprovisionReason: 'API' as const }, ...policy({ reactivateOnSignIn: true }) },
      'USER_DEPROVISIONED',
    ],
    [{ byEmail: invited(forThis), trust: 'T2' as const }, 'accept'],
    [{ byEmail: invited(forThis), trust: 'T1' as const }, 'accept'],
    [{ byEmail: invited({ isForThis: false, codeShown: false }), trust: 'T1' as const }, 'INVITATION_CODE_REQUIRED'],
    [{ byEmail: invited(forThis), trust: 'T0' as const }, 'INVITATION_CODE_REQUIRED'],
    [{ byEmail: invited({ isForThis: true, codeShown: true }), trust: 'T0' as const }, 'accept'],
    [{ byEmail: invited(forThis), ...policy({ seatFree: false }) }, 'SEAT_LIMIT_REACHED'],
    ...(['T0', 'T1', 'T2'] as const).flatMap(
      (trust) =>
        [
          [
            { byEmail: invited(forAny), domainOfAnother: true, trust },
            trust === 'T2' ? 'accept' : 'INVITATION_CODE_REQUIRED',
          ],
          [{ byEmail: invited(forAny, runs), trust }, trust === 'T2' ? 'accept' : 'INVITATION_CODE_REQUIRED'],
          [{ byEmail: invited({ ...forAny, codeShown: true }, runs), domainOfAnother: true, trust }, 'accept'],
        ] satisfies [Partial<Known>, string][],
    ),
    [{ byEmail: invited(forThis, runs), domainOfAnother: true, trust: 'T1' as const }, 'accept'],
    [{ hasRequiredGroup: false }, 'GROUP_REQUIRED'],
    [{ hasRequiredGroup: false, bySubject: candidate() }, 'GROUP_REQUIRED'],
  ])('%j: %s', (more, expected) => expect(outcome(more)).toBe(expected));

  test('a user who loses every required group is closed if the policy requires it', () => {
    const lost = { hasRequiredGroup: false, bySubject: candidate() };
    expect(decide(known(lost))).toMatchObject({ closes: false });
    expect(decide(known({ ...lost, ...policy({ deprovisionOnGroupLoss: true }) }))).toMatchObject({ closes: true });
  });

  test('the stable id of a suspended user identifies the user', () => {
    expect(decide(known({ byStableId: candidate(suspended) }))).toMatchObject({ code: 'USER_SUSPENDED', links: true });
  });
});

describe('D: no account was found', () => {
  const policy = (more: Partial<Known['policy']>) => ({ policy: { ...known().policy, ...more } });
  test.each([
    [policy({ mode: 'DISABLED' }), 'NOT_PROVISIONED'],
    [policy({ mode: 'UNLESS_SCIM', provisionsByScim: true }), 'NOT_PROVISIONED'],
    [policy({ mode: 'INVITED' }), 'INVITATION_REQUIRED'],
    [policy({ seatFree: false }), 'SEAT_LIMIT_REACHED'],
    [policy({ mode: 'UNLESS_SCIM' }), 'provision'],
    [policy({ mode: 'ENABLED', provisionsByScim: true }), 'provision'],
    [policy({ domainAllowed: false }), 'DOMAIN_NOT_ALLOWED'],
    [{ trust: 'T0' as const }, 'EMAIL_UNVERIFIED'],
    [{ trust: 'T0' as const, ...policy({ requireVerifiedEmail: false }) }, 'provision'],
    [{ trust: 'T0' as const, hasEmail: false, ...policy({ requireVerifiedEmail: false }) }, 'provision'],
    [{ trust: 'T1' as const }, 'provision'],
    [{ trust: 'T1' as const, domainOfAnother: true }, 'DOMAIN_NOT_ALLOWED'],
    [{ trust: 'T0' as const, domainOfAnother: true, ...policy({ requireVerifiedEmail: false }) }, 'DOMAIN_NOT_ALLOWED'],
    [
      { trust: 'T0' as const, hasEmail: false, domainOfAnother: true, ...policy({ requireVerifiedEmail: false }) },
      'DOMAIN_NOT_ALLOWED',
    ],
  ])('%j: %s', (more, expected) => expect(outcome(more)).toBe(expected));
});

test('a closed or suspended account is denied for every combination of facts', () => {
  const anyCandidate = fc.record({
    userId: fc.constant(userId),
    status: fc.constantFrom('ACTIVE', 'SUSPENDED', 'DEPROVISIONED'),
    tombstone: fc.boolean(),
    scim: fc.constantFrom('HERE', 'ELSEWHERE', null),
    origin: fc.constantFrom('SCIM', 'JIT', 'API'),
    administrative: fc.boolean(),
    hasOtherSubject: fc.boolean(),
    externalId: fc.constantFrom(null, 'a', 'b'),
  }) as fc.Arbitrary<Candidate>;
  const anyKnown = fc.record({
    trust: fc.constantFrom('T0', 'T1', 'T2'),
    stableId: fc.constantFrom(null, 'a', 'b'),
    bySubject: fc.option(anyCandidate),
    byStableId: fc.option(anyCandidate),
    byEmail: fc.option(anyCandidate),
  }) as fc.Arbitrary<Partial<Known>>;
  fc.assert(
    fc.property(anyKnown, (more) => {
      const decision = decide(known(more));
      if (decision.kind !== 'signIn' && decision.kind !== 'link') return;
      const candidates = [more.bySubject, more.byStableId, more.byEmail].filter(Boolean);
      const chosen = more.bySubject ?? more.byStableId ?? more.byEmail;
      expect(candidates).toContain(chosen);
      expect(chosen?.status).toBe('ACTIVE');
      if (chosen === more.byEmail && decision.kind === 'link') expect(more.trust).not.toBe('T0');
    }),
    { numRuns: 5_000 },
  );
});
