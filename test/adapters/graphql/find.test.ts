import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Recorded, record } from '../../../bench/trace.js';
import { Scene } from '../../support/scene.js';
import { type Anything, oktaUser, type Tenant, type World } from '../../support/world.js';

const query = `query($text: String!, $organizationId: ID, $first: Int) {
  find(text: $text, organizationId: $organizationId, first: $first) {
    label matchedBy node { __typename id } organization { id } } }`;

let scene: Scene;
let world: World;
let other: Tenant;
let ids: Record<string, string>;
beforeAll(async () => {
  scene = await Scene.set();
  world = scene.world;
  other = await world.tenant({}, 'Zebra Holding');
  const sent = await scene.tenant.scim(
    'POST',
    '/Users',
    oktaUser('Ann@find.test', {
      externalId: 'hr-1',
      emails: [
        { value: 'Ann@find.test', primary: true },
        { value: 'ann.home@find.test', type: 'home' },
      ],
    }),
  );
  await other.scim('POST', '/Users', oktaUser('ann@find.test', { externalId: 'hr-1' }));
  const group = await scene.tenant.scim('POST', '/Groups', { displayName: 'Finders', externalId: 'g-ext-1' });
  await world.gql('mutation($i: UpdateOrganizationInput!) { updateOrganization(input: $i) { organization { id } } }', {
    i: { id: scene.org, externalId: 'customer-find', name: 'Finders Ltd' },
  });
  const { addDomain } = await scene.tenant.gql(
    'mutation($o: ID!) { addDomain(organizationId: $o, domain: "find-here.test") { domain { id } } }',
    { o: scene.org },
  );
  const [request] = await scene.tenant
    .gql('query($id: ID!) { connection(id: $id) { requests(first: 9) { nodes { id path requestId } } } }', {
      id: scene.tenant.connectionId,
    })
    .then(({ connection }) => connection.requests.nodes.filter(({ path }: Anything) => path.includes('Users')));
  const visitor = await scene.signIn('subject-77');
  const [event] = await scene.tenant.events();
  ids = {
    ann: sent.body.id,
    group: group.body.id,
    domain: addDomain.domain.id,
    request: request.id,
    requestId: request.requestId,
    visitor: visitor.user.id,
    event: event.id,
    client: await scene.scimClient(),
    application: await scene.application(),
  };
});
afterAll(() => scene.close());

const find = async (text: string, key?: string, more: object = {}): Promise<Anything[]> =>
  (await world.gql(query, { text, ...more }, key)).find;
const short = (found: Anything[]) => found.map(({ matchedBy, node }) => [matchedBy, node.id]);

describe('a text leads to the object that has it', () => {
  test.each<[string, () => [text: string, matchedBy: string, id: string | undefined]]>([
    ['an id', () => [ids.ann ?? '', 'ID', ids.ann]],
    ['a userName, in any letter case', () => ['aNN@find.test', 'USER_NAME', ids.ann]],
    ['an externalId of a user', () => ['hr-1', 'EXTERNAL_ID', ids.ann]],
    ['an externalId of a group', () => ['g-ext-1', 'EXTERNAL_ID', ids.group]],
    ['an externalId of an organization', () => ['customer-find', 'EXTERNAL_ID', scene.org]],
    ['a subject', () => ['subject-77', 'SUBJECT', ids.visitor]],
    ['an email address', () => ['Ann.Home@find.test', 'EMAIL', ids.ann]],
    ['a domain', () => ['Find-Here.test', 'DOMAIN', ids.domain]],
    ['an event id', () => [ids.event ?? '', 'EVENT_ID', ids.event]],
    ['the id of a logged request', () => [ids.request ?? '', 'REQUEST_ID', ids.request]],
    ['a request id', () => [ids.requestId ?? '', 'REQUEST_ID', ids.request]],
    ['a client id of an application', () => [ids.application ?? '', 'CLIENT_ID', ids.application]],
    ['a client id of a SCIM client', () => [ids.client ?? '', 'CLIENT_ID', scene.tenant.connectionId]],
    ['the beginning of the name of an organization', () => ['finders l', 'NAME', scene.org]],
  ])('%s', async (_, row) => {
    const [text, matchedBy, id] = row();
    expect(short(await find(` ${text} `, scene.tenant.key))[0]).toEqual([matchedBy, id]);
    expect(short(await find(text))).toContainEqual([matchedBy, id]);
  });

  test('the name of a group is found in one organization, before names that begin with it', async () => {
    const found = [
      ['NAME', ids.group],
      ['NAME', scene.org],
    ];
    expect(short(await find('FINDERS', scene.tenant.key))).toEqual(found);
    expect(short(await find('FINDERS', undefined, { organizationId: scene.org }))).toEqual(found);
  });

  test('a request id also leads to the events of the request', async () => {
    const found = await find(ids.requestId ?? '', scene.tenant.key);
    expect(found.map(({ node }) => node.__typename)).toEqual(['ProvisioningRequest', 'UserProvisionedEvent']);
  });

  test('an object is found once, and its label and organization are returned', async () => {
    expect(await find('ann@find.test', scene.tenant.key)).toEqual([
      {
        label: 'Ann Example',
        matchedBy: 'USER_NAME',
        node: { __typename: 'User', id: ids.ann },
        organization: { id: scene.org },
      },
    ]);
  });

  test('text that no object has, an empty text and wildcards lead to nothing', async () => {
    for (const text of ['no-such-thing', '', '  ', '%', 'f_nders', 'user_01aaaaaaaaaaaaaaaaaaaaaaaa'])
      expect(await find(text)).toEqual([]);
  });
});

