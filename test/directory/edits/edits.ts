import type { Answer, Anything } from '../../support/world.js';
import type { Random } from './random.js';
import type { EditScene, ScimSource } from './scene.js';

/** An edit that was sent, and the stable part of its response. */
export interface Sent {
  what: string;
  answer: unknown;
}

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const patchOp = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const domains = ['acme.test', 'beta.test', 'free.test'];
const names = [
  'ada',
  'bo',
  'cleo',
  'dan',
  'eve',
  'flo',
  'gus',
  'hal',
  'ivy',
  'jo',
  'kai',
  'liv',
  'mo',
  'nia',
  'oz',
  'pia',
];
const words = ['North', 'South', 'East', 'Straße', 'ÉTÉ', ''];
const roles = ['editor', 'viewer', 'admin', 'unknown'];
const groupNames = ['Editors', 'Viewers', 'Staff', 'Night shift'];

const address = (random: Random) => `${random.pick(names)}@${random.pick(domains)}`;

function personOf(random: Random, scene: EditScene): Record<string, unknown> {
  const email = address(random);
  return {
    userName: random.chance(0.1) ? `${'0'.repeat(32)}${email}` : email,
    ...random.part(
      {
        externalId: `ext-${random.below(12)}`,
        name: { givenName: random.pick(words), familyName: random.pick(words) },
        displayName: random.pick(words),
        nickName: random.pick(words),
        userType: random.pick(words),
        active: random.chance(0.7),
        emails: [
          { value: random.chance(0.8) ? email : address(random), type: 'work', primary: true },
          ...(random.chance(0.3) ? [{ value: address(random), type: 'home' }] : []),
        ],
        roles: random.some(roles, 2).map((value) => ({ value })),
        [enterprise]: {
          department: random.pick(words),
          manager: { value: random.chance(0.5) ? `ext-${random.below(12)}` : (random.pick(scene.users) ?? 'nobody') },
        },
      },
      0.6,
    ),
  };
}

const operationOf = (random: Random, scene: EditScene): Record<string, unknown> =>
  random.pick<() => Record<string, unknown>>([
    () => ({ op: 'replace', path: 'active', value: random.pick([true, false, 'True', 'False']) }),
    () => ({ op: 'replace', path: 'userName', value: address(random) }),
    () => ({ op: 'add', path: 'emails', value: [{ value: address(random), type: 'home' }] }),
    () => ({ op: 'replace', path: 'emails[type eq "work"].value', value: address(random) }),
    () => ({ op: 'remove', path: random.pick(['displayName', 'roles', 'emails[type eq "home"]', 'externalId']) }),
    () => ({ op: 'add', path: 'roles', value: [{ value: random.pick(roles) }] }),
    () => ({ op: 'replace', value: random.part(personOf(random, scene), 0.4) }),
    () => ({ op: 'replace', path: `${enterprise}:manager`, value: { value: random.pick(scene.users) ?? 'ext-1' } }),
    () => ({ op: 'replace', path: 'nickName', value: random.pick(words) }),
    () => ({ op: 'replace', path: 'externalId', value: `ext-${random.below(12)}` }),
  ])();

const operationsOf = (random: Random, scene: EditScene) =>
  Array.from({ length: 1 + random.below(3) }, () => operationOf(random, scene));

const patchOf = (operations: unknown[]) => ({ schemas: [patchOp], Operations: operations });

const members = (random: Random, scene: EditScene) =>
  random.some([...scene.users.slice(-8), ...scene.groups.slice(-3)], 4).map((value) => ({ value }));

const memberOperation = (random: Random, scene: EditScene) =>
  random.pick([
    () => ({ op: 'add', path: 'members', value: members(random, scene) }),
    () => ({ op: 'remove', path: `members[value eq "${random.pick(scene.users) ?? 'nobody'}"]` }),
    () => ({ op: 'replace', path: 'members', value: members(random, scene) }),
    () => ({ op: 'replace', path: 'displayName', value: random.pick(groupNames) }),
  ])();

type Edit = (random: Random, scene: EditScene) => Promise<Sent>;

function remember(scene: EditScene, value: Anything): void {
  for (const id of JSON.stringify(value ?? null).match(/\b(user|group)_[0-7][0-9a-hjkmnp-tv-z]{25}\b/g) ?? []) {
    const known = id.startsWith('user') ? scene.users : scene.groups;
    if (!known.includes(id)) known.push(id);
  }
}

