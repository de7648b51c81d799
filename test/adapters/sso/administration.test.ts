import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openVault } from '../../../src/credentials/secret-key.js';
import { signingKeys } from '../../../src/credentials/signing-keys/signing-keys.js';
import { denials } from '../../../src/directory/sign-in/denials.js';
import { Vault } from '../../../src/kernel/vault.js';
import { App } from '../../support/application.js';
import { Browser } from '../../support/browser.js';
import { readRequest, SamlIdp } from '../../support/saml-idp.js';
import { protocols, Realm } from '../../support/sign-ins.js';
import { type Anything, oktaUser, World } from '../../support/world.js';

let world: World;
let app: App;
let metadata: Server;
let metadataXml = '';
let metadataUrl: string;
beforeAll(async () => {
  world = await World.shared();
  app = await App.register(world, { postLogoutRedirectUris: ['https://app.example/goodbye'] });
  metadata = createServer((_request, response) => void response.end(metadataXml));
  await new Promise<void>((resolve) => metadata.listen(0, '127.0.0.1', resolve));
  metadataUrl = `http://127.0.0.1:${(metadata.address() as AddressInfo).port}/metadata`;
});
afterAll(async () => {
  await world.close();
  metadata.close();
});

const outside = () => {
  const browser = new Browser();
  browser.stopAt = (url: URL) => /(app|idp)\.example$/.test(url.hostname);
  return browser;
};
const form = (fields: Record<string, string>) => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(fields).toString(),
});

describe.each(protocols)('a pending link request, by $protocol', ({ protocol }) => {
  const pending = async (realm: Realm) =>
    (
      await realm.tenant.gql(
        'query($id: ID!) { connection(id: $id) { pendingLinks { nodes { id subject email user { id } } } } }',
        { id: realm.tenant.connectionId },
      )
    ).connection.pendingLinks.nodes;
  const resolve = (realm: Realm, id: string, accept: boolean) =>
    world.request(
      'mutation($id: ID!, $a: Boolean!) { settleLink(id: $id, accept: $a) { user { id } } }',
      { id, a: accept },
      realm.tenant.key,
    );

  test('after the operator accepts, the next sign-in of the subject succeeds, and no other one', async () => {
    const realm = await Realm.make(world, app, protocol);
    const id = await realm.createUser({ roles: ['admin'] });
    expect(await realm.outcome(realm.person('T2', { sub: 'boss' }))).toBe('LINK_CONFIRMATION_REQUIRED');
    expect(await realm.outcome(realm.person('T2', { sub: 'boss' }))).toBe('LINK_CONFIRMATION_REQUIRED');
    const [request, second] = await pending(realm);
    expect(second).toBeUndefined();
    expect(request).toMatchObject({ subject: 'boss', email: realm.email, user: { id } });
    expect((await resolve(realm, request.id, true)).errors).toBeUndefined();
    expect(await realm.outcome(realm.person('T2', { sub: 'boss' }))).toBe(id);
    expect(await realm.outcome(realm.person('T2', { sub: 'other' }))).toBe('ACCOUNT_EXISTS');
    expect((await resolve(realm, request.id, true)).errors[0].extensions.code).toBe('NOT_FOUND');
  });

  test('an account that has since been deleted is not linked', async () => {
    const realm = await Realm.make(world, app, protocol);
    const id = await realm.createUser({ roles: ['admin'] });
    await realm.outcome(realm.person('T2', { sub: 'boss' }));
    const [request] = await pending(realm);
    await realm.tenant.gql('mutation($id: ID!) { updateUser(input: { id: $id, roles: [] }) { user { id } } }', { id });
    expect((await realm.tenant.scim('DELETE', `/Users/${id}`)).status).toBe(204);
    const before = (await realm.tenant.events()).length;
    expect((await resolve(realm, request.id, true)).errors[0].extensions.code).toBe('NOT_FOUND');
    expect((await realm.tenant.events()).length).toBe(before);
    expect((await resolve(realm, request.id, false)).errors).toBeUndefined();
  });

  test('after the operator rejects, sign-ins stay denied', async () => {
    const realm = await Realm.make(world, app, protocol, { trust: 'T1' });
    await realm.createUser();
    await realm.outcome(realm.person('T1', { sub: 's' }));
    const [request] = await pending(realm);
    await resolve(realm, request.id, false);
    expect(await realm.outcome(realm.person('T1', { sub: 's' }))).toBe('LINK_CONFIRMATION_REQUIRED');
    expect(await pending(realm)).toEqual([]);
  });
});