test('a platform key finds in all organizations, and can choose one or fewer results', async () => {
  const all = await find('ann@find.test');
  expect(all.map(({ organization }) => organization.id).sort()).toEqual([scene.org, other.organizationId].sort());
  expect(await find('ann@find.test', undefined, { organizationId: other.organizationId })).toHaveLength(1);
  expect(await find(ids.ann ?? '', undefined, { organizationId: other.organizationId })).toEqual([]);
  expect(await find('ann@find.test', undefined, { first: 1 })).toHaveLength(1);
  const { errors } = await world.request(query, { text: 'x', first: 21 });
  expect(errors[0].extensions.code).toBe('BAD_INPUT');
});

test('a key of another organization finds nothing of this one', async () => {
  const texts = [...Object.values(ids), 'hr-1', 'g-ext-1', 'customer-find', 'subject-77', 'find-here.test', 'finders'];
  for (const text of texts) {
    const found = await find(text, other.key);
    expect(found.filter(({ organization }) => organization.id !== other.organizationId)).toEqual([]);
  }
  const { errors } = await world.request(query, { text: 'x', organizationId: scene.org }, other.key);
  expect(errors[0].extensions.code).toBe('NOT_FOUND');
});

test('a deleted organization is not found', async () => {
  const gone = await world.tenant({}, 'Gone Ltd');
  const { body } = await gone.scim('POST', '/Users', oktaUser('gone@find.test'));
  expect(await find('gone@find.test')).toHaveLength(1);
  await world.gql('mutation($id: ID!) { deleteOrganization(id: $id) { deletedId } }', { id: gone.organizationId });
  for (const text of ['gone@find.test', 'Gone Ltd', body.id]) expect(await find(text)).toEqual([]);
});

describe('a caller finds nothing that it may not read', () => {
  test('a user without an administrative role', async () => {
    const { accessToken, user } = await scene.signIn('plain-member');
    expect(short(await find('ann@find.test', accessToken))).toEqual([['USER_NAME', ids.ann]]);
    expect(short(await find(user.id, accessToken))).toEqual([['ID', user.id]]);
    const hidden = ['hr-1', 'g-ext-1', 'subject-77', 'find-here.test'];
    const ofAdministrators = [ids.requestId, ids.request, ids.event, ids.client, ids.application];
    for (const text of [...hidden, ...ofAdministrators]) expect(await find(text ?? '', accessToken)).toEqual([]);
    await scene.tenant.scim(
      'DELETE',
      `/Users/${(await scene.tenant.scim('POST', '/Users', oktaUser('left@find.test'))).body.id}`,
    );
    expect(await find('left@find.test', accessToken)).toEqual([]);
  });

  test('a key with one scope', async () => {
    const { secret: events } = await scene.key(['EVENTS_READ']);
    expect(await find('ann@find.test', events)).toEqual([]);
    expect(short(await find(ids.event ?? '', events))).toEqual([['EVENT_ID', ids.event]]);
    const { secret: directory } = await scene.key(['DIRECTORY_READ']);
    expect(await find('ann@find.test', directory)).toHaveLength(1);
    expect(await find(ids.event ?? '', directory)).toEqual([]);
    const { secret: signIn } = await scene.key(['SIGN_IN']);
    const { data, errors } = await world.request(query, { text: 'x' }, signIn);
    expect([data, errors[0].extensions.code]).toEqual([{ find: null }, 'FORBIDDEN']);
  });
});

describe('the search reads indexes only', () => {
  const plan = async (text: string, key?: string) => {
    const statements = await record(() => find(text, key));
    const [search] = statements.filter((each) => each.text.includes('union all') && each.text.includes('scim_clients'));
    const { text: sent, values } = search as Recorded;
    const { session, release } = await world.database().session();
    try {
      // The tables of a test are so small that the planner prefers to read them whole.
      await session.run('set enable_seqscan = off');
      return (await session.run<{ 'QUERY PLAN': string }>(`explain ${sent}`, values)).map((row) => row['QUERY PLAN']);
    } finally {
      release(true);
    }
  };

  test.each(['all organizations', 'one organization'])('in %s', async (where) => {
    const lines = await plan('find-here.test', where === 'one organization' ? scene.tenant.key : undefined);
    expect(lines.filter((line) => /Seq Scan/.test(line))).toEqual([]);
    const indexes = lines.filter((line) => /Index (Only )?Scan|Bitmap Index Scan/.test(line));
    expect(indexes.length).toBeGreaterThan(10);
  });
});

test('more results need no more statements', async () => {
  const statements = async (text: string) => {
    await find(text);
    const counts: number[] = [];
    for (let n = 0; n < 4; n++) counts.push((await record(async () => void (await find(text)))).length);
    return Math.min(...counts);
  };
  const more = await world.tenant({}, 'Third');
  await more.scim('POST', '/Users', oktaUser('ann@find.test'));
  expect(await statements('ann@find.test')).toBe(await statements('subject-77'));
});

test('a member finds what is visible also if a hidden user has the text, and no domain', async () => {
  const { accessToken } = await scene.signIn('subject-78');
  const hidden = await scene.tenant.scim('POST', '/Users', oktaUser('twice'));
  await scene.tenant.scim('POST', '/Users', oktaUser('other@find.test', { displayName: 'twice' }));
  await scene.tenant.scim('DELETE', `/Users/${hidden.body.id}`);
  expect((await find('twice', accessToken, { first: 1 })).map(({ matchedBy }) => matchedBy)).toEqual(['NAME']);
  expect(await find(ids.domain ?? '', accessToken)).toEqual([]);
  const node = 'query($id: ID!) { node(id: $id) { id } }';
  expect((await world.request(node, { id: ids.domain }, accessToken)).data.node).toBeNull();
});
