import { expect, test } from '@jest/globals';
import { App } from '../../support/application.js';
import { Browser } from '../../support/browser.js';
import { embeddedDatabase, startServer } from '../../support/server.js';
import { World } from '../../support/world.js';

test('a connection of the provider TEST explains the next step if the test IdP is disabled', async () => {
  const settings = await embeddedDatabase();
  const before = new World(await startServer({}, { ...settings, TEST_IDP: 'on', PORT: '0' }));
  const port = new URL(before.url).port;
  const oidc = await before.tenant({ provider: 'TEST', scim: false });
  const saml = await before.tenant({ provider: 'TEST', scim: false, saml: {} });
  await before.close();
  const world = new World(await startServer({}, { ...settings, TEST_IDP: 'off', PORT: port }));
  try {
    const app = await App.register(world);
    const visit = await app.begin({ connection_id: oidc.connectionId });
    expect(visit.page.url.searchParams.get('error')).toBe('server_error');
    const { connection } = await world.gql(
      'query($id: ID!) { connection(id: $id) { requests(first: 1) { nodes { error } } } }',
      { id: oidc.connectionId },
    );
    expect(connection.requests.nodes[0].error).toMatch(
      /^The test IdP of this server is disabled: start .*TEST_IDP=on, or /,
    );
    const page = (await app.begin({ connection_id: saml.connectionId }, new Browser())).page;
    expect([page.status, page.words]).toEqual([404, expect.stringContaining('TEST_IDP=on')]);
    await expect(world.tenant({ provider: 'TEST' })).rejects.toThrow(/TEST_IDP=on, or set/);
  } finally {
    await world.close();
  }
});
