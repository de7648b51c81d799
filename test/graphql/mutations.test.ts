import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { documentOf, Scene, schema } from '../support/scene.js';
import { oktaUser } from '../support/world.js';

const page = fileURLToPath(new URL('../../docs/mutations.md', import.meta.url));
let scene: Scene;
beforeAll(async () => {
  scene = await Scene.set();
});
afterAll(() => scene.close());

type Make = (s: Scene) => object | Promise<object>;
interface Call {
  /** Variables with which it succeeds. */
  good: Make;
  /** By code: variables with which it fails so. Codes that every mutation has are not repeated. */
  bad?: Record<string, Make>;
  /** For platform keys only. */
  platform?: true;
  /** Whether an id that is nothing's is NOT_FOUND; where the mutation takes one. */
  byId?: (id: string) => object;
  inOrganization?: true;
}

const past = '2001-01-01T00:00:00Z';
const onUser = (more: object = {}): Pick<Call, 'good' | 'byId'> => ({
  good: async (s) => ({ id: await s.user(), ...more }),
  byId: (id) => ({ id, ...more }),
});
const byInput = (make: (s: Scene) => Promise<string>, more: object): Pick<Call, 'good' | 'byId'> => ({
  good: async (s) => ({ input: { id: await make(s), ...more } }),
  byId: (id) => ({ input: { id, ...more } }),
});
const removing = (make: (s: Scene) => Promise<string>, more: object = {}): Pick<Call, 'good' | 'byId'> => ({
  good: async (s) => ({ id: await make(s), ...more }),
  byId: (id) => ({ id, ...more }),
});
const stale =
  (make: (s: Scene) => Promise<string>): Make =>
  async (s) => ({ input: { id: await make(s), expectedUpdatedAt: past } });
const inOrg =
  (more: (s: Scene) => object | Promise<object>): Make =>
  async (s) => ({ input: { organizationId: s.org, ...(await more(s)) } });
const user = (s: Scene) => s.user();
/** Made in an organization: one that is not there is not found. */
const foreign = { inOrganization: true } as const;

