import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { denials } from '../../../src/directory/sign-in/denials.js';
import { App } from '../../support/application.js';
import { Browser } from '../../support/browser.js';
import { HostileIdp } from '../../support/oidc-idp.js';
import { type Tenant, World } from '../../support/world.js';

let world: World;
let app: App;
let idp: HostileIdp;
let tenant: Tenant;
beforeAll(async () => {
  world = await World.start();
  app = await App.register(world);
  idp = await HostileIdp.start();
  tenant = await connect();
});
afterAll(async () => {
  await world.close();
  await idp.close();
});

const connect = (jit: Record<string, unknown> = {}, more: Record<string, unknown> = {}, of = idp) =>
  world.tenant({
    provider: 'GENERIC',
    scim: false,
    oidc: { issuer: of.issuer, clientId: 'rollcall', clientSecret: 'a secret' },
    jit: { mode: 'ENABLED', ...jit },
    ...more,
  });

let number = 0;
const someone = () => ({ sub: `rule-${++number}`, email: `rule${number}@acme.example`, email_verified: true });

/** Runs a sign-in with these claims, signed by `forge`. */
async function signIn(
  claims: JWTPayload,
  { at = tenant, of = idp, forge = (all: JWTPayload) => of.sign(all) as Promise<string>, answer = {} } = {},
) {
  of.claims = claims;
  of.forge = forge;
  const browser = new Browser();
  browser.stopAt = (url: URL) => url.hostname === 'app.example' || url.origin === of.issuer;
  const visit = await app.begin({ connection_id: at.connectionId }, browser);
  const page = await browser.open(of.callback(visit.page.url, answer).href);
  return { page, visit: visit.at(page), isIn: page.url.hostname === 'app.example' };
}

async function refused(claims: JWTPayload, why: RegExp, how: Parameters<typeof signIn>[1] = {}) {
  const at = how.at ?? tenant;
  const before = await at.events();
  const { page } = await signIn(claims, how);
  expect(page.status).toBe(403);
  expect(page.words).toContain(denials.ASSERTION_INVALID);
  const after = (await at.events()).slice(before.length);
  expect(after).toMatchObject([{ type: 'SIGN_IN_DENIED', data: { code: 'ASSERTION_INVALID' } }]);
  expect(after[0].data.why).toMatch(why);
  const { connection } = await at.gql(
    'query($id: ID!) { connection(id: $id) { requests(first: 1) { nodes { status error } } } }',
    { id: at.connectionId },
  );
  expect(connection.requests.nodes[0]).toMatchObject({ status: 403, error: expect.stringMatching(why) });
}

