import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type JWTPayload, SignJWT } from 'jose';
import { App } from '../../support/application.js';
import { Browser } from '../../support/browser.js';
import { HostileIdp } from '../../support/oidc-idp.js';
import { type Facts, readRequest, SamlIdp } from '../../support/saml-idp.js';
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

const connect = (more: Record<string, unknown> = {}) =>
  world.tenant({
    provider: 'OKTA',
    scim: false,
    oidc: { issuer: idp.issuer, clientId: 'rollcall' },
    jit: { mode: 'ENABLED' },
    ...more,
  });

let number = 0;
async function signIn(at = tenant) {
  const n = ++number;
  idp.claims = {
    sub: `person-${n}`,
    sid: `idp-session-${n}`,
    email: `person${n}@signals.example`,
    email_verified: true,
  };
  const browser = new Browser();
  browser.stopAt = (url: URL) => url.hostname === 'app.example' || url.origin === idp.issuer;
  const visit = await app.begin({ connection_id: at.connectionId }, browser);
  const tokens = await visit.at(await browser.open(idp.callback(visit.page.url).href)).tokens();
  return { n, tokens, userId: tokens.claims.sub as string };
}

const now = () => Math.floor(Date.now() / 1000);
const logoutEvent = { 'http://schemas.openid.net/event/backchannel-logout': {} };
const base = (more: JWTPayload = {}) => ({
  iss: idp.issuer,
  aud: 'rollcall',
  iat: now(),
  exp: now() + 120,
  jti: `j-${Math.random()}`,
  ...more,
});

const endpoint = (kind: string, at = tenant) => `${world.url}/sso/${at.connectionId}/${kind}`;
const logout = (token: string, at = tenant) =>
  fetch(endpoint('backchannel-logout', at), {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ logout_token: token }).toString(),
  });
const event = (token: string, at = tenant) =>
  fetch(endpoint('security-events', at), {
    method: 'POST',
    headers: { 'content-type': 'application/secevent+jwt' },
    body: token,
  });
