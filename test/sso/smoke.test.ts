import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { App } from '../support/application.js';
import { World } from '../support/world.js';

describe.each(['oidc', 'saml'])('a whole sign-in by %s', (protocol) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(() => world.close());

  test('from the authorization request to the token', async () => {
    const facet = protocol === 'saml' ? { saml: {} } : {};
    const tenant = await world.tenant({ provider: 'TEST', scim: false, jit: { vouchesForEmail: true }, ...facet });
    const app = await App.register(world);
    const { claims, access_token } = await app.signIn(
      { organization_id: tenant.organizationId },
      { email: 'ada@acme.example', given_name: 'Ada', family_name: 'Example', groups: 'Sales' },
    );
    expect(claims).toMatchObject({ org_id: tenant.organizationId, email: 'ada@acme.example' });
    expect(await app.introspect(access_token)).toMatchObject({ active: true });
    expect(await tenant.types()).toEqual(expect.arrayContaining(['USER_PROVISIONED', 'SESSION_STARTED']));
  });
});