describe('claims that cannot be stored or passed on refuse the sign-in before anything is written', () => {
  test.each([1e99, 8.64e12 + 1, -1, 253_402_300_800])('auth_time: %d (OpenID Connect Core section 2)', async (at) => {
    await refused({ ...someone(), auth_time: at }, /"auth_time"/);
  });

  const half = '\ud800';
  const texts: Record<string, JWTPayload> = {
    acr: { acr: half },
    'amr, one of several': { amr: ['pwd', half] },
    sid: { sid: `s${half}` },
    sub: { sub: half },
    name: { name: `${half}x` },
    email: { email: `x${half}@acme.example` },
    'a claim that nothing reads': { department: half },
    'the name of a claim': { [`x${half}`]: 1 },
    'deep inside a claim': { address: { lines: [{ one: half }] } },
    'an emoji in two halves': { acr: '\udc00\ud83d' },
  };
  test.each(Object.entries(texts).map(([name, claims]) => ({ name, claims })))(
    'half of a surrogate pair: $name (RFC 8259 section 8.2)',
    async ({ claims }) => refused({ ...someone(), ...claims }, /half of a surrogate pair/),
  );
  test.each(
    Object.entries(texts)
      .map(([name, claims]) => ({ name, claims }))
      .slice(0, 9),
  )('NUL: $name', async ({ claims }) => {
    const json = JSON.stringify(claims).replaceAll('\\ud800', '\\u0000');
    await refused({ ...someone(), ...JSON.parse(json) }, /NUL/);
  });

  test('a sub that is too long is reported as too long, not as missing', async () => {
    await refused(
      { ...someone(), sub: 'x'.repeat(1_025) },
      /claim "sub" of the ID token is longer than 1024 characters/,
    );
  });

  test.each(['acr', 'sid'])('%s longer than the maximum is not cut', async (claim) => {
    await refused({ ...someone(), [claim]: 'x'.repeat(2_000) }, /is longer than/);
  });

  test('claims that are nested too deep are refused', async () => {
    const nested = JSON.parse(`${'['.repeat(300)}${']'.repeat(300)}`);
    await refused({ ...someone(), nested }, /"nested" is nested too deeply/);
  });

  test('complete emoji, and a current time, are accepted', async () => {
    const now = Math.floor(Date.now() / 1_000);
    const { visit } = await signIn({
      ...someone(),
      acr: 'level \u{1f600}',
      auth_time: now - 10,
      name: 'Given \u{1f600}',
    });
    expect((await visit.tokens()).claims).toMatchObject({ auth_time: now - 10, acr: 'level \u{1f600}' });
  });

  test('userinfo cannot set auth_time, acr or amr', async () => {
    const other = await HostileIdp.start();
    try {
      const { email, email_verified, sub } = someone();
      other.userinfo = { sub, email, email_verified, auth_time: 1e99, acr: 'gold' };
      const at = await connect({}, {}, other);
      const { visit } = await signIn({ sub }, { at, of: other });
      const { claims } = await visit.tokens();
      expect(claims.email).toBe(email);
      expect(claims.acr).toBeUndefined();
    } finally {
      await other.close();
    }
  });

  test('signInWithIdToken refuses them too, with the reason in the event', async () => {
    const now = Math.floor(Date.now() / 1_000);
    const claims = { iss: idp.issuer, aud: 'rollcall', iat: now, exp: now + 300, ...someone(), acr: half };
    const { errors } = await world.request(
      'mutation($connectionId: ID!, $idToken: String!) { signInWithIdToken(connectionId: $connectionId, idToken: $idToken) { user { id } } }',
      { connectionId: tenant.connectionId, idToken: await idp.sign(claims) },
      tenant.key,
    );
    expect(errors[0].extensions.denial).toBe('ASSERTION_INVALID');
    const event = (await tenant.events()).at(-1);
    expect(event).toMatchObject({
      data: { code: 'ASSERTION_INVALID', why: expect.stringMatching(/"acr".*surrogate/) },
    });
  });

  test.each([
    { name: 'an access token', typ: 'at+jwt', more: {} },
    { name: 'a logout token', typ: 'logout+jwt', more: {} },
    { name: 'a token with events', typ: 'JWT', more: { events: {} } },
  ])('signInWithIdToken refuses $name (RFC 8725 section 3.12)', async ({ typ, more }) => {
    const now = Math.floor(Date.now() / 1_000);
    const claims = { iss: idp.issuer, aud: 'rollcall', iat: now, exp: now + 300, ...someone(), ...more };
    const idToken = await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'k1', typ }).sign(idp.key);
    const { errors } = await world.request(
      'mutation($connectionId: ID!, $idToken: String!) { signInWithIdToken(connectionId: $connectionId, idToken: $idToken) { user { id } } }',
      { connectionId: tenant.connectionId, idToken },
      tenant.key,
    );
    expect(errors[0].extensions.denial).toBe('ASSERTION_INVALID');
  });

  test('an error of the IdP with a long description that ends inside a surrogate pair', async () => {
    const answer = { error: 'server_error', error_description: `no ${'x'.repeat(600)}\u{1f600}`, code: null as never };
    const before = await tenant.events();
    const { page } = await signIn(someone(), { answer });
    expect(page.url.searchParams.get('error')).toBe('server_error');
    const [denied, ...others] = (await tenant.events()).slice(before.length);
    expect([denied.type, denied.data.why, others]).toEqual([
      'SIGN_IN_DENIED',
      expect.stringMatching(/server_error.*no x/),
      [],
    ]);
  });

  test('an error of the IdP with a NUL in its description is 400', async () => {
    const answer = { error: 'server_error', error_description: 'no\0', code: null as never };
    const before = await tenant.events();
    const { page } = await signIn(someone(), { answer });
    expect(page.status).toBe(400);
    expect(await tenant.events()).toEqual(before);
  });
});

