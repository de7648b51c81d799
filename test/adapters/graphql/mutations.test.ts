import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Call, calls, type Make } from '../../support/mutations.js';
import { documentOf, Scene, schema } from '../../support/scene.js';
import { oktaUser } from '../../support/world.js';

const page = fileURLToPath(new URL('../../../docs/mutations.md', import.meta.url));
let scene: Scene;
beforeAll(async () => {
  scene = await Scene.set();
});
afterAll(() => scene.close());

const names = Object.keys(schema.getMutationType()?.getFields() ?? {}).sort();
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
      if (code === 'BAD_INPUT') expect(errors?.[0].extensions.field).toMatch(/^[a-z][\w.]*$/i);
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
    'Made by test/adapters/graphql/mutations.test.ts, which calls each of them: to succeed, and to fail with every code that stands here. Beside these any',
    'mutation may answer `UNAUTHENTICATED`, `FORBIDDEN`, `BAD_INPUT` for a variable of the wrong type, `UNAVAILABLE`, `OUTCOME_UNKNOWN`, and with an Idempotency-Key',
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
    apiKeys: () => ({ first: 5 }),
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
