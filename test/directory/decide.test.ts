import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Candidate, decide, type Known } from '../../src/directory/sign-in/decide.js';

const candidate = (more: Partial<Candidate> = {}): Candidate => ({
  userId: 'u',
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
  ] as const)('%j: %s, even for somebody known', (gate, code) => {
    expect(outcome({ ...gate, bySubject: candidate() })).toBe(code);
  });
});

const inactive = { status: 'DEPROVISIONED' } as const;
const suspended = { status: 'SUSPENDED' } as const;
const tombstone = { ...inactive, tombstone: true } as const;
const elsewhere = { scim: 'ELSEWHERE' } as const;
const jit = { scim: null, origin: 'JIT' } as const;
const api = { scim: null, origin: 'API' } as const;

describe('C: somebody was found', () => {
  // Columns: by subject, by stable id, by e-mail at T2, T1, T0. A dash: the column does not exist for the row.
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

  test('a stable claim that contradicts denies, whatever the e-mail says', () => {
    expect(outcome({ byEmail: candidate({ externalId: 'ceo' }), stableId: 'mallory' })).toBe('ACCOUNT_EXISTS');
  });
  test('an account in the domain of this connection that a connection outside it manages waits for an operator', () => {
    const byEmail = candidate({ ...elsewhere, managedByStranger: true });
    expect(decide(known({ byEmail }))).toMatchObject({ code: 'LINK_CONFIRMATION_REQUIRED', asksOperator: true });
    expect(outcome({ byEmail, trust: 'T1' })).toBe('ACCOUNT_EXISTS');
  });
  test('an account that a connection with its domain knows is linked to no other', () => {
    const found = candidate({ ownedElsewhere: true });
    expect(outcome({ bySubject: found })).toBe('ACCOUNT_EXISTS');
    expect(outcome({ byStableId: found })).toBe('ACCOUNT_EXISTS');
    expect(outcome({ byEmail: found, trust: 'T1' })).toBe('ACCOUNT_EXISTS');
    expect(decide(known({ byStableId: { ...found, ...suspended } }))).toMatchObject({ links: false });
  });
  test('a recycled address: the stable claim proves another person, who inherits nothing', () => {
    expect(outcome({ byEmail: candidate({ ...tombstone, externalId: 'old' }), stableId: 'new' })).toBe('provision');
  });
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

  test('losing every required group closes the account where the policy says so', () => {
    const lost = { hasRequiredGroup: false, bySubject: candidate() };
    expect(decide(known(lost))).toMatchObject({ closes: false });
    expect(decide(known({ ...lost, ...policy({ deprovisionOnGroupLoss: true }) }))).toMatchObject({ closes: true });
  });

  test("a suspended person's stable id still tells whose subject it is", () => {
    expect(decide(known({ byStableId: candidate(suspended) }))).toMatchObject({ code: 'USER_SUSPENDED', links: true });
  });
});

describe('D: nobody', () => {
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

test('whatever is known, a closed or suspended account never comes in', () => {
  const anyCandidate = fc.record({
    userId: fc.constant('u'),
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
