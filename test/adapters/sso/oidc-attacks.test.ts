import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JWTPayload } from 'jose';
import { denials } from '../../../src/directory/sign-in/denials.js';
import { App } from '../../support/application.js';
import { Browser } from '../../support/browser.js';
import { HostileIdp } from '../../support/oidc-idp.js';
import { oktaUser, type Tenant, World } from '../../support/world.js';

let world: World;
let app: App;
let idp: HostileIdp;
let tenant: Tenant;
beforeAll(async () => {
  world = await World.shared();
  app = await App.register(world);
  idp = await HostileIdp.start();
  tenant = await connect();
});
afterAll(async () => {
  await world.close();
  await idp.close();
});

const connect = (more: Record<string, unknown> = {}, oidc: Record<string, unknown> = {}, of = idp) =>
  world.tenant({
    provider: 'GENERIC',
    scim: true,
    oidc: { issuer: of.issuer, clientId: 'rollcall', clientSecret: 'a secret', ...oidc },
    jit: { mode: 'ENABLED' },
    ...more,
  });

/** A browser that is at the IdP. */
async function atIdp({ connectionId } = tenant, browser = new Browser(), of = idp) {
  browser.stopAt = (url: URL) => url.hostname === 'app.example' || url.origin === of.issuer;
  const visit = await app.begin({ connection_id: connectionId }, browser);
  return { browser, visit, request: visit.page.url };
}

/** Returns the error that the application receives: code, description, and request id. */
const errorAt = (url: URL) => ['error', 'error_description', 'request_id'].map((name) => url.searchParams.get(name));

async function refused(go: () => Promise<{ words: string; status: number }>, at = tenant): Promise<string> {
  const before = await at.events();
  const page = await go();
  expect(page.words).toContain(denials.ASSERTION_INVALID);
  expect(page.status).toBe(403);
  const after = (await at.events()).slice(before.length);
  expect(after).toMatchObject([{ type: 'SIGN_IN_DENIED', data: { code: 'ASSERTION_INVALID' } }]);
  return after[0].data.why;
}

const email = { email: 'oidc@acme.example', email_verified: true };

test('a valid sign-in succeeds, with a client secret and PKCE', async () => {
  idp.claims = { ...email, sub: 'right' };
  const { browser, visit, request } = await atIdp();
  expect(request.searchParams.get('code_challenge_method')).toBe('S256');
  expect(request.searchParams.get('nonce')).toBeTruthy();
  const page = await browser.open(idp.callback(request).href);
  expect((await visit.at(page).tokens()).claims).toMatchObject({ email: email.email });
  expect(idp.tokenRequests.at(-1)?.get('code_verifier')).toBeTruthy();
});

describe('invalid ID tokens', () => {
  const now = () => Math.floor(Date.now() / 1000);
  const forged: Record<string, (claims: JWTPayload) => Promise<string> | string> = {
    'alg: none': (claims) => idp.unsigned(claims),
    'HS256 with the public key': (claims) => idp.hmac(claims),
    'a key that is not the issuer’s': (claims) => idp.foreign(claims),
    'another nonce': (claims) => idp.sign({ ...claims, nonce: 'another' }),
    'no nonce': ({ nonce: _none, ...claims }) => idp.sign(claims),
    'another issuer': (claims) => idp.sign({ ...claims, iss: 'https://evil.example' }),
    'another audience': (claims) => idp.sign({ ...claims, aud: 'other' }),
    'several audiences without azp': (claims) => idp.sign({ ...claims, aud: ['rollcall', 'other'] }),
    'another authorized party': (claims) => idp.sign({ ...claims, azp: 'other' }),
    'run out': (claims) => idp.sign({ ...claims, iat: now() - 900, exp: now() - 61 }),
    'issued in the future': (claims) => idp.sign({ ...claims, iat: now() + 120 }),
    'no sub': ({ sub: _none, ...claims }) => idp.sign(claims),
    'no exp': ({ exp: _none, ...claims }) => idp.sign(claims),
    'a cut signature': async (claims) => (await idp.sign(claims)).slice(0, -10),
    'a changed payload': async (claims) => {
      const [head, , tail] = (await idp.sign(claims)).split('.');
      return [head, Buffer.from(JSON.stringify({ ...claims, sub: 'boss' })).toString('base64url'), tail].join('.');
    },
    'no token': () => '',
    'no JWT': () => 'x.y.z',
  };
  test.each(Object.entries(forged).map(([name, forge]) => ({ name, forge })))('$name', async ({ forge }) => {
    idp.claims = { ...email, sub: `forged-${Math.random()}` };
    idp.forge = forge;
    try {
      const { browser, request } = await atIdp();
      await refused(() => browser.open(idp.callback(request).href));
    } finally {
      idp.forge = (claims) => idp.sign(claims);
    }
  });
});

