import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isNonNullType, isObjectType } from 'graphql';
import { actionsOfField } from '../../src/adapters/graphql/lists/guarded-fields.js';
import { Scene, schema } from '../support/scene.js';
import { type Anything, oktaUser } from '../support/world.js';

/** Fields that are null without an error for callers that cannot read the object. */
const nullWithoutError = ['GroupMembership.addedBy', 'Organization.user', 'Session.connection'];

describe('a field that needs another permission than its object is nullable', () => {
  test('over all fields of the schema', () => {
    const broken: string[] = [];
    for (const type of Object.values(schema.getTypeMap())) {
      if (!isObjectType(type)) continue;
      for (const field of Object.values(type.getFields())) {
        const isGuarded = (['apiKey', 'user'] as const).some(
          (kind) => actionsOfField(type.name, field.name, kind).length > 0,
        );
        if (isGuarded && isNonNullType(field.type)) broken.push(`${type.name}.${field.name}`);
      }
    }
    expect(broken).toEqual([]);
  });

  test('over all queries that a caller can be refused', () => {
    const { columns, rows } = queryPermissions();
    const ofQuery = schema.getQueryType()?.getFields() ?? {};
    // `viewer` is refused only to credentials that can read nothing.
    const broken = [...rows]
      .filter(([name, allowed]) => name !== 'viewer' && columns.some((_, n) => !allowed[n]))
      .map(([name]) => name)
      .filter((name) => isNonNullType(ofQuery[name]?.type));
    expect(broken).toEqual([]);
    expect([...rows.keys()]).toEqual(expect.arrayContaining(['events', 'apiKeys', 'organizations', 'viewer']));
  });

  test('the table of guarded fields contains each field that docs/authorization.md shows as refused', () => {
    const { columns, rows } = fieldPermissions();
    const missing: string[] = [];
    for (const [name, allowed] of rows) {
      const [type = '', field = ''] = name.split('.');
      const object = schema.getType(type);
      const definition = isObjectType(object) ? object.getFields()[field] : undefined;
      if (!definition) continue;
      const ofType = [...rows].filter(([other]) => other.startsWith(`${type}.`));
      for (const [n, column] of columns.entries()) {
        const isUser = ['member', 'own', 'administrator', 'openid'].includes(column) || column.includes('.');
        const isRefused = !allowed[n] && ofType.some(([, others]) => others[n]);
        if (isRefused && actionsOfField(type, field, isUser ? 'user' : 'apiKey').length === 0) missing.push(name);
      }
    }
    expect([...new Set(missing)].sort()).toEqual(nullWithoutError);
  });
});

const page = readFileSync('docs/authorization.md', 'utf8');

