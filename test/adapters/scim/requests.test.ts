import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ProviderName, providers } from '../../../src/identity-providers/profiles/index.js';
import { type Anything, type Tenant, World } from '../../support/world.js';

/** A request that was captured from an IdP: the state before, the request, and the required response. */
interface Capture {
  id: string;
  title: string;
  source: string;
  user?: Record<string, unknown>;
  group?: { members: number };
  request: { method: string; path: string; body?: unknown };
  status: number;
  /** Attributes of the response; null for one that must be absent. Members are ids. */
  answer: Record<string, unknown>;
  quirks: string[];
}

const directory = new URL('./requests/', import.meta.url);
const files = readdirSync(directory).map((name) => ({
  name: name.replace('.json', ''),
  ...(JSON.parse(readFileSync(new URL(name, directory), 'utf8')) as { provider: ProviderName; captures: Capture[] }),
}));

let world: World;
let number = 0;
beforeAll(async () => {
  world = await World.shared();
});
afterAll(() => world.close());

/** Returns the texts with the names of the created objects filled in. */
function filled<T>(value: T, names: Record<string, string>): T {
  const text = JSON.stringify(value) ?? 'null';
  return JSON.parse(text.replace(/\{(\w+)\}/g, (whole, name) => names[name] ?? whole));
}

async function prepare(tenant: Tenant, { user, group }: Capture): Promise<Record<string, string>> {
  const n = number++;
  const aUser = async (more = {}, name = `captured-${number++}@idp.test`) =>
    (await tenant.scim('POST', '/Users', { userName: name, ...more })).body.id as string;
  const names: Record<string, string> = { n: String(n), name: `captured-main-${n}@idp.test` };
  names.user = await aUser(user, names.name);
  if (!group) return names;
  for (let k = 0; k < group.members; k++) names[`member${k}`] = await aUser();
  const members = Object.entries(names).flatMap(([name, value]) => (name.startsWith('member') ? [{ value }] : []));
  const { body } = await tenant.scim('POST', '/Groups', { displayName: `Group ${n}`, members });
  return { ...names, group: body.id };
}

function shown(body: Anything, key: string): unknown {
  if (key === 'members') return (body.members ?? []).map(({ value }: Anything) => value).sort();
  return body[key] ?? null;
}

describe.each(files)('captured requests of $name', ({ provider, captures }) => {
  let tenant: Tenant;
  beforeAll(async () => {
    tenant = await world.tenant({ name: provider, provider, grantableRoles: ['R', 'Admin', 'Survey', 'c'] });
  });

  test.each(captures)('$id $title', async (capture) => {
    expect(capture.source).toBeTruthy();
    const names = await prepare(tenant, capture);
    const { method, path, body } = filled(capture.request, names);
    const answer = await tenant.scim(method, path, body);
    expect([answer.status, answer.body?.detail]).toEqual([
      capture.status,
      answer.status < 400 ? undefined : answer.body.detail,
    ]);
    for (const [key, value] of Object.entries(filled(capture.answer, names))) {
      expect([key, shown(answer.body, key)]).toEqual([
        key,
        key === 'members' ? [...(value as string[])].sort() : value,
      ]);
    }
    const { connection } = await tenant.gql(
      'query($id: ID!) { connection(id: $id) { requests(first: 1) { nodes { quirks } } } }',
      { id: tenant.connectionId },
    );
    expect(connection.requests.nodes[0].quirks.sort()).toEqual([...capture.quirks].sort());
    if (method !== 'PATCH') return;
    // IdPs repeat requests: the same request again changes nothing.
    const { length } = await tenant.events();
    expect((await tenant.scim(method, path, body)).body).toEqual(answer.body);
    expect((await tenant.events()).length).toBe(length);
  });
});

test('D4 a remove that lists members never empties the group, for any provider', async () => {
  const tenant = await world.tenant({ provider: 'OKTA' });
  const names = await prepare(tenant, { group: { members: 3 } } as Capture);
  const Operations = [{ op: 'Remove', path: 'members', value: [{ value: names.member0 }] }];
  const { body } = await tenant.scim('PATCH', `/Groups/${names.group}`, { Operations });
  expect(shown(body, 'members')).toEqual([names.member1, names.member2].sort());
});

test('every provider has captured requests', () => {
  const captured = new Set<string>(files.map(({ provider }) => provider));
  expect(Object.keys(providers).filter((name) => name !== 'TEST' && !captured.has(name))).toEqual([]);
});