describe('callbacks of another browser, request or IdP', () => {
  test('another state, and a missing one, are refused', async () => {
    const { browser, request } = await atIdp();
    await refused(() => browser.open(idp.callback(request, { state: 'trip_01aaaaaaaaaaaaaaaaaaaaaaaa' }).href));
    await refused(() => browser.open(idp.callback(request, { state: null }).href));
  });
  test('a callback in another browser is refused (login CSRF, code injection)', async () => {
    const { request } = await atIdp();
    await refused(() => new Browser().open(idp.callback(request).href));
    const { browser: mine } = await atIdp();
    await refused(() => mine.open(idp.callback(request).href));
  });
  test('a repeated callback is refused', async () => {
    idp.claims = { ...email, sub: 'right' };
    const { browser, request } = await atIdp();
    const url = idp.callback(request).href;
    expect((await browser.open(url)).url.hostname).toBe('app.example');
    await refused(() => browser.open(url));
  });
  test('another iss in the callback is refused, and a missing one if it is announced (RFC 9207)', async () => {
    for (const iss of ['https://evil.example', null]) {
      const { browser, request } = await atIdp();
      await refused(() => browser.open(idp.callback(request, { iss }).href));
    }
  });
  test('mix-up: the code of one IdP at the callback URL of another is not sent to that one', async () => {
    const other = await HostileIdp.start();
    const theirs = await connect({}, {}, other);
    const { browser, request } = await atIdp();
    const asked = other.tokenRequests.length;
    const url = new URL(idp.callback(request).href.replace(tenant.connectionId, theirs.connectionId));
    await refused(() => browser.open(url.href), theirs);
    expect(other.tokenRequests).toHaveLength(asked);
    await other.close();
  });
  test.each([
    { error: 'access_denied', text: 'cancelled at the identity provider' },
    { error: 'server_error', text: 'reported an internal error' },
    { error: 'temporarily_unavailable', text: 'overloaded or under maintenance' },
  ])('$error of the IdP is returned to the application', async ({ error, text }) => {
    const { browser, request } = await atIdp();
    const page = await browser.open(idp.callback(request, { code: null, error }).href);
    expect(errorAt(page.url)).toEqual([error, expect.stringContaining(text), expect.stringMatching(/\S/)]);
  });
  test('an unreachable IdP is reported to the application', async () => {
    const away = await HostileIdp.start();
    await away.close();
    const own = await connect({}, {}, away);
    const visit = await app.begin({ connection_id: own.connectionId });
    expect(errorAt(visit.page.url)).toEqual([
      'temporarily_unavailable',
      expect.stringContaining('cannot be reached'),
      expect.stringMatching(/\S/),
    ]);
  });
});