const calls: Record<string, Call> = {
  createOrganization: {
    platform: true,
    good: () => ({ input: { name: 'New', domains: ['new-one.test'], seatLimit: 5, seatPolicy: 'GRACE' } }),
    bad: {
      BAD_INPUT: () => ({ input: { name: ' ' } }),
      EXTERNAL_ID_TAKEN: async (s) => {
        const externalId = s.unique('customer-');
        await s.world.gql(documentOf('mutation', 'createOrganization', { input: 1 }), {
          input: { name: 'x', externalId },
        });
        return { input: { name: 'y', externalId } };
      },
    },
  },
  updateOrganization: {
    good: (s) => ({ input: { id: s.org, name: 'Acme Ltd' } }),
    byId: (id) => ({ input: { id, name: 'x' } }),
    bad: {
      BAD_INPUT: (s) => ({ input: { id: s.org, seatLimit: -1 } }),
      CONFLICT: (s) => ({ input: { id: s.org, expectedUpdatedAt: past } }),
    },
  },
  deleteOrganization: {
    platform: true,
    good: async (s) => ({ id: (await s.world.tenant({}, 'Goes')).organizationId }),
    byId: (id) => ({ id }),
  },
  addDomain: {
    good: (s) => ({ organizationId: s.org, domain: `${s.unique('x')}.test` }),
    byId: (id) => ({ organizationId: id, domain: 'x.test' }),
    bad: {
      BAD_INPUT: (s) => ({ organizationId: s.org, domain: 'no domain' }),
      DOMAIN_TAKEN: async (s) => {
        const domain = `${s.unique('t')}.test`;
        await s.do('addDomain', { organizationId: s.org, domain });
        return { organizationId: s.org, domain };
      },
    },
  },
  assignDomain: {
    good: async (s) => ({ id: await s.domain(), connectionIds: [s.tenant.connectionId] }),
    byId: (id) => ({ id, connectionIds: [] }),
  },
  verifyDomain: {
    good: async (s) => ({ id: await s.domain(), force: true }),
    byId: (id) => ({ id }),
    bad: {
      BAD_INPUT: async (s) => ({ id: await s.domain() }),
      DOMAIN_TAKEN: async (s) => {
        const domain = `${s.unique('v')}.test`;
        const other = await s.world.tenant({}, 'Other');
        const add = 'mutation($o: ID!, $d: String!) { addDomain(organizationId: $o, domain: $d) { domain { id } } }';
        const { addDomain } = await other.gql(add, { o: other.organizationId, d: domain });
        await other.gql('mutation($id: ID!) { verifyDomain(id: $id, force: true) { domain { id } } }', {
          id: addDomain.domain.id,
        });
        return {
          id: (await s.do('addDomain', { organizationId: s.org, domain }, '{ domain { id } }')).domain.id,
          force: true,
        };
      },
    },
  },
  removeDomain: removing((s) => s.domain()),
  createConnection: {
    good: inOrg(() => ({ name: 'Okta', provider: 'OKTA', scim: true })),
    ...foreign,
    bad: { BAD_INPUT: inOrg(() => ({ name: 'x', provider: 'OKTA', oidc: { issuer: 'ftp://x', clientId: 'x' } })) },
  },
  updateConnection: {
    ...byInput((s) => s.connection(), { name: 'Renamed', state: 'INACTIVE' }),
    bad: {
      BAD_INPUT: async (s) => ({ input: { id: await s.connection(), jit: { dormantAfterDays: 0 } } }),
      CONFLICT: stale((s) => s.connection()),
    },
  },
  deleteConnection: removing((s) => s.connection(), { users: 'KEEP' }),
  rotateScimToken: {
    good: async (s) => ({ connectionId: await s.connection({ scim: true }), overlapSeconds: 60 }),
    byId: (id) => ({ connectionId: id }),
    bad: { BAD_INPUT: async (s) => ({ connectionId: await s.connection() }) },
  },
  revokeScimToken: removing((s) => s.scimToken()),
  createSetupLink: {
    good: async (s) => ({ connectionId: await s.connection() }),
    byId: (id) => ({ connectionId: id }),
    bad: { BAD_INPUT: async (s) => ({ connectionId: await s.connection(), expiresInSeconds: 0 }) },
  },
  createScimClient: {
    good: (s) => ({ input: { connectionId: s.tenant.connectionId, name: 'sync' } }),
    byId: (id) => ({ input: { connectionId: id, name: 'x' } }),
    bad: { BAD_INPUT: (s) => ({ input: { connectionId: s.tenant.connectionId, name: 'x', jwks: { keys: [] } } }) },
  },
  deleteScimClient: removing((s) => s.scimClient()),
  createUser: {
    good: inOrg((s) => ({ userName: `${s.unique('new')}@acme.test`, roles: ['reader'] })),
    ...foreign,
    bad: {
      BAD_INPUT: inOrg(() => ({ userName: '' })),
      USER_NAME_TAKEN: inOrg(async (s) => {
        const userName = `${s.unique('same')}@acme.test`;
        await s.user({ userName });
        return { userName: userName.toUpperCase() };
      }),
      EXTERNAL_ID_TAKEN: inOrg(async (s) => {
        const known = { connectionId: s.tenant.connectionId, externalId: s.unique('x-') };
        await s.user(known);
        return { userName: `${s.unique('n')}@acme.test`, ...known };
      }),
      SEAT_LIMIT_REACHED: async (s) => {
        const full = await s.world.gql(
          'mutation { createOrganization(input: { name: "Full", seatLimit: 0 }) { organization { id } } }',
        );
        return {
          input: { organizationId: full.createOrganization.organization.id, userName: 'x@full.test' },
          as: 'platform',
        };
      },
    },
  },
  updateUser: {
    ...byInput(user, { title: 'Engineer', attributes: { shoeSize: 42 } }),
    bad: {
      BAD_INPUT: async (s) => ({ input: { id: await s.user(), attributes: { userName: 'x' } } }),
      USER_NAME_TAKEN: async (s) => {
        const userName = `${s.unique('held')}@acme.test`;
        await s.user({ userName });
        return { input: { id: await s.user(), userName } };
      },
      CONFLICT: stale(user),
    },
  },
  importUsers: {
    good: inOrg((s) => ({ users: [{ userName: `${s.unique('i')}@acme.test` }] })),
    ...foreign,
    bad: { BAD_INPUT: inOrg(() => ({ users: Array.from({ length: 501 }, (_, n) => ({ userName: `u${n}` })) })) },
  },
  inviteUser: {
    good: inOrg((s) => ({ email: `${s.unique('guest')}@guests.test` })),
    ...foreign,
    bad: { BAD_INPUT: inOrg(() => ({ email: 'nobody' })) },
  },
  protectUser: {
    ...onUser({ protected: false, reason: 'over' }),
    bad: { BAD_INPUT: async (s) => ({ id: await s.user(), protected: true, reason: '' }) },
  },
  settleAdoption: {
    good: async (s) => ({ userId: await s.wanted(), connectionId: s.tenant.connectionId, accept: true }),
    byId: (id) => ({ userId: id, connectionId: 'conn_x', accept: true }),
  },
  settleLink: {
    good: async (s) => ({ id: await s.pendingLink(), accept: true }),
    byId: (id) => ({ id, accept: true }),
  },
  suspendUser: onUser({ reason: 'a test' }),
  unsuspendUser: onUser(),
  deprovisionUser: onUser(),
  reactivateUser: {
    good: async (s) => {
      const id = await s.user();
      await s.do('deprovisionUser', { id });
      return { id };
    },
    byId: (id) => ({ id }),
  },
  eraseUser: onUser(),
  createGroup: {
    good: inOrg(async (s) => ({ displayName: 'Readers', memberIds: [await s.user()], roles: ['reader'] })),
    ...foreign,
    bad: {
      BAD_INPUT: inOrg(() => ({ displayName: ' ' })),
      UNKNOWN_MEMBER: inOrg(() => ({ displayName: 'x', memberIds: ['user_x'] })),
    },
  },
  updateGroup: {
    ...byInput((s) => s.group(), { displayName: 'Writers' }),
    bad: {
      BAD_INPUT: async (s) => ({ input: { id: await s.group(), displayName: '' } }),
      CONFLICT: stale((s) => s.group()),
    },
  },
  deleteGroup: removing((s) => s.group()),
  addGroupMembers: {
    good: async (s) => ({ groupId: await s.group(), userIds: [await s.user()] }),
    byId: (id) => ({ groupId: id, userIds: [] }),
    bad: {
      UNKNOWN_MEMBER: async (s) => ({ groupId: await s.group(), userIds: ['user_x'] }),
      MEMBERSHIP_CYCLE: async (s) => {
        const id = await s.group();
        return { groupId: id, userIds: [id] };
      },
    },
  },
  removeGroupMembers: {
    good: async (s) => {
      const id = await s.user();
      return { groupId: await s.group([id]), userIds: [id] };
    },
    byId: (id) => ({ groupId: id, userIds: [] }),
  },
  signInWithIdToken: {
    good: async (s) => ({
      connectionId: s.tenant.connectionId,
      idToken: await s.idp.token({ sub: s.unique('s'), email: `${s.unique('s')}@acme.test`, email_verified: true }),
    }),
    byId: (id) => ({ connectionId: id, idToken: 'x' }),
    bad: {
      ASSERTION_INVALID: (s) => ({ connectionId: s.tenant.connectionId, idToken: 'x' }),
      CONNECTION_INACTIVE: async (s) => ({ connectionId: await s.connection(), idToken: 'x' }),
    },
  },
  startTestSignIn: {
    good: (s) => ({ connectionId: s.tenant.connectionId }),
    byId: (id) => ({ connectionId: id }),
    bad: { BAD_INPUT: async (s) => ({ connectionId: await s.connection() }) },
  },
  revokeSession: { good: async (s) => ({ id: (await s.signIn()).session.id }), byId: (id) => ({ id }) },
  revokeUserSessions: { good: async (s) => ({ userId: (await s.signIn()).user.id }), byId: (id) => ({ userId: id }) },
  createWebhookEndpoint: {
    good: inOrg(() => ({ url: 'http://127.0.0.1:9/hook' })),
    ...foreign,
    bad: {
      BAD_INPUT: inOrg(() => ({ url: 'no url' })),
      CURSOR_INVALID: inOrg(() => ({ url: 'http://127.0.0.1:9/', after: 'x' })),
    },
  },
  updateWebhookEndpoint: {
    ...byInput((s) => s.endpoint(), { state: 'PAUSED' }),
    bad: { BAD_INPUT: async (s) => ({ input: { id: await s.endpoint(), url: 'no url' } }) },
  },
  deleteWebhookEndpoint: removing((s) => s.endpoint()),
  replayWebhooks: {
    ...removing((s) => s.endpoint()),
    bad: { CURSOR_INVALID: async (s) => ({ id: await s.endpoint(), after: 'x' }) },
  },
  rotateWebhookSecret: {
    ...removing((s) => s.endpoint()),
    bad: { BAD_INPUT: async (s) => ({ id: await s.endpoint(), overlapSeconds: -1 }) },
  },
  sendTestEvent: removing((s) => s.endpoint()),
  createConsumer: {
    good: inOrg((s) => ({ name: s.unique('c-') })),
    ...foreign,
    bad: {
      BAD_INPUT: inOrg(() => ({ name: 'a name' })),
      CURSOR_INVALID: inOrg((s) => ({ name: s.unique('c-'), after: 'x' })),
    },
  },
  acknowledge: {
    good: async (s) => ({ consumerId: await s.consumer(), cursor: await s.cursor() }),
    byId: (id) => ({ consumerId: id, cursor: 'x' }),
    bad: { CURSOR_INVALID: async (s) => ({ consumerId: await s.consumer(), cursor: 'x' }) },
  },
  deleteConsumer: removing((s) => s.consumer()),
  createApiKey: {
    good: inOrg(() => ({ name: 'app', scopes: ['DIRECTORY_READ'] })),
    ...foreign,
    bad: { BAD_INPUT: inOrg(() => ({ name: 'app', scopes: ['ADMIN'], expiresAt: past })) },
  },
  revokeApiKey: removing(async (s) => (await s.key()).id),
  createApplication: {
    good: inOrg(() => ({ name: 'App', redirectUris: ['https://app.example/'] })),
    ...foreign,
    bad: { BAD_INPUT: inOrg(() => ({ name: 'App', redirectUris: ['https://*.example/'] })) },
  },
  updateApplication: {
    ...byInput((s) => s.application(), { name: 'Renamed' }),
    bad: {
      BAD_INPUT: async (s) => ({ input: { id: await s.application(), name: ' ' } }),
      CONFLICT: stale((s) => s.application()),
    },
  },
  rotateApplicationSecret: {
    ...removing((s) => s.application()),
    bad: { BAD_INPUT: async (s) => ({ id: await s.application({ tokenEndpointAuthMethod: 'NONE' }) }) },
  },
  deleteApplication: removing((s) => s.application()),
  replayRequest: {
    ...removing((s) => s.request(), { dryRun: true }),
    bad: {
      BAD_INPUT: async (s) => {
        const made = { organizationId: s.org, name: 'Off', provider: 'OKTA', scim: true };
        const { connection, scimToken } = await s.input('createConnection', made, '{ scimToken connection { id } }');
        await s.world.scim(connection.id, scimToken, 'GET', '/Users?count=1');
        const query = 'query($id: ID!) { connection(id: $id) { requests(first: 1) { nodes { id } } } }';
        const found = await s.tenant.gql(query, { id: connection.id });
        await s.input('updateConnection', { id: connection.id, state: 'INACTIVE' });
        return { id: found.connection.requests.nodes[0].id };
      },
    },
  },
};

