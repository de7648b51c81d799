import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Browser } from '../support/browser.js';
import { type Anything, oktaUser, type Tenant, World } from '../support/world.js';

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
  test('takes its secret out of the address, and shows what has to be entered at the IdP', async () => {
    const { first, open } = await visitor((await link()).url);
    expect([first.status, first.headers.get('location')]).toEqual([303, `/setup?connection=${tenant.connectionId}`]);
    expect(first.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Lax/);
    const page = await open('/setup');
    const text = await page.text();
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(text).toContain(`${world.url}/scim/v2/${tenant.connectionId.slice(5)}`);
    expect(text).not.toContain('rc_setup_');
  });

  test('makes a token that provisions, and switches the connection on', async () => {
    const { open } = await visitor((await link()).url);
    const made = await (await open('/setup/scim-token', {})).text();
    const token = /rc_scim_[\w-]+/.exec(made)?.[0] ?? '';
    await open('/setup/state', { state: 'ACTIVE' });
    expect(await state()).toEqual({ state: 'ACTIVE', scim: { enabled: true } });
    const answer = await world.scim(tenant.connectionId, token, 'POST', '/Users', oktaUser('set-up@acme.test'));
    expect(answer.status).toBe(201);
  });

  test('says what is wrong with what was entered, and changes nothing', async () => {
    const { open } = await visitor((await link()).url);
    const answer = await open('/setup/oidc', { issuer: 'ftp://nowhere', clientId: 'x' });
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain('oidc.issuer');
    expect((await open('/setup/saml', { metadataXml: '<nothing/>' })).status).toBe(422);
    for (const name of ['nothing', 'constructor', '__proto__', 'toString'])
      expect((await open(`/setup/${name}`, {})).status).toBe(404);
    const broken = await fetch(`${world.url}/setup`, { headers: { cookie: 'rollcall_setup=%' } });
    expect(broken.status).toBe(404);
  });

  test('opens the API for its connection, and nothing else of the organization', async () => {
    const secret = new URL((await link()).url).searchParams.get('key') ?? '';
    const ask = (query: string, variables = {}) => world.request(query, variables, secret);
    const { data } = await ask('{ viewer { kind organization { id } connection { id } } }');
    expect(data.viewer).toEqual({ kind: 'USER', organization: null, connection: { id: tenant.connectionId } });
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

  test('of another tenant, an old one, and a made-up one open nothing', async () => {
    const foreign = await world.tenant({}, 'Foreign');
    const { url } = (
      await foreign.gql('mutation($c: ID!) { createSetupLink(connectionId: $c) { url } }', { c: foreign.connectionId })
    ).createSetupLink;
    const secret = new URL(url).searchParams.get('key') ?? '';
    const { errors } = await world.request(
      'query($id: ID!) { connection(id: $id) { id } }',
      { id: tenant.connectionId },
      secret,
    );
    expect(errors[0].extensions.code).toBe('NOT_FOUND');
    const { url: short } = await link(', expiresInSeconds: 60');
    const { open } = await visitor(short);
    expect((await open('/setup')).status).toBe(200);
    now = () => new Date(Date.now() + 120_000);
    expect((await open('/setup')).status).toBe(404);
    now = () => new Date();
    expect((await (await visitor(`${world.url}/setup?key=rc_setup_wrong`)).open('/setup')).status).toBe(404);
    expect((await fetch(`${world.url}/setup`)).status).toBe(404);
  });

  test('leads through a whole sign-in without doing anything', async () => {
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
