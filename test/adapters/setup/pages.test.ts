import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { inSetupWords } from '../../../src/directory/connections/setup-words.js';
import { FetchFailed, Refused } from '../../../src/outbound/fault.js';
import { Browser } from '../../support/browser.js';
import { SamlIdp } from '../../support/saml-idp.js';
import { type Anything, oktaUser, type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
let now = () => new Date();
beforeAll(async () => {
  world = await World.start({ now: () => now() });
  tenant = await world.tenant({ provider: 'TEST', state: 'DRAFT', scim: false, oidc: undefined });
});
afterAll(() => world.close());

const link = async (more = '') =>
  (
    await tenant.gql(`mutation($c: ID!) { createSetupLink(connectionId: $c${more}) { url expiresAt } }`, {
      c: tenant.connectionId,
    })
  ).createSetupLink;
const state = async () =>
  (await tenant.gql('query($id: ID!) { connection(id: $id) { state scim { enabled } } }', { id: tenant.connectionId }))
    .connection;

const metadataOf = (idp: SamlIdp) =>
  `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="${idp.entityId}"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">` +
  `<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>${idp.certificate.replace(/-----.*-----|\n/g, '')}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>` +
  '<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example/post"/></md:IDPSSODescriptor></md:EntityDescriptor>';

/** A visitor with the cookie of the link. */
async function visitor(url: string) {
  const first = await fetch(url, { redirect: 'manual' });
  const cookie = first.headers.get('set-cookie')?.split(';')[0] ?? '';
  const open = (path: string, body?: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(`${world.url}${path}`, {
      redirect: 'manual',
      headers: { cookie, ...headers },
      ...(body && { method: 'POST', body: new URLSearchParams(body) }),
    });
  return { first, cookie, open };
}

describe('a setup link', () => {
  test('removes its secret from the URL, and shows the values to enter at the IdP', async () => {
    const { first, open } = await visitor((await link()).url);
    expect([first.status, first.headers.get('location')]).toEqual([303, `/setup?connection=${tenant.connectionId}`]);
    expect(first.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Lax/);
    const page = await open('/setup');
    const text = await page.text();
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(text).toContain(`${world.url}/scim/v2/${tenant.connectionId.slice(5)}`);
    expect(text).not.toContain('rc_setup_');
  });

  test('shows the way back to the application', async () => {
    const { open } = await visitor((await link(', returnUrl: "https://app.example/a?b=1&c=2"')).url);
    expect(await (await open('/setup')).text()).toContain('href="https://app.example/a?b=1&amp;c=2"');
    expect(await (await (await visitor((await link()).url)).open('/setup')).text()).not.toContain(
      'https://app.example',
    );
  });

  test('creates a token for provisioning, and activates the connection', async () => {
    const { open } = await visitor((await link()).url);
    const made = await (await open('/setup/scim-token', {})).text();
    const token = /rc_scim_[\w-]+/.exec(made)?.[0] ?? '';
    await open('/setup/state', { state: 'ACTIVE' });
    expect(await state()).toEqual({ state: 'ACTIVE', scim: { enabled: true } });
    const answer = await world.scim(tenant.connectionId, token, 'POST', '/Users', oktaUser('set-up@acme.test'));
    expect(answer.status).toBe(201);
  });

  test('shows invalid values, and changes nothing', async () => {
    const { open } = await visitor((await link()).url);
    const answer = await open('/setup/oidc', { issuer: 'ftp://nowhere', clientId: 'x' });
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain('&quot;Issuer&quot; must be an https URL');
    expect((await open('/setup/saml', { metadataXml: '<nothing/>' })).status).toBe(422);
    for (const name of ['nothing', 'constructor', '__proto__', 'toString'])
      expect((await open(`/setup/${name}`, {})).status).toBe(404);
    const broken = await fetch(`${world.url}/setup`, { headers: { cookie: 'rollcall_setup=%' } });
    expect(broken.status).toBe(404);
  });

  test('keeps the entered values of a refused form, except the secret', async () => {
    const fresh = await world.tenant({ provider: 'GENERIC', state: 'DRAFT', scim: false });
    const { createSetupLink } = await fresh.gql('mutation($c: ID!) { createSetupLink(connectionId: $c) { url } }', {
      c: fresh.connectionId,
    });
    const { open } = await visitor(createSetupLink.url);
    const connection = fresh.connectionId;
    const wrong = { connection, issuer: 'ftp://nowhere.example', clientId: 'my "client"', clientSecret: 'my-secret' };
    const oidc = await (await open('/setup/oidc', wrong)).text();
    expect(oidc).toContain('value="ftp://nowhere.example"');
    expect(oidc).toContain('value="my &quot;client&quot;"');
    expect(oidc).not.toContain('my-secret');
    expect(oidc).toContain('role="alert"');
    const saml = await (await open('/setup/saml', { connection, metadataXml: '<nothing/>' })).text();
    expect(saml).toContain('&lt;nothing/&gt;</textarea>');
    const url = { connection, metadataUrl: 'http://127.0.0.1:1/metadata' };
    expect(await (await open('/setup/saml', url)).text()).toContain('value="http://127.0.0.1:1/metadata"');
    // The next page does not contain the entered values.
    expect(await (await open('/setup')).text()).not.toContain('nowhere.example');
  });

  test('mentions a previous token only if there is one', async () => {
    const fresh = await world.tenant({ provider: 'GENERIC', state: 'DRAFT', scim: false });
    const { createSetupLink } = await fresh.gql('mutation($c: ID!) { createSetupLink(connectionId: $c) { url } }', {
      c: fresh.connectionId,
    });
    const { open } = await visitor(createSetupLink.url);
    expect(await (await open('/setup')).text()).not.toContain('the previous one');
    await open('/setup/scim-token', { connection: fresh.connectionId });
    expect(await (await open('/setup')).text()).toContain('the previous one remains valid for one day');
  });

  /** The setup page of a new connection. */
  const pageOf = async (more: Parameters<World['tenant']>[0]) => {
    const fresh = await world.tenant({ provider: 'GENERIC', ...more });
    const { createSetupLink } = await fresh.gql('mutation($c: ID!) { createSetupLink(connectionId: $c) { url } }', {
      c: fresh.connectionId,
    });
    const { open } = await visitor(createSetupLink.url);
    const connection = fresh.connectionId;
    const post = async (deed: string, body: Record<string, string> = {}) =>
      (await open(`/setup/${deed}`, { connection, ...body })).text();
    const update = (input: object) =>
      fresh.gql('mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { connection { id } } }', {
        i: { id: connection, ...input },
      });
    return { fresh, post, update, text: async () => (await open('/setup')).text() };
  };
  const oidc = { issuer: 'https://127.0.0.1:1', clientId: 'rollcall' };

  test('shows the state of the connection, and offers activation only if it is configured', async () => {
    const { text, update, post } = await pageOf({ scim: false });
    expect(await text()).toContain('The connection is a draft: it is not in use yet.');
    expect(await text()).not.toContain('Activate connection');
    expect(await text()).toContain('You can activate it as soon as sign-in or provisioning is configured.');
    const refused = await post('state', { state: 'ACTIVE' });
    expect(refused).toContain('The connection cannot be activated yet: configure sign-in or provisioning first.');
    await update({ oidc });
    expect(await text()).toContain('Activate connection');
    await update({ state: 'ACTIVE' });
    expect(await text()).toContain('The connection is active.');
    await update({ state: 'INACTIVE' });
    expect(await text()).toContain('The connection is inactive: no one can sign in through it');
  });

  test('lists no token while provisioning is disabled', async () => {
    const { fresh, text, update } = await pageOf({ scim: true, oidc });
    expect(await text()).toContain('Valid tokens');
    await update({ scim: false });
    expect(await text()).not.toMatch(/Valid tokens|the previous one/);
    expect((await fresh.scim('GET', '/Users')).status).toBe(403);
  });

  test('allows a change of the protocol while no user has signed in with it', async () => {
    const { fresh, text, post, update } = await pageOf({ scim: false, state: 'DRAFT', oidc });
    const idp = await SamlIdp.make();
    expect(await text()).toContain('Use SAML 2.0 instead');
    const wrong = await post('saml', { metadataXml: '<nothing/>' });
    expect(wrong).toMatch(/<details open>/);
    expect(await post('saml', { metadataXml: metadataOf(idp) })).toContain('Saved.');
    const { connection } = await fresh.gql(
      'query($id: ID!) { connection(id: $id) { state oidc { issuer } saml { idpEntityId } } }',
      {
        id: fresh.connectionId,
      },
    );
    expect(connection).toEqual({ state: 'DRAFT', oidc: null, saml: { idpEntityId: idp.entityId } });
    expect(await text()).toContain('Use OpenID Connect instead');
    await update({ state: 'ACTIVE' });
    expect(await text()).toContain('To use OpenID Connect instead of SAML 2.0, deactivate the connection first.');
    expect(await post('oidc', oidc)).toContain('The protocol was not changed: deactivate the connection first.');
    await update({ state: 'INACTIVE' });
    await post('oidc', { issuer: 'https://one.example', clientId: 'c' });
    expect(await text()).toContain('Use SAML 2.0 instead');
  });

  test('contains no fields or mutations of the API, and no settings of the server', async () => {
    const { post } = await pageOf({ scim: false, state: 'DRAFT' });
    const refusals: [string, Record<string, string>, string][] = [
      ['oidc', { issuer: 'ftp://nowhere.example', clientId: 'x' }, '&quot;Issuer&quot; must be an https URL'],
      ['oidc', { issuer: 'http://127.0.0.1:1', clientId: ' ' }, '&quot;Client ID&quot; must not be empty'],
      ['saml', {}, 'Enter the metadata URL of the IdP, or paste its metadata.'],
      [
        'saml',
        { metadataUrl: 'ftp://idp.example/metadata' },
        '&quot;Metadata URL of the IdP&quot; must be an https URL',
      ],
      ['saml', { metadataUrl: 'http://127.0.0.1:1/metadata' }, 'The metadata URL could not be read'],
      ['state', { state: 'ACTIVE' }, 'configure sign-in or provisioning first'],
      ['test', {}, 'Configure the sign-in first'],
    ];
    for (const [deed, body, expected] of refusals) {
      const [, said = ''] = /role="alert">(.*?)<\/p>/s.exec(await post(deed, body)) ?? [];
      expect([deed, body, said]).toEqual([deed, body, expect.stringContaining(expected)]);
      expect(said).not.toMatch(/oidc\b|saml\b|metadataXml|jit\./);
    }
    const inner = new FetchFailed(new URL('https://idp.internal/'), new Refused()).reason;
    expect(inner).toContain('OUTBOUND_ALLOW');
    expect(inSetupWords(inner)).toMatch(/in a private network\. Ask the sender of this link/);
    expect(inSetupWords(inner)).not.toContain('OUTBOUND_ALLOW');
    expect(
      inSetupWords('"oidc.hostedDomains" must contain the domains of this customer, because it is shared.'),
    ).toMatch(/Ask the sender of this link to set the domains/);
  });

  test('explains a refused test for the sender of the link', async () => {
    const signing = await world.tenant({ provider: 'TEST', scim: false, jit: { mode: 'DISABLED' } }, 'Refusing');
    const { url } = (
      await signing.gql('mutation($c: ID!) { createSetupLink(connectionId: $c) { url } }', { c: signing.connectionId })
    ).createSetupLink;
    const { open } = await visitor(url);
    const trip = (await open('/setup/test', {})).headers.get('location') ?? '';
    const page = await (await new Browser().open(trip)).submit({ email: 'tried@acme.test', email_verified: 'yes' });
    expect(page.words).toContain(
      'This sign-in would be denied. The user has no account, and the connection creates none',
    );
    expect(page.words).toMatch(
      /send this text to the sender of your setup link.*Row NEW_USERS_OFF \(D1\): .*Set "jit\.mode" to ENABLED/,
    );
  });

  test('has a heading for each section', async () => {
    const fresh = await world.tenant({ provider: 'TEST', scim: false });
    const { createSetupLink } = await fresh.gql('mutation($c: ID!) { createSetupLink(connectionId: $c) { url } }', {
      c: fresh.connectionId,
    });
    const text = await (await (await visitor(createSetupLink.url)).open('/setup')).text();
    const headings = [...text.matchAll(/<h([1-6])>([^<]*)</g)].map(([, level, words]) => `${level} ${words}`);
    expect(headings.slice(1)).toEqual([
      '2 State',
      '2 Provisioning (SCIM 2.0)',
      '2 Sign-in',
      '3 OpenID Connect',
      '3 Test',
    ]);
  });

  test('gives access to the API for its connection only', async () => {
    const secret = new URL((await link()).url).searchParams.get('key') ?? '';
    const ask = (query: string, variables = {}) => world.request(query, variables, secret);
    const { data } = await ask('{ viewer { kind organization { id } connection { id } } }');
    expect(data.viewer).toEqual({ kind: 'SETUP_LINK', organization: null, connection: { id: tenant.connectionId } });
    const other = (
      await tenant.gql('mutation($i: CreateConnectionInput!) { createConnection(input: $i) { connection { id } } }', {
        i: { organizationId: tenant.organizationId, name: 'Other', provider: 'OKTA' },
      })
    ).createConnection.connection.id;
    expect((await ask('query($id: ID!) { connection(id: $id) { id } }', { id: other })).errors[0].extensions.code).toBe(
      'FORBIDDEN',
    );
    expect(
      (await ask('query($id: ID!) { organization(id: $id) { id } }', { id: tenant.organizationId })).errors[0]
        .extensions.code,
    ).toBe('FORBIDDEN');
    const grab = await ask(
      'mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { connection { id } } }',
      { i: { id: tenant.connectionId, grantableRoles: ['admin'] } },
    );
    expect(grab.errors[0].extensions.code).toBe('FORBIDDEN');
    const vouch = await ask(
      'mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { connection { id } } }',
      { i: { id: tenant.connectionId, jit: { vouchesForEmail: true } } },
    );
    expect(vouch.errors[0].extensions.code).toBe('FORBIDDEN');
  });

  test('of another tenant, an expired one, and a forged one are refused', async () => {
    const foreign = await world.tenant({}, 'Foreign');
    const { url } = (
      await foreign.gql('mutation($c: ID!) { createSetupLink(connectionId: $c) { url } }', { c: foreign.connectionId })
    ).createSetupLink;
    const secret = new URL(url).searchParams.get('key') ?? '';
    const foreignConnection = await world.request(
      'query($id: ID!) { connection(id: $id) { id } }',
      { id: tenant.connectionId },
      secret,
    );
    expect(foreignConnection).toEqual({ data: { connection: null } });
    const { url: short } = await link(', expiresInSeconds: 60');
    const { open } = await visitor(short);
    expect((await open('/setup')).status).toBe(200);
    now = () => new Date(Date.now() + 120_000);
    expect((await open('/setup')).status).toBe(404);
    now = () => new Date();
    expect((await (await visitor(`${world.url}/setup?key=rc_setup_wrong`)).open('/setup')).status).toBe(404);
    expect((await fetch(`${world.url}/setup`)).status).toBe(404);
  });

  test('runs a complete test sign-in without a change', async () => {
    const signing = await world.tenant({ provider: 'TEST' }, 'Signing');
    const { url } = (
      await signing.gql('mutation($c: ID!) { createSetupLink(connectionId: $c) { url } }', { c: signing.connectionId })
    ).createSetupLink;
    const { open } = await visitor(url);
    const trip = (await open('/setup/test', {})).headers.get('location') ?? '';
    const page = await (await new Browser().open(trip)).submit({ email: 'tried@acme.test', email_verified: 'yes' });
    expect(page.words).toContain('tried@acme.test');
    const { organization } = await signing.gql('query($o: ID!) { organization(id: $o) { users { totalCount } } }', {
      o: signing.organizationId,
    });
    expect((organization as Anything).users.totalCount).toBe(0);
  });
});