/** Returns the rows of docs/authorization.md about fields, which test/access/matrix.test.ts compares with the server. */
const fieldPermissions = () => permissions(page, /^`[A-Z]\w*\./);

/** Returns the rows of docs/authorization.md about queries. */
const queryPermissions = () => permissions(page.match(/## Queries\n[\s\S]*?\n## /)?.[0] ?? '', /^`\w+`$/);

function permissions(text: string, name: RegExp) {
  let columns: string[] = [];
  const rows = new Map<string, boolean[]>();
  for (const line of text.split('\n')) {
    const [first = '', ...cells] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    if (first === '' && cells.length > 0) columns = cells;
    else if (name.test(first))
      rows.set(
        first.slice(1, -1),
        cells.map((cell) => cell === 'yes'),
      );
  }
  return { columns, rows };
}

describe('with real callers', () => {
  let scene: Scene;
  let member: Anything;
  let managed: string;
  let other: Anything;
  beforeAll(async () => {
    scene = await Scene.set();
    [member, other] = [await scene.signIn(), await scene.world.tenant({}, 'Other')];
    managed = (await scene.tenant.scim('POST', '/Users', oktaUser('managed@acme.test'))).body.id;
  });
  afterAll(() => scene.close());

  const colleagues = `query($o: ID!) { organization(id: $o) { users { nodes {
    id displayName access { roles assignedRoles origin protected hasSignedIn attributes lastSignInAt } managers { name provider }
  } } } }`;

  test('a member reads a page of colleagues: private fields are null without an error', async () => {
    const { data, errors } = await scene.world.request(colleagues, { o: scene.org }, member.accessToken);
    expect(errors).toBeUndefined();
    const byId = new Map<string, Anything>(data.organization.users.nodes.map((user: Anything) => [user.id, user]));
    expect(byId.get(managed)).toMatchObject({ access: null, managers: null });
    expect(byId.get(member.user.id)).toMatchObject({ access: { origin: 'JIT', hasSignedIn: true }, managers: [] });
  });

  test('a key reads the same page with all values, and a key of another tenant nothing', async () => {
    const { organization } = await scene.tenant.gql(colleagues, { o: scene.org });
    const user = organization.users.nodes.find(({ id }: Anything) => id === managed);
    expect(user).toMatchObject({
      access: {
        roles: [],
        assignedRoles: [],
        origin: 'SCIM',
        protected: false,
        hasSignedIn: false,
        lastSignInAt: null,
      },
      managers: [{ name: 'Okta', provider: 'GENERIC' }],
    });
    expect((await other.gql(colleagues, { o: scene.org })).organization).toBeNull();
  });

  test('a member reads the names of the connections of their own identities', async () => {
    const own = '{ viewer { user { managers { name } identities { via { name provider } } } } }';
    const { viewer } = await scene.world.gql(own, {}, member.accessToken);
    expect(viewer.user.identities).toEqual([{ via: { name: 'Okta', provider: 'GENERIC' } }]);
  });

  test('a setup link reads the types of the events of a request, and not the events', async () => {
    const link = await scene.setupLink(scene.tenant.connectionId);
    const log = (field: string) =>
      scene.world.request(
        `query($id: ID!) { connection(id: $id) { requests(first: 5) { nodes { path ${field} } } } }`,
        { id: scene.tenant.connectionId },
        link,
      );
    const { data, errors } = await log('eventTypes');
    expect(errors).toBeUndefined();
    const created = data.connection.requests.nodes.find(({ path }: Anything) => path === '/Users');
    expect(created.eventTypes).toEqual(['USER_PROVISIONED']);
    const withEvents = await log('events { id }');
    expect(withEvents.errors[0].extensions.code).toBe('FORBIDDEN');
    const [kept] = withEvents.data.connection.requests.nodes;
    expect(kept).toEqual({ path: expect.any(String), events: null });
  });

  test.each(['{ a: organization { apiKeys { id } } }', '{ ...F }'])(
    'the secret of a key is returned with each guarded field that its creator can read: %s',
    async (selection) => {
      const query = `mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { secret apiKey ${selection} } }
        ${selection.includes('F') ? 'fragment F on ApiKey { organization { events { nodes { id } } users { nodes { roles } } } }' : ''}`;
      const input = { organizationId: scene.org, name: 'guarded', scopes: ['DIRECTORY_READ'] };
      const { createApiKey } = await scene.tenant.gql(query, { i: input });
      expect((await scene.world.gql('{ viewer { kind } }', {}, createApiKey.secret)).viewer.kind).toBe('API');
    },
  );

  test('a mutation is saved, and returns its secret, if its result selects a field that the caller cannot read', async () => {
    const { secret: writer } = await scene.key(['DIRECTORY_WRITE']);
    const invite = (selection: string, email: string) =>
      scene.world.request(
        `mutation($i: InviteUserInput!) { inviteUser(input: $i) { invitationCode user ${selection} } }
          ${selection.includes('...F') ? 'fragment F on User { organization { ... on Organization { apiKeys { id } } } }' : ''}`,
        { i: { organizationId: scene.org, email } },
        writer,
      );
    for (const [n, selection] of [
      '{ organization { connections { id } } }',
      '{ ...F }',
      '{ ... on User { events { nodes { id } } } }',
    ].entries()) {
      const { data, errors } = await invite(selection, `guest${n}@elsewhere.test`);
      expect([selection, errors[0].extensions.code]).toEqual([selection, 'FORBIDDEN']);
      expect(data.inviteUser.invitationCode).toEqual(expect.any(String));
    }
    expect((await scene.tenant.types()).filter((type: string) => type === 'USER_INVITED')).toHaveLength(3);
  });

  test('a setup link receives the new token if the result of the rotation selects events', async () => {
    const connectionId = await scene.connection({ scim: true });
    const link = await scene.setupLink(connectionId);
    const { data, errors } = await scene.world.request(
      `mutation($id: ID!) { rotateScimToken(connectionId: $id) { secret connection { name requests { nodes { events { id } } } organization { id } } } }`,
      { id: connectionId },
      link,
    );
    expect(errors[0].extensions.code).toBe('FORBIDDEN');
    expect(data.rotateScimToken.secret).toEqual(expect.any(String));
    expect(data.rotateScimToken.connection.organization).toBeNull();
  });
});
