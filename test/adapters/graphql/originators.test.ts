import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Scene } from '../../support/scene.js';
import type { Anything } from '../../support/world.js';

let scene: Scene;
let reader: string;
beforeAll(async () => {
  scene = await Scene.set();
  reader = (await scene.key(['EVENTS_READ'])).secret;
});
afterAll(() => scene.close());

const fields = `{ type subjectId subject { __typename id }
  actor { id kind label apiKey { id name } connection { id } user { id } } }`;
/** Returns the newest event about a subject as a caller reads it, which must not have an error. */
async function newest(subjectId: string, secret: string): Promise<Anything> {
  const { data, errors } = await scene.world.request(
    `query($o: ID!, $s: ID!) { events(organizationId: $o, subjectId: $s, last: 1) { nodes ${fields} } }`,
    { o: scene.org, s: subjectId },
    secret,
  );
  expect(errors).toBeUndefined();
  return data.events.nodes[0];
}

describe('Actor', () => {
  test('names the API key to a reader of events, and shows it only to a reader of keys', async () => {
    const { id, secret } = await scene.key(['ADMIN']);
    const user = (await scene.do('suspendUser', { id: await scene.user() }, '{ user { id } }', secret)).user.id;
    expect((await newest(user, reader)).actor).toMatchObject({ id, kind: 'API', label: 'k', apiKey: null });
    expect((await newest(user, scene.tenant.key)).actor.apiKey).toEqual({ id, name: 'k' });
  });

  test('shows a platform key to platform keys only', async () => {
    const { id, secret } = await scene.key(['ADMIN'], null);
    const user = await scene.user();
    await scene.do('suspendUser', { id: user }, undefined, secret);
    expect((await newest(user, secret)).actor).toMatchObject({ id, label: 'k', apiKey: { id, name: 'k' } });
    for (const other of [scene.tenant.key, reader])
      expect((await newest(user, other)).actor).toMatchObject({ id, label: id, apiKey: null });
  });

  test('names a connection and a user, and shows them to those who may see them', async () => {
    const administrator = await scene.administrator();
    const user = await scene.user();
    await scene.do('suspendUser', { id: user }, undefined, administrator.accessToken);
    const { label, user: shown } = (await newest(user, reader)).actor;
    expect([label, shown]).toEqual([expect.stringContaining('visitor'), null]);
    expect((await newest(user, scene.tenant.key)).actor.user).toEqual({ id: administrator.user.id });
    const { body } = await scene.tenant.scim('POST', '/Users', { userName: 'sent@acme.test' });
    expect((await newest(body.id, reader)).actor).toMatchObject({ kind: 'SCIM', label: 'Okta', connection: null });
    expect((await newest(body.id, scene.tenant.key)).actor.connection).toEqual({ id: scene.tenant.connectionId });
  });
});

describe('Event.subject', () => {
  test('is null without an error for a hidden and for a deleted object', async () => {
    const group = await scene.group();
    expect((await newest(group, scene.tenant.key)).subject).toEqual({ __typename: 'Group', id: group });
    expect((await newest(group, reader)).subject).toBeNull();
    await scene.do('deleteGroup', { id: group });
    expect(await newest(group, scene.tenant.key)).toMatchObject({ type: 'GROUP_DELETED', subject: null });
  });
});

test('node finds a key of the platform for a platform key only', async () => {
  const { id, secret } = await scene.key(['ADMIN'], null);
  const node = async (key: string) =>
    (await scene.world.gql('query($id: ID!) { node(id: $id) { id } }', { id }, key)).node;
  expect(await node(secret)).toEqual({ id });
  expect(await node(scene.tenant.key)).toBeNull();
});
