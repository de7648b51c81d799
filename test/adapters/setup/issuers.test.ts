import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Browser } from '../../support/browser.js';
import { HostileIdp } from '../../support/oidc-idp.js';
import { type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
let idp: HostileIdp;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant({ provider: 'GENERIC', state: 'DRAFT', scim: false });
  idp = await HostileIdp.start();
});
afterAll(async () => {
  await world.close();
  await idp.close();
});

async function save(issuer: string) {
  const { createSetupLink } = await tenant.gql('mutation($c: ID!) { createSetupLink(connectionId: $c) { url } }', {
    c: tenant.connectionId,
  });
  const browser = new Browser();
  await browser.open(createSetupLink.url);
  const body = new URLSearchParams({ connection: tenant.connectionId, issuer, clientId: 'x', clientSecret: 'y' });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const page = await browser.open(`${world.url}/setup/oidc`, { method: 'POST', headers, body: body.toString() });
  const { connection } = await tenant.gql(
    'query($id: ID!) { connection(id: $id) { oidc { issuer } requests(first: 1) { nodes { status error } } } }',
    { id: tenant.connectionId },
  );
  return { page, saved: connection.oidc.issuer, logged: connection.requests.nodes[0] };
}

describe('an issuer that cannot be read is saved, one that names another issuer is not; the page and the request log show the error', () => {
  test('an issuer that cannot be read', async () => {
    const issuer = 'http://127.0.0.1:1';
    const { page, saved, logged } = await save(issuer);
    expect([page.status, saved]).toEqual([200, issuer]);
    expect(page.words).toContain('Saved, but no one can sign in yet.');
    expect(page.words).not.toContain('ECONNREFUSED');
    expect(logged).toMatchObject({ status: 200, error: expect.stringContaining('cannot be read') });
  });

  test('an issuer in another spelling (OpenID Connect Discovery section 4.3)', async () => {
    const { page, saved, logged } = await save(`${idp.issuer}/`);
    expect([page.status, saved]).toEqual([422, 'http://127.0.0.1:1']);
    const reason = `names the issuer "${idp.issuer}", not "${idp.issuer}/"`;
    expect(page.words).toContain(reason);
    expect(logged.error).toContain(reason);
  });

  test('a correct issuer is saved without an error', async () => {
    const { page, saved } = await save(idp.issuer);
    expect([page.status, saved]).toEqual([200, idp.issuer]);
    expect(page.words).toContain('Saved. Test a sign-in');
  });
});

describe('an issuer has no user name, query or fragment (OpenID Connect Discovery section 3)', () => {
  const own = 'https://idp.example';
  test.each([`${own}/?a=b`, `${own}?`, `${own}/#x`, `${own}#`, 'https://user@idp.example', 'https://u:p@idp.example/'])(
    '%s is refused',
    async (issuer) => {
      const update = async (input: object) =>
        (
          await world.request(
            'mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { connection { id } } }',
            { i: { id: tenant.connectionId, ...input } },
            tenant.key,
          )
        ).errors?.[0].extensions;
      expect(await update({ oidc: { issuer, clientId: 'x' } })).toMatchObject({
        code: 'BAD_INPUT',
        field: 'oidc.issuer',
      });
      expect(await update({ signalsIssuer: issuer })).toMatchObject({ code: 'BAD_INPUT', field: 'signalsIssuer' });
      const { page, saved } = await save(issuer);
      expect([page.status, saved]).toEqual([422, idp.issuer]);
    },
  );
});

describe('a connection of the provider TEST', () => {
  test('with another issuer is checked like any other connection', async () => {
    const test = await world.tenant({ provider: 'TEST', scim: false });
    const query =
      'mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { warnings connection { oidc { issuer } } } }';
    const other = (issuer: string) =>
      world.request(query, { i: { id: test.connectionId, oidc: { issuer, clientId: 'x' } } }, test.key);
    expect((await other(`${idp.issuer}/`)).errors[0].message).toContain('names the issuer');
    expect((await other('http://127.0.0.1:1')).data.updateConnection.warnings).toHaveLength(1);
    expect((await other(`${world.url}/test-idp`)).data.updateConnection.warnings).toEqual([]);
  });
});