async function scim(scene: EditScene, source: ScimSource, method: string, path: string, body?: unknown): Promise<Sent> {
  const { status, body: answer }: Answer = await source.send(method, path, body);
  remember(scene, answer);
  if (status === 201 && !answer.Operations) (path === '/Users' ? source.users : source.groups).push(answer.id);
  // Messages can change; the resource, the status and the code of the error must not.
  const { detail: _message, ...kept } = answer ?? {};
  return { what: `${method} ${path} ${JSON.stringify(body ?? null)}`, answer: [status, withoutDetails(kept)] };
}

const withoutDetails = (answer: Anything): unknown =>
  Array.isArray(answer?.Operations)
    ? {
        Operations: answer.Operations.map(({ status, response: _response, ...rest }: Anything) => ({
          status,
          ...rest,
        })),
      }
    : answer;

async function mutate(scene: EditScene, field: string, input: string, variables: object): Promise<Sent> {
  const { data, errors } = await scene.gql(`mutation(${input}) { ${field} }`, variables);
  remember(scene, data);
  const codes = errors?.map(({ extensions, path }: Anything) => ({ code: extensions?.code, path }));
  return { what: `${field} ${JSON.stringify(variables)}`, answer: codes ?? data };
}

const userFields = '{ user { id userName email status roles displayName updatedAt } }';
const ofUser =
  (mutation: string): Edit =>
  (random, scene) =>
    mutate(scene, `${mutation}(id: $id) ${userFields}`, '$id: ID!', { id: random.pick(scene.users) ?? 'user_none' });

const inputOf = (random: Random) =>
  random.part(
    {
      displayName: random.pick(words),
      givenName: random.pick(words),
      department: random.pick(words),
      roles: random.some(['owner', 'viewer'], 2),
      emails: [{ value: address(random), primary: true }],
      attributes: { nickName: random.pick(words) },
    },
    0.5,
  );

type Change = (random: Random, scene: EditScene, source: ScimSource) => [method: string, path: string, body?: unknown];

/** Usually a user that the source has created, seldom one of another source. */
const userPath = (random: Random, scene: EditScene, { users }: ScimSource) =>
  `/Users/${random.pick(random.chance(0.85) ? users : scene.users) ?? 'user_none'}`;
const groupPath = (random: Random, scene: EditScene, { groups }: ScimSource) =>
  `/Groups/${random.pick(random.chance(0.85) ? groups : scene.groups) ?? 'group_none'}`;

const bySource =
  (change: Change): Edit =>
  (random, scene) => {
    const source = random.pick([...scene.sources, ...scene.sources.slice(0, 1)]);
    return scim(scene, source, ...change(random, scene, source));
  };

/** Every kind of edit, with its relative frequency. */
const kinds: [number, Edit][] = [
  [14, bySource((r, s) => ['POST', '/Users', personOf(r, s)])],
  [10, bySource((r, s, source) => ['PUT', userPath(r, s, source), personOf(r, s)])],
  [18, bySource((r, s, source) => ['PATCH', userPath(r, s, source), patchOf(operationsOf(r, s))])],
  [3, bySource((r, s, source) => ['DELETE', userPath(r, s, source)])],
  [5, bySource((r, s) => ['POST', '/Groups', { displayName: r.pick(groupNames), members: members(r, s) }])],
  [9, bySource((r, s, source) => ['PATCH', groupPath(r, s, source), patchOf([memberOperation(r, s)])])],
  [
    3,
    bySource((r, s, source) => [
      'PUT',
      groupPath(r, s, source),
      { displayName: r.pick(groupNames), members: members(r, s) },
    ]),
  ],
  [1, bySource((r, s, source) => ['DELETE', groupPath(r, s, source)])],
  [4, bulk],
  [8, signIn],
  [
    4,
    (r, s) =>
      mutate(s, `createUser(input: $input) ${userFields}`, '$input: CreateUserInput!', {
        input: { organizationId: s.organizationId, userName: address(r), ...inputOf(r) },
      }),
  ],
  [
    6,
    (r, s) =>
      mutate(s, `updateUser(input: $input) ${userFields}`, '$input: UpdateUserInput!', {
        input: { id: r.pick(s.users) ?? 'user_none', ...(r.chance(0.3) && { userName: address(r) }), ...inputOf(r) },
      }),
  ],
  [2, ofUser('deprovisionUser')],
  [3, ofUser('reactivateUser')],
  [1, ofUser('suspendUser')],
  [1, ofUser('unsuspendUser')],
  [1, protect],
  [2, importPeople],
  [1, invite],
  [2, resolveAdoption],
  [
    2,
    (r, s) =>
      mutate(s, 'updateGroup(input: $input) { group { id displayName roles } }', '$input: UpdateGroupInput!', {
        input: { id: r.pick(s.groups) ?? 'group_none', roles: r.some(['viewer', 'owner'], 2) },
      }),
  ],
];