test('signInDecision returns the row that applies, and changes nothing', async () => {
  const realm = await Realm.make(world, app, 'oidc', { jit: { mode: 'ENABLED', requiredGroups: ['Staff'] } });
  const { body } = await realm.tenant.scim('POST', '/Users', oktaUser(realm.email));
  const ask = () =>
    realm
      .user(body.id, `signInDecision(connectionId: "${realm.tenant.connectionId}") { allowed code explanation }`)
      .then((user) => user.signInDecision);
  expect(await ask()).toMatchObject({ allowed: true, code: 'B3' });
  await realm.change('suspendUser', body.id);
  expect(await ask()).toMatchObject({
    allowed: false,
    code: 'USER_SUSPENDED',
    explanation: expect.stringContaining('The account of the user is suspended. Call unsuspendUser'),
  });
  await realm.change('unsuspendUser', body.id);
  await realm.outcome(realm.person('T2', { groups: 'Staff' }));
  expect(await ask()).toMatchObject({ allowed: true, code: 'B1' });
  const before = await realm.tenant.events();
  await ask();
  expect(await realm.tenant.events()).toHaveLength(before.length);
});

describe('metadata of SAML IdPs', () => {
  const descriptor = (idp: SamlIdp, more = '') =>
    `<?xml version="1.0"?><!-- written by people --><md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="${idp.entityId}"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">` +
    `<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>${idp.certificate.replace(/-----.*-----|\n/g, '')}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>${more}` +
    '<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example/slo"/>' +
    '<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example/post"/></md:IDPSSODescriptor></md:EntityDescriptor>';
  const connect = (saml: object) =>
    world.request(
      'mutation($i: CreateConnectionInput!) { createConnection(input: $i) { connection { id saml { idpEntityId ssoUrl ssoBinding sloUrl certificates } jit { vouchesForEmail } } } }',
      {
        i: { organizationId: tenantId, name: 'x', provider: 'GENERIC', saml },
      },
    );
  let tenantId: string;
  beforeAll(async () => {
    tenantId = (await world.tenant()).organizationId;
  });

  test('sets entity id, URLs and certificates, from XML and from a URL', async () => {
    const idp = await SamlIdp.make();
    metadataXml = descriptor(idp);
    for (const saml of [{ metadataXml }, { metadataUrl }]) {
      const { data } = await connect(saml);
      expect(data.createConnection.connection).toMatchObject({
        saml: {
          idpEntityId: idp.entityId,
          ssoUrl: 'https://idp.example/post',
          ssoBinding: 'POST',
          sloUrl: 'https://idp.example/slo',
          certificates: [idp.certificate],
        },
        jit: { vouchesForEmail: true },
      });
    }
  });
  test.each([
    ['no XML', { metadataXml: 'x' }],
    [
      'a document type',
      { metadataXml: '<!DOCTYPE x><md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"/>' },
    ],
    [
      'a service provider’s',
      { metadataXml: '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x"/>' },
    ],
    ['an address that does not answer', { metadataUrl: 'http://127.0.0.1:1/' }],
    ['nothing', {}],
    ['no certificate', { idpEntityId: 'x', ssoUrl: 'https://idp.example/sso', certificates: [] }],
    ['what is no certificate', { idpEntityId: 'x', ssoUrl: 'https://idp.example/sso', certificates: ['nonsense'] }],
    ['an http address', { idpEntityId: 'x', ssoUrl: 'http://idp.example/sso', certificates: [] }],
  ])('%s is refused with the next step', async (_name, saml) => {
    const { errors } = await connect(saml);
    expect(errors[0].extensions.code).toBe('BAD_INPUT');
  });
  test('both oidc and saml on one connection is refused', async () => {
    const { errors } = await world.request(
      'mutation($i: CreateConnectionInput!) { createConnection(input: $i) { connection { id } } }',
      {
        i: {
          organizationId: tenantId,
          name: 'x',
          provider: 'GENERIC',
          oidc: { issuer: 'https://a.example', clientId: 'c' },
          saml: { metadataXml: descriptor(await SamlIdp.make()) },
        },
      },
    );
    expect(errors[0].extensions.code).toBe('BAD_INPUT');
  });

  test('sends requests by HTTP-POST; signing out redirects to the IdP and back', async () => {
    const idp = await SamlIdp.make();
    const own = await world.tenant({
      provider: 'GENERIC',
      scim: false,
      saml: { metadataXml: descriptor(idp) },
      jit: { mode: 'ENABLED' },
    });
    const here = `${world.url}/sso/saml/${own.connectionId}`;
    const browser = outside();
    const visit = await app.begin({ connection_id: own.connectionId }, browser);
    const { action, fields } = visit.page.form;
    expect(action).toBe('https://idp.example/post');
    const request = Buffer.from(fields.SAMLRequest ?? '', 'base64').toString();
    expect(request).toContain('<Signature');
    const facts = idp.facts({
      requestId: /\bID="([^"]+)"/.exec(request)?.[1] ?? '',
      acsUrl: `${here}/acs`,
      audience: `${here}/metadata`,
      email: 'post@acme.example',
    });
    const back = await browser.open(
      `${here}/acs`,
      form({
        SAMLResponse: Buffer.from(idp.signed(facts, 'both')).toString('base64'),
        RelayState: fields.RelayState ?? '',
      }),
      'idp.example',
    );
    const tokens = await visit.at(back).tokens();
    const end = new URL(`${world.url}/oauth/session/end`);
    end.searchParams.set('id_token_hint', tokens.id_token ?? '');
    end.searchParams.set('post_logout_redirect_uri', 'https://app.example/goodbye');
    const asked = await browser.open(end.href);
    expect(asked.url.origin + asked.url.pathname).toBe('https://idp.example/slo');
    expect(readRequest(asked.url).xml).toContain(facts.nameId);
    expect(await app.introspect(tokens.access_token)).toEqual({ active: false });
    const done = await browser.open(
      `${here}/slo`,
      form({ SAMLResponse: 'x', RelayState: asked.url.searchParams.get('RelayState') ?? '' }),
      'idp.example',
    );
    expect(done.url.href).toBe('https://app.example/goodbye');
  });
});