const names = Object.keys(schema.getMutationType()?.getFields() ?? {});
const send = async (name: string, made: object, key: string) => {
  const { as, ...variables } = made as { as?: string };
  return scene.world.request(documentOf('mutation', name, variables), variables, as === 'platform' ? undefined : key);
};
const keyFor = (call: Call) => (call.platform ? undefined : scene.tenant.key) as string;

test('every mutation is in the table', () => {
  expect(Object.keys(calls).sort()).toEqual([...names].sort());
});

describe.each(names)('%s', (name) => {
  const call = calls[name] as Call;

  test('succeeds', async () => {
    const { data, errors } = await send(name, await call.good(scene), keyFor(call));
    expect(errors).toBeUndefined();
    expect(data[name]).toMatchObject({ __typename: expect.any(String) });
  });

  for (const [code, make] of Object.entries(call.bad ?? {})) {
    test(`fails with ${code}`, async () => {
      const { errors } = await send(name, await make(scene), keyFor(call));
      expect(errors?.[0].extensions.code).toBe(code);
    });
  }

  test('without a credential: UNAUTHENTICATED', async () => {
    const made = await call.good(scene);
    const { errors } = await send(name, made, 'nothing');
    expect(errors[0].extensions.code).toBe('UNAUTHENTICATED');
  });

  test('with a key of other scopes: FORBIDDEN', async () => {
    const made = await call.good(scene);
    const scope = name === 'signInWithIdToken' ? 'EVENTS_READ' : 'SIGN_IN';
    const { secret } = await scene.key([scope]);
    const { errors } = await send(name, made, secret);
    expect(errors[0].extensions.code).toBe(call.platform && name === 'deleteOrganization' ? 'NOT_FOUND' : 'FORBIDDEN');
  });

  if (call.byId || call.inOrganization) {
    test('with an id of nothing: NOT_FOUND', async () => {
      const good = (await call.good(scene)) as { input: object };
      const kind = /"(\w+)_[0-9a-z]{26}"/.exec(JSON.stringify(good))?.[1] ?? 'org';
      const id = `${kind}_01aaaaaaaaaaaaaaaaaaaaaaaa`;
      const made = call.byId?.(id) ?? { input: { ...good.input, organizationId: 'org_01aaaaaaaaaaaaaaaaaaaaaaaa' } };
      const { errors } = await send(name, made, keyFor(call));
      expect(errors[0].extensions.code).toBe('NOT_FOUND');
    });
  }
});

