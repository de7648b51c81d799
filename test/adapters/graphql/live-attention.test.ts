import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Scene } from '../../support/scene.js';
import { type Anything, eventually, type Tenant } from '../../support/world.js';

let scene: Scene;
let tenant: Tenant;
beforeAll(async () => {
  scene = await Scene.set();
  tenant = scene.tenant;
}, 60_000);
afterAll(() => scene.close());

const query = `subscription($o: ID) { attentionChanged(organizationId: $o) {
  id kind severity count resolvedAt organization { id } subject { __typename id } } }`;
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
const expiring = async (of: Tenant): Promise<string> =>
  (
    await of.gql('mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { apiKey { id } } }', {
      i: { organizationId: of.organizationId, name: 'k', scopes: ['ADMIN'], expiresAt: inDays(20) },
    })
  ).createApiKey.apiKey.id;
const revoke = (of: Tenant, id: string) => of.gql('mutation($id: ID!) { revokeApiKey(id: $id) { deletedId } }', { id });

test('attentionChanged sends an item that appears and is resolved, to the callers that see it in the list', async () => {
  const other = await scene.world.tenant({}, 'Other');
  const follow = (key?: string, o: string | null = null) => scene.world.follow(query, { o }, key);
  const own = [follow(tenant.key), follow(undefined, tenant.organizationId)];
  const events = follow((await scene.key(['EVENTS_READ'])).secret);
  const foreign = follow(other.key);
  const has = ({ seen }: { seen: Anything[] }, id: string) => seen.some(({ subject }) => subject?.id === id);
  // A subscription compares with the items at its beginning, so the first keys can be among them.
  const made: string[] = [];
  await eventually(async () => {
    made.push(await expiring(tenant));
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    return own.every((live) => made.some((id) => has(live, id)));
  }, 40_000);
  const key = made.find((id) => own.every((live) => has(live, id))) ?? '';
  for (const live of own)
    expect(live.seen.find(({ subject }) => subject?.id === key)).toMatchObject({
      kind: 'SECRET_EXPIRING',
      severity: 'WARNING',
      resolvedAt: null,
      organization: { id: tenant.organizationId },
    });
  await revoke(tenant, key);
  const resolved = ({ seen }: { seen: Anything[] }) =>
    seen.filter(({ id, resolvedAt }) => id.includes(key) && resolvedAt);
  await eventually(() => own.every((live) => resolved(live).length === 1), 30_000);
  for (const live of own) expect(resolved(live)[0]).toMatchObject({ kind: 'SECRET_EXPIRING', subject: null });
  // A key without the permission to read keys, and a key of another tenant.
  expect(has(events, key) || has(foreign, key)).toBe(false);
  expect(JSON.stringify(foreign.seen)).not.toContain(tenant.organizationId);
  await Promise.all([...own, events, foreign].map((live) => live.stop()));
}, 120_000);

test('attentionChanged of another tenant is refused like one that does not exist; a member is refused', async () => {
  const refusal = async (o: string | null, key: string) => {
    const live = scene.world.follow(query, { o }, key);
    await live.until(1);
    await live.stop();
    return live.seen[0].errors[0].extensions.code;
  };
  const other = await scene.world.tenant({}, 'Other');
  expect(await refusal(tenant.organizationId, other.key)).toBe('NOT_FOUND');
  expect(await refusal('org_01aaaaaaaaaaaaaaaaaaaaaaaa', other.key)).toBe('NOT_FOUND');
  expect(await refusal(null, (await scene.signIn()).accessToken)).toBe('FORBIDDEN');
  expect(await refusal(null, await scene.setupLink(tenant.connectionId))).toBe('FORBIDDEN');
});