const revoke = (token: string, body: unknown, at = tenant) =>
  fetch(endpoint('global-token-revocation', at), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const caep = (type: string, more: JWTPayload = {}) =>
  base({ events: { [`https://schemas.openid.net/secevent/${type}`]: {} }, exp: undefined, ...more });
const active = async (token: string) => (await app.introspect(token)).active;
const last = async (at = tenant) => (await at.events()).at(-1);

describe('OpenID Connect Back-Channel Logout', () => {
  test('by sid and by sub ends the session, refresh and introspection, with an event', async () => {
    for (const by of ['sid', 'sub']) {
      const { n, tokens, userId } = await signIn();
      const claims = by === 'sid' ? { sid: `idp-session-${n}` } : { sub: `person-${n}` };
      const token = await idp.sign(base({ ...claims, events: logoutEvent }));
      expect((await logout(token)).status).toBe(200);
      expect(await active(tokens.access_token)).toBe(false);
      await expect(app.refresh(tokens.refresh_token ?? '')).rejects.toThrow();
      expect(await last()).toMatchObject({
        type: 'SESSION_REVOKED',
        subjectId: userId,
        data: { because: 'signal', signal: 'backchannel-logout' },
      });
    }
  });

  test('with the sid of another user ends no session', async () => {
    const one = await signIn();
    const two = await signIn();
    await logout(await idp.sign(base({ sid: `idp-session-${two.n}`, events: logoutEvent })));
    expect([await active(one.tokens.access_token), await active(two.tokens.access_token)]).toEqual([true, false]);
  });

  test('by a replayed token is acknowledged, and does not end later sessions', async () => {
    const { n } = await signIn();
    const token = await idp.sign(base({ sub: `person-${n}`, events: logoutEvent }));
    await logout(token);
    number = n - 1;
    const again = await signIn();
    expect((await logout(token)).status).toBe(200);
    expect(await active(again.tokens.access_token)).toBe(true);
    number = Math.max(number, n);
  });

  test('with a jti of 4,000 characters is accepted, and distinguished from one with the same beginning', async () => {
    for (const end of ['a', 'b']) {
      const { n, tokens } = await signIn();
      const claims = base({ sub: `person-${n}`, jti: `${'語'.repeat(4_000)}${end}`, events: logoutEvent });
      expect((await logout(await idp.sign(claims))).status).toBe(200);
      expect(await active(tokens.access_token)).toBe(false);
    }
  });

  test.each([
    { name: 'unsigned', forge: (claims: JWTPayload) => idp.unsigned(claims) },
    { name: 'HMAC', forge: (claims: JWTPayload) => idp.hmac(claims) },
    { name: 'another key', forge: (claims: JWTPayload) => idp.foreign(claims) },
    { name: 'another issuer', forge: (claims: JWTPayload) => idp.sign({ ...claims, iss: 'https://evil.example' }) },
    { name: 'another audience', forge: (claims: JWTPayload) => idp.sign({ ...claims, aud: 'other' }) },
    { name: 'an ID token', forge: ({ events: _none, ...claims }: JWTPayload) => idp.sign({ ...claims, nonce: 'n' }) },
    { name: 'with a nonce', forge: (claims: JWTPayload) => idp.sign({ ...claims, nonce: 'n' }) },
    { name: 'no jti', forge: ({ jti: _none, ...claims }: JWTPayload) => idp.sign(claims) },
    {
      name: 'a jti that is an object',
      forge: (claims: JWTPayload) => idp.sign({ ...claims, jti: {} as unknown as string }),
    },
    { name: 'an empty jti', forge: (claims: JWTPayload) => idp.sign({ ...claims, jti: '' }) },
    { name: 'two days old', forge: (claims: JWTPayload) => idp.sign({ ...claims, iat: now() - 2 * 86_400 }) },
    { name: 'run out', forge: (claims: JWTPayload) => idp.sign({ ...claims, exp: now() - 120 }) },
    { name: 'nothing', forge: () => '' },
  ])('is refused: $name', async ({ forge }) => {
    const { n, tokens } = await signIn();
    const answer = await logout(await forge(base({ sub: `person-${n}`, events: logoutEvent })));
    expect(answer.status).toBe(400);
    expect(await active(tokens.access_token)).toBe(true);
  });
});

const noStrings: unknown[] = [[], {}, [[]], ['x'], [null], null, true, 5];
test.each([
  { kind: 'logout token', ask: (claims: JWTPayload) => logoutWith(claims) },
  { kind: 'security event token', ask: (claims: JWTPayload) => eventWith(claims) },
])('a $kind whose "sub" or "sid" is not a string is refused or has no effect', async ({ ask }) => {
  const { tokens } = await signIn();
  for (const value of noStrings)
    for (const name of ['sub', 'sid']) {
      const answer = await ask({ [name]: value } as JWTPayload);
      expect([name, value, answer.status < 500]).toEqual([name, value, true]);
    }
  expect(await active(tokens.access_token)).toBe(true);
});
const logoutWith = async (claims: JWTPayload) => logout(await idp.sign(base({ ...claims, events: logoutEvent })));
const eventWith = async (claims: JWTPayload) =>
  event(await idp.sign(caep('caep/event-type/session-revoked', claims as JWTPayload)));

describe('Shared Signals by push (RFC 8935)', () => {
  test.each([
    'caep/event-type/session-revoked',
    'caep/event-type/credential-change',
    'risc/event-type/sessions-revoked',
  ])('%s ends every session', async (type) => {
    const { n, tokens } = await signIn();
    const answer = await event(
      await idp.sign(caep(type, { sub_id: { format: 'iss_sub', iss: idp.issuer, sub: `person-${n}` } })),
    );
    expect(answer.status).toBe(202);
    expect(await active(tokens.access_token)).toBe(false);
  });

  test('account-disabled closes a JIT account, account-enabled opens it again; never one that SCIM manages', async () => {
    const { n, tokens, userId } = await signIn();
    const about = { sub_id: { format: 'email', email: `person${n}@signals.example` } };
    await event(await idp.sign(caep('risc/event-type/account-disabled', about)));
    const status = () =>
      tenant
        .gql('query($id: ID!) { user(id: $id) { status deprovisionReason } }', { id: userId })
        .then(({ user }) => user);
    expect(await status()).toEqual({ status: 'DEPROVISIONED', deprovisionReason: 'IDP_DEACTIVATED' });
    expect(await active(tokens.access_token)).toBe(false);
    await event(await idp.sign(caep('risc/event-type/account-enabled', about)));
    expect(await status()).toEqual({ status: 'ACTIVE', deprovisionReason: null });
    const managed = await connect({ scim: true });
    number++;
    await managed.scim('POST', '/Users', oktaUser(`person${number + 1}@signals.example`));
    const there = await signIn(managed);
    await event(
      await idp.sign(
        caep('risc/event-type/account-disabled', { sub_id: { format: 'iss_sub', sub: `person-${there.n}` } }),
      ),
      managed,
    );
    const { user } = await managed.gql('query($id: ID!) { user(id: $id) { status sessions { id } } }', {
      id: there.userId,
    });
    expect(user).toEqual({ status: 'ACTIVE', sessions: [] });
  });

  test('unknown events are acknowledged, and change nothing', async () => {
    const { n, tokens } = await signIn();
    const answer = await event(
      await idp.sign(
        caep('caep/event-type/device-compliance-change', { sub_id: { format: 'iss_sub', sub: `person-${n}` } }),
      ),
    );
    expect(answer.status).toBe(202);
    expect(await active(tokens.access_token)).toBe(true);
  });

  test('errors have the codes of RFC 8935', async () => {
    const claims = caep('caep/event-type/session-revoked', { sub_id: { format: 'email', email: 'a@b.example' } });
    const error = async (answer: Response) => ({
      status: answer.status,
      err: ((await answer.json()) as { err: string }).err,
    });
    expect(await error(await event(await idp.foreign(claims)))).toEqual({ status: 400, err: 'invalid_key' });
    expect(await error(await event(await idp.sign({ ...claims, iss: 'https://evil.example' })))).toEqual({
      status: 400,
      err: 'invalid_issuer',
    });
    expect(await error(await event(await idp.sign({ ...claims, aud: 'other' })))).toEqual({
      status: 400,
      err: 'invalid_audience',
    });
    const json = await fetch(endpoint('security-events'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(await error(json)).toEqual({ status: 400, err: 'invalid_request' });
  });

  test('a token with a nonce is an ID token, not a security event (RFC 8725 section 3.12)', async () => {
    const { n, tokens } = await signIn();
    const about = { sub_id: { format: 'iss_sub', iss: idp.issuer, sub: `person-${n}` }, nonce: 'n' };
    const answer = await event(await idp.sign(caep('caep/event-type/session-revoked', about)));
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ err: 'invalid_request' });
    expect(await active(tokens.access_token)).toBe(true);
  });

  test('no user of another organization is affected, for any subject', async () => {
    const { n, tokens } = await signIn();
    const other = await connect();
    const answer = await event(
      await idp.sign(
        caep('caep/event-type/session-revoked', { sub_id: { format: 'email', email: `person${n}@signals.example` } }),
      ),
      other,
    );
    expect(answer.status).toBe(202);
    expect(await active(tokens.access_token)).toBe(true);
    expect(
      (
        await fetch(`${world.url}/sso/conn_01aaaaaaaaaaaaaaaaaaaaaaaa/security-events`, {
          method: 'POST',
          headers: { 'content-type': 'application/secevent+jwt' },
          body: 'x',
        })
      ).status,
    ).toBe(404);
  });
});

describe('Global Token Revocation (Universal Logout)', () => {
  test('by subject and by email, with this endpoint as the audience; 404 for an unknown user', async () => {
    const token = () => idp.sign(base({ aud: endpoint('global-token-revocation') }));
    const one = await signIn();
    expect(
      (await revoke(await token(), { sub_id: { format: 'iss_sub', iss: idp.issuer, sub: `person-${one.n}` } })).status,
    ).toBe(204);
    expect(await active(one.tokens.access_token)).toBe(false);
    const two = await signIn();
    expect(
      (await revoke(await token(), { sub_id: { format: 'email', email: `person${two.n}@signals.example` } })).status,
    ).toBe(204);
    expect(await active(two.tokens.access_token)).toBe(false);
    expect((await revoke(await token(), { sub_id: { format: 'email', email: 'nobody@signals.example' } })).status).toBe(
      404,
    );
    expect((await revoke(await token(), {})).status).toBe(400);
    // PostgreSQL cannot store a NUL, so the request is invalid.
    expect((await revoke(await token(), { sub_id: { format: 'email', email: '\0' } })).status).toBe(400);
    expect((await revoke('x.y.z', { sub_id: { format: 'email', email: 'a@b.example' } })).status).toBe(401);
    expect(
      (
        await revoke(await idp.sign(base({ aud: 'https://other.example' })), {
          sub_id: { format: 'email', email: 'a@b.example' },
        })
      ).status,
    ).toBe(401);
  });
});

describe('A token of one kind is not accepted as another (RFC 8725 sections 3.11 and 3.12)', () => {
  const typed = (claims: JWTPayload, typ: string) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'k1', typ }).sign(idp.key);

  test('Global Token Revocation: an ID token or an access token is not accepted as a credential', async () => {
    const { n, tokens } = await signIn();
    const body = { sub_id: { format: 'iss_sub', iss: idp.issuer, sub: `person-${n}` } };
    const address = endpoint('global-token-revocation');
    const wrong = [
      await idp.sign(base({ sub: 'mallory' })),
      await idp.sign(base({ sub: 'mallory', nonce: 'n' })),
      await typed(base({ sub: 'mallory' }), 'at+jwt'),
      await typed(base({ aud: address }), 'logout+jwt'),
      await typed(base({ aud: address, nonce: 'n' }), 'global-token-revocation+jwt'),
      await typed(base({ nonce: 'n' }), 'global-token-revocation+jwt'),
    ];
    for (const token of wrong) expect((await revoke(token, body)).status).toBe(401);
    expect(await active(tokens.access_token)).toBe(true);
    // A token with an explicit type can have the client as its audience.
    expect((await revoke(await typed(base(), 'global-token-revocation+jwt'), body)).status).toBe(204);
    expect(await active(tokens.access_token)).toBe(false);
  });

  test.each([
    { name: 'logout+jwt', typ: 'logout+jwt', claims: {} },
    { name: 'at+jwt', typ: 'at+jwt', claims: {} },
    { name: 'application/at+jwt', typ: 'application/AT+JWT', claims: {} },
    { name: 'secevent+jwt', typ: 'secevent+jwt', claims: {} },
    { name: 'events', typ: 'JWT', claims: { events: logoutEvent } },
  ])('refused as an ID token: $name', async ({ typ, claims }) => {
    idp.forge = (proper) => typed({ ...proper, ...claims }, typ);
    try {
      await expect(signIn()).rejects.toThrow();
    } finally {
      idp.forge = (proper) => idp.sign(proper);
    }
    expect(await last()).toMatchObject({ type: 'SIGN_IN_DENIED', data: { code: 'ASSERTION_INVALID' } });
  });

  test('an ID token with the typ JWT is accepted', async () => {
    idp.forge = (proper) => typed(proper, 'JWT');
    await signIn();
    idp.forge = (proper) => idp.sign(proper);
  });
});