describe('no sign-in gives access to the account of another user', () => {
  const signIn = async (at: Tenant, claims: JWTPayload) => {
    idp.claims = claims;
    const { browser, request } = await atIdp(at);
    return browser.open(idp.callback(request).href);
  };
  test('an unverified email of an existing account is denied', async () => {
    const own = await connect();
    await own.scim('POST', '/Users', oktaUser('boss@own.example'));
    for (const email_verified of [false, undefined, 'true', 1]) {
      const page = await signIn(own, { sub: `m-${email_verified}`, email: 'boss@own.example', email_verified });
      expect(page.words).toContain(denials.ACCOUNT_EXISTS);
    }
  });
  test.each(['BOSS@LOOKALIKE.example', 'boss@lookalike.EXAMPLE'])(
    'an address that differs in case is the same user: %s',
    async (address) => {
      const own = await connect();
      const { body } = await own.scim('POST', '/Users', oktaUser('boss@lookalike.example'));
      const page = await signIn(own, { sub: 'x', email: address, email_verified: true });
      expect(page.url.hostname).toBe('app.example');
      const { user } = await own.gql('query($id: ID!) { user(id: $id) { identities { subject } } }', { id: body.id });
      expect(user.identities).toEqual([{ subject: 'x' }]);
    },
  );
  test.each([
    'bоss@lookalike.example',
    'boss\u200b@lookalike.example',
    'ｂoss@lookalike.example',
    'böss@lookalike.example',
    'bo\u00adss@lookalike.example',
    'boss@lookalıke.example',
  ])('an address with a similar character is not the same user: %j', async (address) => {
    const own = await connect();
    const { body } = await own.scim('POST', '/Users', oktaUser('boss@lookalike.example'));
    const page = await signIn(own, { sub: 'x', email: address, email_verified: true });
    expect(page.status === 0 || page.status < 500).toBe(true);
    const { user } = await own.gql('query($id: ID!) { user(id: $id) { identities { subject } } }', { id: body.id });
    expect(user.identities).toEqual([{ subject: null }]);
  });
  test('nOAuth: another Entra tenant that asserts the same address is denied', async () => {
    const tid = '11111111-2222-3333-4444-555555555555';
    const own = await connect({ provider: 'ENTRA' }, { subjectClaim: 'oid' });
    const mine = await signIn(own, { sub: 's', oid: 'o1', tid, email: 'a@entra.example', xms_edov: true });
    expect(mine.url.hostname).toBe('app.example');
    await refused(() => signIn(own, { sub: 's', oid: 'o1', email: 'a@entra.example', xms_edov: true }), own);
    const other = await signIn(own, {
      sub: 's',
      oid: 'o1',
      tid: '99999999-2222-3333-4444-555555555555',
      email: 'a@entra.example',
      xms_edov: true,
    });
    expect(other.words).toContain(denials.ACCOUNT_EXISTS);
  });
  test('a multi-tenant Entra ID issuer, and Google without the domain of the customer, are refused at setup', async () => {
    const attempt = (provider: string, issuer: string) =>
      world.request('mutation($i: CreateConnectionInput!) { createConnection(input: $i) { connection { id } } }', {
        i: { organizationId: tenant.organizationId, name: 'x', provider, oidc: { issuer, clientId: 'c' } },
      });
    for (const [provider, issuer] of [
      ['ENTRA', 'https://login.microsoftonline.com/common/v2.0'],
      ['GOOGLE', 'https://accounts.google.com'],
      ['GENERIC', 'https://accounts.google.com'],
      ['OKTA', 'https://accounts.google.com'],
    ]) {
      const { errors } = await attempt(provider ?? '', issuer ?? '');
      expect(errors[0].extensions.code).toBe('BAD_INPUT');
    }
  });
  test('the hosted domain must be a domain of the customer', async () => {
    const own = await connect({}, { hostedDomains: ['customer.example'] });
    await refused(() => signIn(own, { sub: 'g', email: 'g@customer.example', email_verified: true }), own);
    await refused(
      () => signIn(own, { sub: 'g', hd: 'other.example', email: 'g@customer.example', email_verified: true }),
      own,
    );
    expect(
      (await signIn(own, { sub: 'g', hd: 'customer.example', email: 'g@customer.example', email_verified: true })).url
        .hostname,
    ).toBe('app.example');
  });
  test('an IdP of another organization that asserts the address of a user reaches neither the account nor its sessions', async () => {
    const victim = await connect();
    const { body } = await victim.scim('POST', '/Users', oktaUser('victim@shared.example'));
    const attacker = await connect();
    const page = await signIn(attacker, { sub: 'v', email: 'victim@shared.example', email_verified: true });
    expect(page.url.hostname).toBe('app.example');
    const { user } = await victim.gql('query($id: ID!) { user(id: $id) { identities { subject } sessions { id } } }', {
      id: body.id,
    });
    expect(user).toEqual({ identities: [{ subject: null }], sessions: [] });
  });
  test('linking an existing account revokes its sessions, with an event', async () => {
    const own = await connect();
    await own.gql(
      'mutation($o: ID!, $c: [ID!]) { addDomain(organizationId: $o, domain: "pre.example", connectionIds: $c) { domain { id } } }',
      {
        o: own.organizationId,
        c: [own.connectionId],
      },
    );
    const { organization } = await own.gql('query($o: ID!) { organization(id: $o) { domains { id } } }', {
      o: own.organizationId,
    });
    await world.gql('mutation($id: ID!) { verifyDomain(id: $id, force: true) { domain { id } } }', {
      id: organization.domains[0].id,
    });
    const { createUser } = await own.gql('mutation($i: CreateUserInput!) { createUser(input: $i) { user { id } } }', {
      i: { organizationId: own.organizationId, userName: 'pre@pre.example', emails: [{ value: 'pre@pre.example' }] },
    });
    const { id } = createUser.user;
    const session = `insert into sessions (organization_id, id, user_id, hash, created_at, expires_at) values ($1, 'ses_01aaaaaaaaaaaaaaaaaaaaaaaa', $2, 'h', now(), now() + interval '1 hour')`;
    await world.database().run(session, [own.organizationId, id]);
    const page = await signIn(own, { sub: 'owner', email: 'pre@pre.example', email_verified: true });
    expect(page.url.hostname).toBe('app.example');
    const revoked = (await own.events()).find(({ type }: { type: string }) => type === 'SESSION_REVOKED');
    expect(revoked).toMatchObject({ subjectId: id, data: { because: 'linked', sessionsRevoked: 1 } });
  });
});