describe('keys and secrets', () => {
  test('signing keys: the next is published a day before it is used, the old one two days after', async () => {
    const database = world.database();
    const vault = new Vault(['a key of this test']);
    const day = 86_400_000;
    const start = new Date('2030-01-01T00:00:00Z');
    const at = (days: number) =>
      signingKeys(database, { vault, purpose: 'rotation-test', now: new Date(start.getTime() + days * day) });
    const [first, none] = await at(0);
    expect(none).toBeUndefined();
    expect((await at(88)).map(({ id }) => id)).toEqual([first?.id]);
    const announced = await at(89.5);
    expect(announced).toHaveLength(2);
    expect(announced[0]?.id).toBe(first?.id);
    const used = await at(90.6);
    expect(used[0]?.id).not.toBe(first?.id);
    expect(used).toHaveLength(2);
    expect((await at(93)).map(({ id }) => id)).toEqual([used[0]?.id]);
    // Nodes that start concurrently use the same key.
    const both = await Promise.all(
      Array.from({ length: 4 }, () => signingKeys(database, { vault, purpose: 'race-test', now: start })),
    );
    expect(new Set(both.flat().map(({ id }) => id)).size).toBe(1);
  });

  test('sealed secrets open only with their key and context; a list of keys also opens secrets of the old key', async () => {
    const old = new Vault(['old']);
    const sealed = old.seal('secret', 'here');
    expect(new Vault(['new', 'old']).open(sealed, 'here')).toBe('secret');
    expect(() => old.open(sealed, 'there')).toThrow();
    expect(() => new Vault(['new']).open(sealed, 'here')).toThrow();
    expect(() => old.open(`${sealed.slice(0, -2)}xx`, 'here')).toThrow();
    await expect(
      openVault(world.database(), { given: 'another key, 32 characters and more', directory: '/nowhere' }),
    ).rejects.toThrow(/ROLLCALL_SECRET_KEY/);
  });

  test('a client secret of an IdP cannot be read again', async () => {
    const tenant = await world.tenant({
      provider: 'GENERIC',
      oidc: { issuer: 'https://idp.example', clientId: 'c', clientSecret: 'the-canary-secret' },
    });
    const rows = await world
      .database()
      .run<{ text: string }>(
        'select (select string_agg(c::text, $1) from connections c) || (select string_agg(e::text, $1) from events e) as text',
        [''],
      );
    expect(rows[0]?.text).not.toContain('the-canary-secret');
    expect(JSON.stringify(await tenant.events())).not.toContain('sealed');
  });
});

