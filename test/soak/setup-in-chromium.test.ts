import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openBrowser } from '../support/chromium.js';
import { World } from '../support/world.js';

let world: World;
beforeAll(async () => {
  world = await World.shared();
});
afterAll(() => world.close());

test('the setup page works in Chromium, and a page of another port, which is the same site, cannot use its cookie', async () => {
  const tenant = await world.tenant({ provider: 'GENERIC', state: 'DRAFT', scim: false });
  const browser = await openBrowser();
  const evil = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(`<form method="post" action="${world.url}/setup/scim-token"><button>Win</button></form>`);
  });
  await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
  try {
    const page = await browser.newPage();
    const { createSetupLink } = await tenant.gql('mutation($c: ID!) { createSetupLink(connectionId: $c) { url } }', {
      c: tenant.connectionId,
    });
    await page.goto(createSetupLink.url);
    await page.getByRole('button', { name: 'Activate connection' }).click();
    expect(await page.textContent('main')).toContain('The connection is active.');
    await page.goto(`http://127.0.0.1:${(evil.address() as AddressInfo).port}/`);
    await page.getByRole('button', { name: 'Win' }).click();
    expect(await page.textContent('main')).toContain('another site');
    const { connection } = await tenant.gql(
      'query($id: ID!) { connection(id: $id) { state oidc { issuer clientId } scim { enabled } } }',
      { id: tenant.connectionId },
    );
    expect(connection).toEqual({ state: 'ACTIVE', oidc: null, scim: null });
  } finally {
    await browser.close();
    evil.close();
  }
});