describe('the application’s side', () => {
  test('redirect URIs must match exactly', async () => {
    const forms = [
      'https://app.example/callback/',
      'https://app.example/callback?x=1',
      'https://app.example/callback#x',
      'https://app.example/Callback',
      'https://app.example/callback/../evil',
      'https://app.example/callback%2f..%2fevil',
      'https://app.example.evil.example/callback',
      'https://evil.example/callback',
      'https://app.example@evil.example/callback',
      'https://evil.example\\@app.example/callback',
      '//evil.example/callback',
      'https:evil.example',
      'javascript:alert(1)',
      'https://app.example:444/callback',
      'http://app.example/callback',
      'https://app.example/callback\t',
      ' https://app.example/callback',
      'https://аpp.example/callback',
    ];
    for (const redirect_uri of forms) {
      const browser = new Browser();
      const visit = await app.begin({ connection_id: tenant.connectionId, redirect_uri }, browser);
      expect(visit.page.status).toBe(400);
      expect(browser.visited.every((url) => new URL(url).origin === world.url)).toBe(true);
    }
  });
  test('without PKCE, or with the plain method, no code is issued', async () => {
    const without: Record<string, string>[] = [{ code_challenge_method: 'plain' }, { code_challenge: '' }];
    for (const more of without) {
      const visit = await app.begin({ connection_id: tenant.connectionId, ...more });
      expect(visit.page.url.searchParams.get('error')).toBe('invalid_request');
    }
  });
  test('a code is redeemed once: of fifty concurrent requests one succeeds, and a repeat revokes the sign-in', async () => {
    idp.claims = { email: 'replay@acme.example', email_verified: true, sub: 'replay' };
    const { browser, visit, request } = await atIdp();
    const back = visit.at(await browser.open(idp.callback(request).href));
    const attempts = await Promise.allSettled(Array.from({ length: 50 }, () => back.tokens()));
    const won = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
    expect(won.length).toBeLessThanOrEqual(1);
    for (const { access_token, refresh_token } of won) {
      expect(await app.introspect(access_token)).toEqual({ active: false });
      await expect(app.refresh(refresh_token ?? '')).rejects.toThrow();
    }
  });
  test('a refresh token is used once: of fifty concurrent requests one succeeds, and a second use revokes the family', async () => {
    idp.claims = { email: 'rotation@acme.example', email_verified: true, sub: 'rotation' };
    const { browser, visit, request } = await atIdp();
    const tokens = await visit.at(await browser.open(idp.callback(request).href)).tokens();
    const first = await app.refresh(tokens.refresh_token ?? '');
    expect(first.refresh_token).not.toBe(tokens.refresh_token);
    const attempts = await Promise.allSettled(Array.from({ length: 50 }, () => app.refresh(first.refresh_token ?? '')));
    const won = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
    expect(won.length).toBeLessThanOrEqual(1);
    for (const { access_token } of won) expect(await app.introspect(access_token)).toEqual({ active: false });
    await expect(app.refresh(first.refresh_token ?? '')).rejects.toThrow();
  });
  test('the code, token and secret of another application are refused', async () => {
    const other = await App.register(world, { name: 'Other' });
    idp.claims = { email: 'mine@acme.example', email_verified: true, sub: 'mine' };
    const { browser, visit, request } = await atIdp();
    const back = visit.at(await browser.open(idp.callback(request).href));
    const stolen = Object.assign(Object.create(Object.getPrototypeOf(back)), back, { app: other });
    await expect(stolen.tokens()).rejects.toThrow();
    const tokens = await back.tokens();
    await expect(other.refresh(tokens.refresh_token ?? '')).rejects.toThrow();
    const wrong = await fetch(`${world.url}/oauth/token`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${app.id}:rc_client_wrong`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: `grant_type=refresh_token&refresh_token=${tokens.refresh_token}`,
    });
    expect(wrong.status).toBe(401);
  });
  test('an application of one organization refuses users of another one', async () => {
    const own = await connect();
    const theirs = await App.register(world, { organizationId: own.organizationId });
    const visit = await theirs.begin({ connection_id: tenant.connectionId });
    expect(visit.page.status).toBe(403);
    expect(visit.page.words).toContain('not set up for your organization');
    const asked = await theirs.begin({ organization_id: tenant.organizationId });
    expect(asked.page.status).toBe(403);
  });
});