function bulk(random: Random, scene: EditScene): Promise<Sent> {
  const source = random.pick(scene.sources);
  const operations = [1, 2, 3].map((n) =>
    random.chance(0.5)
      ? { method: 'POST', path: '/Users', bulkId: `b${n}`, data: personOf(random, scene) }
      : { method: 'PATCH', path: userPath(random, scene, source), data: patchOf([operationOf(random, scene)]) },
  );
  const schemas = ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'];
  return scim(scene, source, 'POST', '/Bulk', { schemas, Operations: operations });
}

async function signIn(random: Random, scene: EditScene): Promise<Sent> {
  const name = random.pick(names);
  const claims = {
    sub: name,
    email: `${name}@${random.pick(domains)}`,
    email_verified: random.chance(0.8),
    ...random.part(
      { given_name: random.pick(words), name: random.pick(words), groups: random.some(groupNames, 2) },
      0.5,
    ),
  };
  const idToken = await scene.idp.token(claims);
  const { data, errors } = await scene.gql(
    `mutation($c: ID!, $t: String!) { signInWithIdToken(connectionId: $c, idToken: $t) { provisioned ${userFields.slice(2, -2)} } }`,
    { c: scene.signInConnection, t: idToken },
  );
  remember(scene, data);
  const denied = errors?.map(({ extensions }: Anything) => [extensions?.code, extensions?.reason]);
  return { what: `sign-in ${JSON.stringify(claims)}`, answer: denied ?? data };
}

function protect(random: Random, scene: EditScene): Promise<Sent> {
  const variables = { id: random.pick(scene.users) ?? 'user_none', p: random.chance(0.4) };
  return mutate(
    scene,
    `protectUser(id: $id, protected: $p, reason: "drill") ${userFields}`,
    '$id: ID!, $p: Boolean!',
    variables,
  );
}

function importPeople(random: Random, scene: EditScene): Promise<Sent> {
  const users = [1, 2, 3].map((n) => ({
    userName: address(random),
    ...random.part({ displayName: random.pick(words), roles: ['viewer'], externalId: `imported-${n}` }, 0.4),
  }));
  const input = { organizationId: scene.organizationId, connectionId: random.pick(scene.sources).id, users };
  const field = 'importUsers(input: $input) { created refused rows { outcome code field user { id userName } } }';
  return mutate(scene, field, '$input: ImportUsersInput!', { input });
}

function invite(random: Random, scene: EditScene): Promise<Sent> {
  const input = { organizationId: scene.organizationId, email: address(random), roles: random.some(['viewer'], 1) };
  return mutate(scene, `inviteUser(input: $input) ${userFields}`, '$input: InviteUserInput!', { input });
}

async function resolveAdoption(random: Random, scene: EditScene): Promise<Sent> {
  const [waiting] = await scene.world
    .database()
    .query<{ user_id: string; connection_id: string }>(
      'select user_id, connection_id from adoption_requests where organization_id = $1 order by created_at limit 1',
      [scene.organizationId],
    );
  const u = waiting?.user_id ?? random.pick(scene.users) ?? 'user_none';
  const c = waiting?.connection_id ?? scene.signInConnection;
  return mutate(
    scene,
    `settleAdoption(userId: $u, connectionId: $c, accept: $a) ${userFields}`,
    '$u: ID!, $c: ID!, $a: Boolean!',
    { u, c, a: random.chance(0.6) },
  );
}

const total = kinds.reduce((sum, [weight]) => sum + weight, 0);

/** Sends the next edit that the generator draws. */
export function sendEdit(random: Random, scene: EditScene): Promise<Sent> {
  let at = random.below(total);
  for (const [weight, edit] of kinds) {
    at -= weight;
    if (at < 0) return edit(random, scene);
  }
  throw new Error('The weights do not add up.');
}
