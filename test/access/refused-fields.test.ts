import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Scene } from '../support/scene.js';
import { type Anything, oktaUser } from '../support/world.js';

let scene: Scene;
let callers: Record<string, string>;
beforeAll(async () => {
  scene = await Scene.set();
  const { body } = await scene.tenant.scim('POST', '/Users', oktaUser('managed@acme.test'));
  await scene.group([body.id]);
  await scene.world.gql(
    'mutation($o: ID!) { addDomain(organizationId: $o, domain: "refused.test") { domain { id } } }',
    {
      o: scene.org,
    },
  );
  callers = {
    'a member': (await scene.signIn()).accessToken,
    EVENTS_READ: (await scene.key(['EVENTS_READ'])).secret,
    CONNECTIONS_MANAGE: (await scene.key(['CONNECTIONS_MANAGE'])).secret,
    'a setup link': await scene.setupLink(scene.tenant.connectionId),
  };
});
afterAll(() => scene.close());

/** Caller, query, and the paths of the refused fields. ORG and CONNECTION stand for ids. */
const pages: [caller: string, query: string, refused: string[]][] = [
  [
    'a member',
    `{ organization(id: ORG) { name metadata seatsUsed seatPolicy domains { id } connections { id } roles { role } events { nodes { id } } } }`,
    ['metadata', 'seatsUsed', 'seatPolicy', 'domains', 'connections', 'roles', 'events'].map(
      (field) => `organization.${field}`,
    ),
  ],
  [
    'a member',
    `{ organization(id: ORG) { users(filter: { userName: "managed@acme.test" }) { nodes { displayName roleGrants { role } identities { issuer }
      events { nodes { id } } signInDecision(connectionId: CONNECTION) { code } } } } }`,
    ['roleGrants', 'identities', 'events', 'signInDecision'].map((field) => `organization.users.nodes.0.${field}`),
  ],
  [
    'a member',
    '{ organization(id: ORG) { groups { nodes { displayName origin roles } } } }',
    ['organization.groups.nodes.0.origin', 'organization.groups.nodes.0.roles'],
  ],
  [
    'EVENTS_READ',
    `{ organization(id: ORG) { name users { nodes { id } } groups { nodes { id } } domains { domain connections { id } } }
      events { nodes { type } } apiKeys { nodes { id } } connections { nodes { id } } applications { nodes { id } } }`,
    [
      'organization.users',
      'organization.groups',
      'organization.domains.0.connections',
      'apiKeys',
      'connections',
      'applications',
    ],
  ],
  [
    'CONNECTIONS_MANAGE',
    `{ connection(id: CONNECTION) { name jit { mode defaultGroups { id } } requests { nodes { path events { id } } } }
      consumers { nodes { id } } webhookEndpoints { nodes { id } } eventCursor }`,
    [
      'connection.jit.defaultGroups',
      'connection.requests.nodes.0.events',
      'consumers',
      'webhookEndpoints',
      'eventCursor',
    ],
  ],
  [
    'a setup link',
    '{ connection(id: CONNECTION) { name organization { id } } organizations { nodes { id } } }',
    ['connection.organization', 'organizations'],
  ],
];

const valueAt = (data: Anything, path: readonly (string | number)[]) =>
  path.reduce((value: Anything, key) => value[key], data);

test.each(pages)('%s reads the rest of the page without the refused fields: %s', async (caller, query, refused) => {
  const filled = query
    .replace('ORG', JSON.stringify(scene.org))
    .replaceAll('CONNECTION', JSON.stringify(scene.tenant.connectionId));
  const { data, errors } = await scene.world.request(filled, {}, callers[caller]);
  const paths: string[] = errors.map(({ path }: Anything) => path.join('.'));
  expect(paths.sort()).toEqual([...refused].sort());
  for (const { path, extensions } of errors) {
    expect([path, extensions.code, valueAt(data, path)]).toEqual([path, 'FORBIDDEN', null]);
  }
  expect(JSON.stringify(data)).toMatch(/"(name|displayName)":"/);
});
