import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pruneClientTokens } from '../../../src/directory/connections/scim-tokens.js';
import { pruneSessions } from '../../../src/directory/sessions/prune-sessions.js';
import { sql } from '../../../src/storage/sql.js';
import { App } from '../../support/application.js';
import { dayMs } from '../../support/jobs.js';
import { Realm } from '../../support/sign-ins.js';
import { World } from '../../support/world.js';

const hourMs = 3_600_000;
const now = new Date();
let world: World;
let realm: Realm;
let userId: string;
beforeAll(async () => {
  world = await World.start({ now: () => now });
  realm = await Realm.make(world, await App.register(world), 'oidc');
  userId = await realm.outcome(realm.person('T2'));
});
afterAll(() => world.close());

/** Returns the number of stored sessions and grants of the user. */
async function stored() {
  const [row] = await world.database().query<{ sessions: number; grants: number }>(sql`
    select count(distinct s.id) as sessions, count(g.id) as grants from sessions s
    left join oauth_grants g on g.organization_id = s.organization_id and g.session_id = s.id
    where s.user_id = ${userId}`);
  return row;
}
const prune = (ms: number) => pruneSessions(world.database(), new Date(now.getTime() + ms));

test('a session is deleted with its grants one day after it expired, also if it ended earlier', async () => {
  await realm.outcome(realm.person('T2'));
  expect(await stored()).toEqual({ sessions: 2, grants: 2 });
  await realm.tenant.gql('mutation($id: ID!) { revokeUserSessions(userId: $id) { user { id } } }', { id: userId });
  await prune(12 * hourMs + dayMs - 1_000);
  expect(await stored()).toEqual({ sessions: 2, grants: 2 });
  expect(await prune(12 * hourMs + dayMs + 1_000)).toBe(false);
  expect(await stored()).toEqual({ sessions: 0, grants: 0 });
});

test('a run deletes at most 1,000 sessions and reports that more can be due', async () => {
  await world.database().query(sql`
    insert into sessions (organization_id, id, user_id, connection_id, hash, created_at, expires_at)
    select ${realm.tenant.organizationId}, 'ses_' || n, ${userId}, ${realm.tenant.connectionId}, sha256(n::text::bytea),
      ${now}, ${now}
    from generate_series(1, 1001) n`);
  expect(await prune(2 * dayMs)).toBe(true);
  expect(await stored()).toMatchObject({ sessions: 1 });
  expect(await prune(2 * dayMs)).toBe(false);
  expect(await stored()).toMatchObject({ sessions: 0 });
});

test('the erasure of a user deletes the sessions at once', async () => {
  await realm.outcome(realm.person('T2'));
  expect(await stored()).toMatchObject({ sessions: 1 });
  await world.gql('mutation($id: ID!) { eraseUser(id: $id) { deletedId } }', { id: userId });
  expect(await stored()).toEqual({ sessions: 0, grants: 0 });
});

test('expired tokens of OAuth clients are deleted; an expired token of an administrator stays', async () => {
  const { organizationId, connectionId, gql } = realm.tenant;
  const { createScimClient } = await gql(
    'mutation($i: CreateScimClientInput!) { createScimClient(input: $i) { clientSecret client { id } } }',
    { i: { connectionId, name: 'idp' } },
  );
  const form = { grant_type: 'client_credentials', client_id: createScimClient.client.id };
  const body = new URLSearchParams({ ...form, client_secret: createScimClient.clientSecret });
  await fetch(`${world.url}/scim/v2/${connectionId}/oauth/token`, { method: 'POST', body });
  const tokens = async () =>
    (
      await world.database().query<{ ofClient: boolean }>(sql`select client_id is not null as "ofClient"
        from scim_tokens where organization_id = ${organizationId} order by client_id`)
    ).map(({ ofClient }) => ofClient);
  expect(await tokens()).toEqual([true, false]);
  await pruneClientTokens(world.database(), new Date(now.getTime() + hourMs - 1_000));
  expect(await tokens()).toEqual([true, false]);
  await pruneClientTokens(world.database(), new Date(now.getTime() + 400 * dayMs));
  expect(await tokens()).toEqual([false]);
});
