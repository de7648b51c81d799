import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { oktaUser, patch, type Tenant, World } from '../support/world.js';

describe('an IdP provisions, and the application receives the events', () => {
  let world: World;
  let tenant: Tenant;
  beforeAll(async () => {
    world = await World.shared();
    tenant = await world.tenant();
  });
  afterAll(() => world.close());

  test('creating, changing and deactivating a user emits one live event each', async () => {
    const live = world.follow('subscription($id: ID) { events(organizationId: $id) { type position subjectId } }', {
      id: tenant.organizationId,
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const created = await tenant.scim('POST', '/Users', oktaUser('jo@acme.com'));
    expect(created.status).toBe(201);
    expect(created.body.password).toBeUndefined();
    const { id } = created.body;
    expect(created.headers.get('location')).toBe(created.body.meta.location);

    const again = await tenant.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: true } }));
    expect(again.headers.get('etag')).toBe(created.headers.get('etag'));

    const left = await tenant.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: false } }));
    expect(left).toMatchObject({ status: 200, body: { active: false } });
    await live.until(2);
    await live.stop();
    expect(live.seen.map(({ type }) => type)).toEqual(['USER_PROVISIONED', 'USER_DEPROVISIONED']);

    const { user } = await tenant.gql('query($id: ID!) { user(id: $id) { status deprovisionReason userName email } }', {
      id,
    });
    expect(user).toEqual({
      status: 'DEPROVISIONED',
      deprovisionReason: 'IDP_DEACTIVATED',
      userName: 'jo@acme.com',
      email: 'jo@acme.com',
    });
  });
});