describe('keys', () => {
  async function key(kid?: string, alg = 'RS256') {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    return { privateKey, jwk: { ...(await exportJWK(publicKey)), ...(kid && { kid }) } as JWK };
  }
  /** An IdP with these keys, which signs with this one. */
  async function withKeys(
    keys: JWK[],
    signing: Awaited<ReturnType<typeof key>>,
    header: { kid?: string; alg?: string },
  ) {
    const other = await HostileIdp.start();
    const answer = other.answer.bind(other);
    other.answer = async (path, body) => (path.includes('jwks') ? { keys } : answer(path, body));
    const forge = (claims: JWTPayload) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'RS256', ...header }).sign(signing.privateKey);
    const at = await connect({}, {}, other);
    return { of: other, at, forge };
  }

  test('a key set with a repeated key is accepted (RFC 7517 section 4.5)', async () => {
    const one = await key('k');
    const how = await withKeys([one.jwk, { ...one.jwk, alg: 'RS256' }, { ...one.jwk, use: 'sig' }], one, { kid: 'k' });
    expect((await signIn(someone(), how)).isIn).toBe(true);
    await how.of.close();
  });

  test('a token without kid is verified by each key that fits (OpenID Connect Core section 10.1)', async () => {
    const [one, two, three] = [await key('a'), await key('b'), await key()];
    const curve = await key('c', 'ES256');
    const keys = [one.jwk, curve.jwk, two.jwk, three.jwk];
    for (const signing of [one, two, three]) {
      const how = await withKeys(keys, signing, {});
      expect((await signIn(someone(), how)).isIn).toBe(true);
      await how.of.close();
    }
    const foreign = await withKeys(keys, await key(), {});
    await refused(someone(), /ignature verification failed/, foreign);
    await foreign.of.close();
  });

  test('two keys with the same kid, one of which signed', async () => {
    const [one, two] = [await key('k'), await key('k')];
    for (const signing of [one, two]) {
      const how = await withKeys([one.jwk, two.jwk], signing, { kid: 'k' });
      expect((await signIn(someone(), how)).isIn).toBe(true);
      await how.of.close();
    }
  });
});