test('docs/mutations.md says what each may answer', () => {
  const rows = names.map((name) => {
    const { bad = {}, byId, inOrganization, platform } = calls[name] as Call;
    const codes = [...(byId || inOrganization ? ['NOT_FOUND'] : []), ...Object.keys(bad)]
      .map((code) => `\`${code}\``)
      .join(', ');
    const says = schema.getMutationType()?.getFields()[name]?.description ?? '';
    return `| \`${name}\` | ${platform ? 'a platform key. ' : ''}${says} | ${codes} |`;
  });
  const text = [
    '# Mutations',
    '',
    'Made by test/graphql/mutations.test.ts, which calls each of them: to succeed, and to fail with every code that stands here. Beside these any',
    'mutation may answer `UNAUTHENTICATED`, `FORBIDDEN`, `BAD_INPUT` for a variable of the wrong type, `UNAVAILABLE`, and with an Idempotency-Key',
    '`IDEMPOTENCY_KEY_REUSED` or `IDEMPOTENCY_ANSWER_LOST`. [errors.md](errors.md) says what each means, [authorization.md](authorization.md) who may.',
    '',
    '| mutation | what it does | fails with |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
  if (process.env.WRITE_DOCS) writeFileSync(page, text);
  else expect(readFileSync(page, 'utf8')).toBe(text);
});

describe('every query', () => {
  const queries: Record<string, Make> = {
    viewer: () => ({}),
    node: async (s) => ({ id: await s.user() }),
    nodes: async (s) => ({ ids: [await s.user(), await s.group(), s.org, s.tenant.connectionId] }),
    organization: (s) => ({ id: s.org }),
    organizations: () => ({ first: 5, search: 'acme' }),
    connection: (s) => ({ id: s.tenant.connectionId }),
    user: async (s) => ({ id: await s.user() }),
    group: async (s) => ({ id: await s.group() }),
    events: (s) => ({ organizationId: s.org, first: 3 }),
    eventCursor: (s) => ({ organizationId: s.org }),
    applications: () => ({}),
    consumers: () => ({}),
    webhookEndpoints: () => ({}),
  };
  test('is in the table', () => {
    expect(Object.keys(queries).sort()).toEqual(Object.keys(schema.getQueryType()?.getFields() ?? {}).sort());
  });
  test.each(Object.entries(queries).map(([name, make]) => ({ name, make })))('$name', async ({ name, make }) => {
    const variables = await make(scene);
    const { data, errors } = await scene.world.request(
      documentOf('query', name, variables),
      { ...variables },
      scene.tenant.key,
    );
    expect(errors).toBeUndefined();
    expect(data[name]).toBeTruthy();
  });
});

describe('every subscription', () => {
  const happenings: Record<string, () => Promise<unknown>> = {
    events: () => scene.user(),
    userProvisioned: () => scene.user(),
    userUpdated: async () => scene.input('updateUser', { id: await scene.user(), title: scene.unique('t') }),
    userDeprovisioned: async () => scene.do('deprovisionUser', { id: await scene.user() }),
    userReactivated: async () => {
      const id = await scene.user();
      await scene.do('deprovisionUser', { id });
      await scene.do('reactivateUser', { id });
    },
    groupMembershipChanged: async () => scene.group([await scene.user()]),
    connectionChanged: () => scene.connection(),
  };
  test('is in the table', () => {
    expect(Object.keys(happenings).sort()).toEqual(Object.keys(schema.getSubscriptionType()?.getFields() ?? {}).sort());
  });
  test.each(Object.entries(happenings).map(([name, happen]) => ({ name, happen })))(
    '$name, replayed and live',
    async ({ name, happen }) => {
      const after = await scene.cursor();
      await happen();
      const live = scene.world.follow(
        documentOf('subscription', name, { after: 1 }, '{ id type position }'),
        { after },
        scene.tenant.key,
      );
      await live.until(1);
      const seen = live.seen.length;
      await happen();
      await live.until(seen + 1);
      await live.stop();
      expect(live.failure()).toBeUndefined();
    },
  );
});

test('what SCIM has sent can be rehearsed: it tells what it would have told, and changes nothing', async () => {
  const { body } = await scene.tenant.scim('POST', '/Users', oktaUser('rehearsed@acme.test'));
  await scene.tenant.scim('PATCH', `/Users/${body.id}`, { Operations: [{ op: 'replace', value: { active: false } }] });
  await scene.tenant.scim('PATCH', `/Users/${body.id}`, { Operations: [{ op: 'replace', value: { active: true } }] });
  const requests = 'query($id: ID!) { connection(id: $id) { requests(first: 2) { nodes { id } } } }';
  const before = await scene.tenant.gql(requests, { id: scene.tenant.connectionId });
  const events = await scene.tenant.events();
  const { request, wouldTell } = await scene.do(
    'replayRequest',
    { id: before.connection.requests.nodes[1].id, dryRun: true },
    '{ wouldTell request { status responseBody } }',
  );
  expect(wouldTell).toEqual(['USER_DEPROVISIONED']);
  expect(request).toMatchObject({ status: 200, responseBody: { active: false } });
  expect(await scene.tenant.gql(requests, { id: scene.tenant.connectionId })).toEqual(before);
  expect(await scene.tenant.events()).toEqual(events);
});