describe('SAML single logout', () => {
  test('a signed LogoutRequest ends the session; an unsigned one, and one by another key, do not', async () => {
    const saml = await SamlIdp.make();
    const own = await world.tenant({
      provider: 'GENERIC',
      scim: false,
      saml: { ...saml.facet, sloUrl: 'https://idp.example/slo' },
      jit: { mode: 'ENABLED' },
    });
    const here = `${world.url}/sso/saml/${own.connectionId}`;
    const browser = new Browser();
    browser.stopAt = (url: URL) => /(app|idp)\.example$/.test(url.hostname);
    const visit = await app.begin({ connection_id: own.connectionId }, browser);
    const { requestId, relayState } = readRequest(visit.page.url);
    const facts: Facts = saml.facts({
      requestId,
      acsUrl: `${here}/acs`,
      audience: `${here}/metadata`,
      email: 'slo@acme.example',
    });
    const form = (fields: Record<string, string>) => ({
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields).toString(),
    });
    const back = await browser.open(
      `${here}/acs`,
      form({ SAMLResponse: Buffer.from(saml.signed(facts, 'both')).toString('base64'), RelayState: relayState }),
      'idp.example',
    );
    const tokens = await visit.at(back).tokens();
    const request = `<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_lo" Version="2.0" IssueInstant="${new Date().toISOString()}" Destination="${here}/slo"><saml:Issuer>${saml.entityId}</saml:Issuer><saml:NameID>${facts.nameId}</saml:NameID><samlp:SessionIndex>session-1</samlp:SessionIndex></samlp:LogoutRequest>`;
    const other = await SamlIdp.make();
    const send = (xml: string) =>
      browser.open(`${here}/slo`, form({ SAMLRequest: Buffer.from(xml).toString('base64') }), 'idp.example');
    const signed = (by: SamlIdp) =>
      by.sign(request.replaceAll('samlp:LogoutRequest', 'samlp:LogoutRequest'), 'Response');
    expect((await send(request)).status).toBe(403);
    expect((await send(signed(other))).status).toBe(403);
    const unsigned = new URLSearchParams({
      SAMLRequest: (await import('node:zlib')).deflateRawSync(request).toString('base64'),
    });
    expect((await fetch(`${here}/slo?${unsigned}`)).status).toBe(403);
    expect(await active(tokens.access_token)).toBe(true);
    const answered = await send(signed(saml));
    expect(answered.url.origin + answered.url.pathname).toBe('https://idp.example/slo');
    expect(answered.url.searchParams.get('SAMLResponse')).toBeTruthy();
    expect(await active(tokens.access_token)).toBe(false);
    expect(await last(own)).toMatchObject({ type: 'SESSION_REVOKED', data: { signal: 'saml-logout' } });
    // A repeated request is answered, and does not end later sessions.
    const again = await app.begin({ connection_id: own.connectionId }, browser);
    const next = readRequest(again.page.url);
    const more = saml.facts({ ...facts, requestId: next.requestId, assertionId: '_again', responseId: '_again-r' });
    const fields = {
      SAMLResponse: Buffer.from(saml.signed(more, 'both')).toString('base64'),
      RelayState: next.relayState,
    };
    const there = await again.at(await browser.open(`${here}/acs`, form(fields), 'idp.example')).tokens();
    await send(signed(saml));
    expect(await active(there.access_token)).toBe(true);
    // With HTTP-Redirect the query is signed.
    const { deflateRawSync } = await import('node:zlib');
    const { createSign } = await import('node:crypto');
    const redirect = (by: SamlIdp, algorithm = 'rsa-sha256') => {
      const message = deflateRawSync(request.replace('_lo', '_lo2')).toString('base64');
      const query = `SAMLRequest=${encodeURIComponent(message)}&RelayState=x&SigAlg=${encodeURIComponent(`http://www.w3.org/2001/04/xmldsig-more#${algorithm}`)}`;
      const signature = createSign(algorithm.replace('rsa-', 'RSA-').toUpperCase())
        .update(query)
        .sign(by.privateKey, 'base64');
      return browser.open(`${here}/slo?${query}&Signature=${encodeURIComponent(signature)}`);
    };
    expect((await redirect(other)).status).toBe(403);
    expect((await redirect(saml, 'rsa-sha1')).status).toBe(403);
    expect(await active(there.access_token)).toBe(true);
    // Only the signed parameters are used, also if a parameter name is encoded differently (Bindings section 3.4.4.1).
    const deflated = (xml: string) => encodeURIComponent(deflateRawSync(xml).toString('base64'));
    const sigAlg = encodeURIComponent('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256');
    const nobody = request.replace(facts.nameId, 'nobody').replace('_lo', '_lo3');
    const harmless = `SAMLRequest=${deflated(nobody)}&SigAlg=${sigAlg}`;
    const proof = encodeURIComponent(createSign('RSA-SHA256').update(harmless).sign(saml.privateKey, 'base64'));
    for (const name of ['%53AMLRequest', 'SAML%52equest', '?SAMLRequest']) {
      const other = `${name}=${deflated(request.replace('_lo', '_lo4'))}`;
      for (const query of [`${other}&${harmless}&Signature=${proof}`, `${harmless}&Signature=${proof}&${other}`])
        expect((await fetch(`${here}/slo?${query}`, { redirect: 'manual' })).status).toBe(403);
    }
    expect(await active(there.access_token)).toBe(true);
    expect((await redirect(saml)).url.href).toContain('https://idp.example/slo');
    expect(await active(there.access_token)).toBe(false);
  });
});