describe('groups that the IdP did not send are unknown, and not an empty list', () => {
  const closing = { requiredGroups: ['Staff'], deprovisionOnGroupLoss: true };
  const requests = async (at: Tenant) => {
    const { connection } = await at.gql(
      'query($id: ID!) { connection(id: $id) { requests(first: 1) { nodes { error quirks } } } }',
      { id: at.connectionId },
    );
    return connection.requests.nodes[0];
  };

  test.each([
    { name: 'no claim', claims: {}, why: /the claim "groups" is missing/, quirk: 'groupsMissing' },
    { name: 'null', claims: { groups: null }, why: /the claim "groups" is missing/, quirk: 'groupsMissing' },
    {
      name: '_claim_names (OpenID Connect Core section 5.6.2)',
      claims: { _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint: 'https://graph.example' } } },
      why: /too many groups/,
      quirk: 'groupsOverage',
    },
    { name: 'hasgroups', claims: { hasgroups: true }, why: /too many groups/, quirk: 'groupsOverage' },
    {
      name: 'an object',
      claims: { groups: { roles: ['Staff'] } },
      why: /not a list of names/,
      quirk: 'groupsNotAList',
    },
    { name: 'a list of objects', claims: { groups: [{}, 5] }, why: /not a list of names/, quirk: 'groupsNotAList' },
    {
      name: 'an empty list and hasgroups',
      claims: { groups: [], hasgroups: true },
      why: /too many groups/,
      quirk: 'groupsOverage',
    },
    {
      name: 'an empty list and _claim_names',
      claims: { groups: [], _claim_names: { groups: 'src1' } },
      why: /too many groups/,
      quirk: 'groupsOverage',
    },
    {
      name: 'a partly readable list',
      claims: { groups: ['Team', { name: 'Staff' }] },
      why: /has entries that are not names/,
      quirk: 'groupsLeftOut',
    },
    { name: 'a blank text', claims: { groups: ' ' }, why: /missing or blank/, quirk: 'groupsMissing' },
    { name: 'a blank entry', claims: { groups: [''] }, why: /missing or blank/, quirk: 'groupsMissing' },
  ])('$name: refused with a reason, recorded, and no account is closed', async ({ claims, why, quirk }) => {
    const at = await connect(closing);
    const person = someone();
    expect((await signIn({ ...person, groups: ['Staff'] }, { at })).isIn).toBe(true);
    const { page } = await signIn({ ...person, ...claims }, { at });
    expect(page.words).toContain(denials.GROUP_REQUIRED);
    expect((await at.events()).at(-1)).toMatchObject({
      data: { code: 'GROUP_REQUIRED', why: expect.stringMatching(why) },
    });
    const request = await requests(at);
    expect(request.quirks).toContain(quirk);
    expect(request.error).toMatch(why);
    expect(await at.types()).not.toContain('USER_DEPROVISIONED');
    expect((await signIn({ ...person, groups: ['Staff'] }, { at })).isIn).toBe(true);
  });

  test('memberships and roles of groups stay, also when the roles are sent', async () => {
    const mappings = { groupMappings: [{ group: 'Staff', roles: ['editor'] }], grantableRoles: ['editor', 'viewer'] };
    const at = await connect({ syncGroups: true }, mappings);
    const person = someone();
    const tokens = async (claims: JWTPayload) => (await signIn({ ...person, ...claims }, { at })).visit.tokens();
    expect((await tokens({ groups: ['Staff'] })).claims).toMatchObject({ roles: ['editor'], groups: ['Staff'] });
    const unknown = (await tokens({ hasgroups: true, roles: ['viewer'] })).claims;
    expect(unknown).toMatchObject({ roles: ['editor', 'viewer'], groups: ['Staff'] });
    const left = (await tokens({ groups: [], roles: ['viewer'] })).claims;
    expect(left).toMatchObject({ roles: ['viewer'], groups: [] });
  });

  test('readable groups admit the user and add memberships; the others remove no membership and no role', async () => {
    const mappings = {
      groupMappings: [
        { group: 'Staff', roles: ['editor'] },
        { group: 'Team', roles: ['viewer'] },
      ],
      grantableRoles: ['editor', 'viewer', 'other'],
    };
    const at = await connect({ syncGroups: true, requiredGroups: ['Staff', 'Team'] }, mappings);
    const person = someone();
    const tokens = async (claims: JWTPayload) => (await signIn({ ...person, ...claims }, { at })).visit.tokens();
    await tokens({ groups: ['Staff'], roles: ['other'] });
    const partly = (await tokens({ groups: ['Team', { name: 'Staff' }] })).claims;
    expect(partly).toMatchObject({ roles: ['editor', 'other', 'viewer'], groups: ['Staff', 'Team'] });
    const whole = (await tokens({ groups: ['Team'] })).claims;
    expect(whole).toMatchObject({ roles: ['viewer'], groups: ['Team'] });
  });

  test.each([
    { name: '_claim_names', overage: { _claim_names: { groups: 'src1' } } },
    { name: 'hasgroups', overage: { hasgroups: true } },
    { name: 'both, with hasgroups as a text', overage: { _claim_names: { groups: 'src1' }, hasgroups: 'true' } },
  ])('overage of "groups" ($name) does not affect a list in another claim', async ({ overage }) => {
    for (const groupsClaim of ['teams', 'access.teams']) {
      const at = await connect({ ...closing, groupsClaim, syncGroups: true });
      const person = someone();
      const teams = (list: string[]) => (groupsClaim === 'teams' ? { teams: list } : { access: { teams: list } });
      const tokens = await (
        await signIn({ ...person, ...overage, ...teams(['Staff', 'Other']) }, { at })
      ).visit.tokens();
      expect(tokens.claims.groups).toEqual(['Other', 'Staff']);
      const left = await (await signIn({ ...person, ...overage, ...teams(['Staff']) }, { at })).visit.tokens();
      expect(left.claims.groups).toEqual(['Staff']);
      expect((await requests(at)).quirks).toEqual([]);
      await signIn({ ...person, ...overage, ...teams([]) }, { at });
      expect(await at.types()).toContain('USER_DEPROVISIONED');
    }
  });

  test('overage of the claim that lists the groups, by its name and by its first step', async () => {
    for (const [groupsClaim, name] of [
      ['teams', 'teams'],
      ['access.teams', 'access'],
    ] as const) {
      const at = await connect({ ...closing, groupsClaim });
      const person = someone();
      const claims = groupsClaim === 'teams' ? { teams: ['Staff'] } : { access: { teams: ['Staff'] } };
      expect((await signIn({ ...person, ...claims }, { at })).isIn).toBe(true);
      await signIn({ ...person, _claim_names: { [name]: 'src1' } }, { at });
      expect((await requests(at)).quirks).toEqual(['groupsOverage']);
      expect(await at.types()).not.toContain('USER_DEPROVISIONED');
    }
  });

  test('overage of "roles" keeps the roles of that claim, and no roles of groups that the user has left', async () => {
    const at = await connect(
      {},
      { groupMappings: [{ group: 'Staff', roles: ['editor'] }], grantableRoles: ['editor', 'viewer'] },
    );
    const person = someone();
    const roles = async (claims: JWTPayload) =>
      (await (await signIn({ ...person, ...claims }, { at })).visit.tokens()).claims.roles;
    expect(await roles({ groups: ['Staff'], roles: ['viewer'] })).toEqual(['editor', 'viewer']);
    expect(await roles({ groups: [], _claim_names: { roles: 'src1' } })).toEqual(['viewer']);
    expect(await roles({ groups: [] })).toEqual([]);
  });

  test('overage in the token and an empty list from userinfo: unknown', async () => {
    const other = await HostileIdp.start();
    const person = someone();
    other.userinfo = { sub: person.sub, groups: [] };
    const at = await connect(closing, {}, other);
    expect((await signIn({ ...person, groups: ['Staff'] }, { at, of: other })).isIn).toBe(true);
    const { page } = await signIn({ ...person, hasgroups: true }, { at, of: other });
    expect(page.words).toContain(denials.GROUP_REQUIRED);
    expect(await at.types()).not.toContain('USER_DEPROVISIONED');
    await other.close();
  });

  test('an empty list means no group, and closes the account if the policy requires it', async () => {
    const at = await connect(closing);
    const person = someone();
    await signIn({ ...person, groups: ['Staff'] }, { at });
    await signIn({ ...person, groups: [] }, { at });
    expect(await at.types()).toContain('USER_DEPROVISIONED');
  });

  test('a path with dots is followed, names are trimmed, and invalid group names are omitted', async () => {
    const at = await connect({ syncGroups: true, groupsClaim: 'realm_access.roles' });
    const roles = [' Staff ', 'x'.repeat(2_000), 7, null, 'Team'];
    const { visit } = await signIn({ ...someone(), realm_access: { roles } }, { at });
    expect((await visit.tokens()).claims.groups).toEqual(['Staff', 'Team']);
    expect((await requests(at)).quirks).toContain('groupsLeftOut');
  });
});