test('applications: invalid ones are refused, changes apply at once, a rotation revokes the old secret', async () => {
  const create = (input: object) =>
    world.request(
      'mutation($i: CreateApplicationInput!) { createApplication(input: $i) { clientSecret application { id } } }',
      { i: { name: 'A', redirectUris: ['https://a.example/'], ...input } },
    );
  for (const input of [
    { redirectUris: [] },
    { redirectUris: ['http://a.example/'] },
    { redirectUris: ['https://*.a.example/'] },
    { redirectUris: ['https://a.example/#x'] },
    { redirectUris: ['nonsense'] },
    { name: ' ' },
    { backchannelLogoutUri: 'ftp://a.example' },
    { tokenEndpointAuthMethod: 'PRIVATE_KEY_JWT' },
    { jwks: { keys: [{ kty: 'RSA', d: 'private' }] } },
  ]) {
    expect((await create(input)).errors[0].extensions.code).toBe('BAD_INPUT');
  }
  const { data } = await create({ tokenEndpointAuthMethod: 'NONE' });
  expect(data.createApplication.clientSecret).toBeNull();
  const own = await App.register(world);
  const rotated = await world.gql('mutation($id: ID!) { rotateApplicationSecret(id: $id) { clientSecret } }', {
    id: own.id,
  });
  const basic = (secret: string) =>
    fetch(`${world.url}/oauth/token/introspection`, {
      ...form({ token: 'x' }),
      headers: {
        authorization: `Basic ${Buffer.from(`${own.id}:${secret}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
    });
  expect((await basic(own.secret ?? '')).status).toBe(401);
  expect((await basic(rotated.rotateApplicationSecret.clientSecret)).status).toBe(200);
  await world.gql('mutation($id: ID!) { deleteApplication(id: $id) { deletedId } }', { id: own.id });
  expect((await basic(rotated.rotateApplicationSecret.clientSecret)).status).toBe(401);
});

test('a browser application signs in with PKCE only, and its origin is allowed by CORS', async () => {
  const realm = await Realm.make(world, app, 'oidc');
  const spa = await App.register(world, { tokenEndpointAuthMethod: 'NONE' });
  const tokens = await spa.signIn({ connection_id: realm.tenant.connectionId }, realm.person('T2'));
  expect(tokens.claims.sub).toMatch(/^user_/);
  const preflight = await fetch(`${world.url}/oauth/token`, {
    method: 'OPTIONS',
    headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
  });
  expect(preflight.status).toBe(204);
});

test('claims that the ID token lacks are read from userinfo, and the ID token takes precedence', async () => {
  const { HostileIdp } = await import('../../support/oidc-idp.js');
  const idp = await HostileIdp.start();
  idp.userinfo = { sub: 'u', email: 'more@acme.example', email_verified: true, groups: ['Staff'] };
  idp.claims = { sub: 'u', name: 'From the token' };
  const own = await world.tenant({
    provider: 'GENERIC',
    scim: false,
    oidc: { issuer: idp.issuer, clientId: 'rollcall' },
    jit: { mode: 'ENABLED', requiredGroups: ['Staff'] },
  });
  const browser = new Browser();
  browser.stopAt = (url: URL) => url.hostname === 'app.example' || url.origin === idp.issuer;
  const visit = await app.begin({ connection_id: own.connectionId }, browser);
  const tokens = await visit.at(await browser.open(idp.callback(visit.page.url).href)).tokens();
  expect(tokens.claims).toMatchObject({ email: 'more@acme.example', name: 'From the token' });
  idp.userinfo = { ...idp.userinfo, sub: 'somebody-else' } as Anything;
  const again = await app.begin({ connection_id: own.connectionId, prompt: 'login' }, browser);
  expect((await browser.open(idp.callback(again.page.url).href)).words).toContain(denials.ASSERTION_INVALID);
  await idp.close();
});
