import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isNonNullType, isObjectType, buildSchema as parseSchema } from 'graphql';
import { actionsOfField } from '../../src/adapters/graphql/lists/guarded-fields.js';
import { Scene, schema } from '../support/scene.js';
import { type Anything, oktaUser } from '../support/world.js';

const contract = parseSchema(readFileSync('schema/contract.graphql', 'utf8'));

/**
 * Fields of the contract that break the rule. They cannot become nullable, and have no replacement yet. The list can only
 * become shorter.
 */
const kept = [
  'Connection.organization',
  'Domain.connections',
  'Group.origin',
  'Group.roles',
  'JitPolicy.defaultGroups',
  'Organization.connections',
  'Organization.domains',
  'Organization.events',
  'Organization.groups',
  'Organization.metadata',
  'Organization.roles',
  'Organization.seatPolicy',
  'Organization.seatsUsed',
  'Organization.users',
  'ProvisioningRequest.events',
  'User.events',
  'User.identities',
  'User.roleGrants',
  'User.signInDecision',
];

describe('a field that needs another permission than its object is nullable or deprecated', () => {
  test('over all fields of the schema', () => {
    const broken: string[] = [];
    for (const type of Object.values(schema.getTypeMap())) {
      if (!isObjectType(type)) continue;
      for (const field of Object.values(type.getFields())) {
        const isGuarded = (['apiKey', 'user'] as const).some(
          (kind) => actionsOfField(type.name, field.name, kind).length > 0,
        );
        if (isGuarded && isNonNullType(field.type) && !field.deprecationReason)
          broken.push(`${type.name}.${field.name}`);
      }
    }
    expect(broken.sort()).toEqual(kept);
    for (const name of kept) {
      const [type = '', field = ''] = name.split('.');
      const promised = contract.getType(type);
      expect([name, isObjectType(promised) && isNonNullType(promised.getFields()[field]?.type)]).toEqual([name, true]);
    }
  });

  test('the table of guarded fields contains each non-null field that docs/authorization.md shows as refused', () => {
    const { columns, rows } = permissions();
    const missing: string[] = [];
    for (const [name, allowed] of rows) {
      const [type = '', field = ''] = name.split('.');
      const object = schema.getType(type);
      const definition = isObjectType(object) ? object.getFields()[field] : undefined;
      if (!definition || !isNonNullType(definition.type)) continue;
      const ofType = [...rows].filter(([other]) => other.startsWith(`${type}.`));
      for (const [n, column] of columns.entries()) {
        const isUser = ['member', 'own', 'administrator', 'openid'].includes(column) || column.includes('.');
        const isRefused = !allowed[n] && ofType.some(([, others]) => others[n]);
        if (isRefused && actionsOfField(type, field, isUser ? 'user' : 'apiKey').length === 0) missing.push(name);
      }
    }
    expect(missing).toEqual([]);
  });
});

/** Returns the rows of docs/authorization.md about fields, which test/access/matrix.test.ts compares with the server. */
function permissions() {
  let columns: string[] = [];
  const rows = new Map<string, boolean[]>();
  for (const line of readFileSync('docs/authorization.md', 'utf8').split('\n')) {
    const [first = '', ...cells] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    if (first === '' && cells.length > 0) columns = cells;
    else if (/^`[A-Z]\w*\./.test(first))
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
    expect((await log('events { id }')).errors[0].extensions.code).toBe('FORBIDDEN');
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

  test('a mutation is not saved if its result selects a non-null field that the caller cannot read', async () => {
    const { secret: writer } = await scene.key(['DIRECTORY_WRITE']);
    const invite = (selection: string, variables: object = {}, declared = '') =>
      scene.world.request(
        `mutation($i: InviteUserInput!${declared}) { inviteUser(input: $i) { invitationCode user ${selection} } }
          ${selection.includes('...F') ? 'fragment F on User { identities { ... on Identity { connection { id } } } }' : ''}`,
        { i: { organizationId: scene.org, email: 'guest@elsewhere.test' }, ...variables },
        writer,
      );
    const before = await scene.tenant.types();
    for (const selection of ['{ managedBy { id } }', '{ ...F }', '{ ... on User { events { nodes { id } } } }']) {
      const { data, errors } = await invite(selection);
      expect([selection, data, errors[0].extensions.code]).toEqual([selection, undefined, 'FORBIDDEN']);
    }
    expect(await scene.tenant.types()).toEqual(before);
    const skipped = await invite('{ managedBy @include(if: $all) { id } }', { all: false }, ', $all: Boolean!');
    expect(skipped.data.inviteUser.invitationCode).toEqual(expect.any(String));
  });

  test('a setup link keeps its old token if the result of the rotation selects events', async () => {
    const connectionId = await scene.connection({ scim: true });
    const link = await scene.setupLink(connectionId);
    const tokens = async () =>
      (
        await scene.tenant.gql('query($id: ID!) { connection(id: $id) { scim { tokens { id } } } }', {
          id: connectionId,
        })
      ).connection.scim.tokens;
    const before = await tokens();
    const { data, errors } = await scene.world.request(
      `mutation($id: ID!) { rotateScimToken(connectionId: $id) { token connection { requests { nodes { events { id } } } } } }`,
      { id: connectionId },
      link,
    );
    expect([data, errors[0].extensions.code]).toEqual([undefined, 'FORBIDDEN']);
    expect(await tokens()).toEqual(before);
  });
});