describe('the address and its verification come from one source (OpenID Connect Core section 5.1)', () => {
  const needsGroups = { syncGroups: true };
  const why = async (provider: string, claims: JWTPayload, userinfo: JWTPayload) => {
    const other = await HostileIdp.start();
    const { sub } = someone();
    other.userinfo = { sub, ...userinfo };
    const tid = '11111111-2222-3333-4444-555555555555';
    const at = await connect(needsGroups, { provider }, other);
    const { isIn } = await signIn({ sub, oid: sub, tid, ...claims }, { at, of: other });
    await other.close();
    return isIn ? 'in' : (await at.events()).at(-1)?.data.code;
  };

  test.each([
    {
      name: 'an address of the token is not verified by the one of userinfo',
      claims: { email: 'boss@acme.example' },
      userinfo: { email: 'mallory@evil.example', email_verified: true },
      expected: 'EMAIL_UNVERIFIED',
    },
    {
      name: 'an address of userinfo is not verified by the token',
      claims: { email_verified: true },
      userinfo: { email: 'boss@acme.example' },
      expected: 'EMAIL_UNVERIFIED',
    },
    {
      name: 'xms_edov of userinfo does not verify the address of the token',
      provider: 'ENTRA',
      claims: { email: 'boss@acme.example' },
      userinfo: { email: 'mallory@evil.example', xms_edov: true },
      expected: 'EMAIL_UNVERIFIED',
    },
    {
      name: 'both of userinfo',
      claims: { email: null, email_verified: false },
      userinfo: { email: 'userinfo@acme.example', email_verified: true },
      expected: 'in',
    },
    {
      name: 'both of the token',
      claims: { email: 'token@acme.example', email_verified: true },
      userinfo: { email: 'other@acme.example', email_verified: false },
      expected: 'in',
    },
  ])('$name', async ({ provider = 'GENERIC', claims, userinfo, expected }) => {
    expect(await why(provider, claims as never, userinfo)).toBe(expected);
  });
});

test('an address that is not verified is refused with a reason', async () => {
  const denied = async (claims: JWTPayload) => {
    await signIn({ ...claims, sub: `reason-${++number}` });
    return (await tenant.events()).at(-1).data;
  };
  expect(await denied({ email: 'a@acme.example' })).toMatchObject({
    code: 'EMAIL_UNVERIFIED',
    why: expect.stringMatching(/"email_verified" is missing, and "trustsEmail" is off/),
  });
  expect(await denied({ upn: 'a@acme.example' })).toMatchObject({
    code: 'EMAIL_UNVERIFIED',
    why: expect.stringMatching(/the ID token has no claim "email"\. It has "upn"\. Map it to "email" at the IdP/),
  });
});
