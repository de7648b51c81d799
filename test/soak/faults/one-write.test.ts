import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { administer } from '../../support/database.js';
import { disagreements, isReady, newLedger, note, type Scene, say, serve } from '../../support/fault-scene.js';
import { freshDatabase } from '../../support/server.js';
import { sized } from '../../support/soak.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { type Answer, eventually, oktaUser, patch } from '../../support/world.js';

let url: string;
let proxy: TcpProxy;
let scene: Scene;
beforeAll(async () => {
  const { DATABASE_URL = '' } = await freshDatabase();
  url = DATABASE_URL;
  proxy = await TcpProxy.to(url);
  scene = await serve({ DATABASE_URL: proxy.url });
}, 60_000);
afterAll(async () => {
  scene.server.child.kill('SIGKILL');
  proxy.close();
});

let next = 0;
const newUser = async (): Promise<string> =>
  (await scene.tenant.scim('POST', '/Users', oktaUser(`u${next++}@acme.com`))).body.id;

/** An operation on the object of `prepare`, and a query whose result differs after the operation. */
interface Operation {
  name: string;
  prepare: () => Promise<string>;
  run: (id: string) => Promise<Answer>;
  look: (id: string) => Promise<string>;
  isDone: (seen: string) => boolean;
}
const graphql = async (query: string, variables: object): Promise<Answer> => {
  const answer = await fetch(`${scene.world.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${scene.tenant.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
};
const rows = async (sql: string): Promise<string> => JSON.stringify((await administer(url, sql))[0]);
const operations: Operation[] = [
  {
    name: 'SCIM POST',
    prepare: async () => `new${next++}@acme.com`,
    run: (name) => scene.tenant.scim('POST', '/Users', oktaUser(name)),
    look: (name) =>
      rows(
        `select (select count(*)::int from users where user_name = '${name}') as rows, (select count(*)::int from events where data::text like '%${name}%') as events`,
      ),
    isDone: (seen) => seen === '[{"rows":1,"events":1}]',
  },
  {
    name: 'SCIM PATCH that ends an account',
    prepare: newUser,
    run: (id) => scene.tenant.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: false } })),
    look: (id) =>
      rows(
        `select (select count(*)::int from users where id = '${id}' and not active) as rows, (select count(*)::int from events where user_id = '${id}' and type = 'user.deprovisioned') as events`,
      ),
    isDone: (seen) => seen === '[{"rows":1,"events":1}]',
  },
  {
    name: 'SCIM POST of a group with members',
    prepare: async () => `${await newUser()} ${await newUser()}`,
    run: (ids) =>
      scene.tenant.scim('POST', '/Groups', {
        displayName: ids,
        members: ids.split(' ').map((value) => ({ value })),
      }),
    look: (ids) =>
      rows(
        `select (select count(*)::int from memberships where user_id = '${ids.split(' ')[1]}') as rows, (select count(*)::int from events where type = 'group.member_added' and user_id = '${ids.split(' ')[1]}') as events`,
      ),
    isDone: (seen) => seen === '[{"rows":1,"events":1}]',
  },
  {
    name: 'GraphQL suspendUser',
    prepare: newUser,
    run: (id) => graphql('mutation($id: ID!) { suspendUser(id: $id) { user { id } } }', { id }),
    look: (id) =>
      rows(
        `select (select count(*)::int from users where id = '${id}' and suspended_at is not null) as rows, (select count(*)::int from events where user_id = '${id}' and type = 'user.suspended') as events`,
      ),
    isDone: (seen) => seen === '[{"rows":1,"events":1}]',
  },
];

test.each(operations)(
  'fault 2: $name, cut off at each message to PostgreSQL, is saved completely or not at all',
  async ({ name, prepare, run, look, isDone }) => {
    const outcomes: string[] = [];
    for (let cutAt = 1; cutAt < 60; cutAt++) {
      const subject = await prepare();
      const before = await look(subject);
      let sent = 0;
      proxy.cuts = () => ++sent === cutAt;
      const answer = await run(subject);
      proxy.cuts = () => false;
      await eventually(() => isReady(scene.world), 20_000);
      const after = await look(subject);
      // No change is incomplete: a row without its event, or an event without its row.
      if (after !== before) expect(isDone(after)).toBe(true);
      const isError = answer.status >= 400 || answer.body?.errors !== undefined;
      if (!isError) expect(isDone(after)).toBe(true);
      if (isError) expect(answer.status).toBe(503);
      const isUnknown = answer.body?.errors?.[0].extensions.code === 'OUTCOME_UNKNOWN';
      if (isError) expect(answer.headers.get('retry-after')).toBe(isUnknown ? null : '5');
      outcomes.push(isError ? (isDone(after) ? 'done, unknown' : 'not done') : 'done');
      if (sent < cutAt) break;
    }
    expect(outcomes.length).toBeGreaterThan(3);
    expect(outcomes.at(-1)).toBe('done');
    expect(await disagreements(url, newLedger())).toEqual([]);
    say(`fault 2: ${name}: ${outcomes.length} cut points, ${outcomes.join('; ')}`);
  },
  180_000,
);

test('fault 16: an IdP that repeats requests after every fifth response is lost reaches the same state as without losses', async () => {
  let answered = 0;
  const lossy = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { authorization = '', 'content-type': type = '' } = request.headers;
    const answer = await fetch(`${scene.world.url}${request.url}`, {
      method: request.method ?? 'GET',
      headers: { authorization, ...(type && { 'content-type': type }) },
      ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
    });
    const text = await answer.text();
    if (++answered % 5 === 0) return void response.destroy();
    response.writeHead(answer.status, { 'content-type': 'application/scim+json' }).end(text);
  });
  await new Promise<void>((resolve) => lossy.listen(0, '127.0.0.1', resolve));
  const { scimToken, connectionId } = scene.tenant;
  const base = `http://127.0.0.1:${(lossy.address() as AddressInfo).port}/scim/v2/${connectionId}`;
  const send = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    for (;;) {
      const answer = await fetch(`${base}${path}`, {
        method,
        headers: { authorization: `Bearer ${scimToken}`, 'content-type': 'application/scim+json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }).catch(() => {
        // The response was lost: the IdP repeats the request.
      });
      if (!answer) continue;
      const text = await answer.text();
      return { status: answer.status, headers: answer.headers, body: text === '' ? null : JSON.parse(text) };
    }
  };
  const ledger = newLedger();
  const count = sized(30, 200);
  for (let n = 0; n < count; n++) {
    const userName = `lossy${n}@acme.com`;
    const made = await send('POST', '/Users', oktaUser(userName));
    note(ledger, made, 'POST');
    expect([201, 409]).toContain(made.status);
    const filter = encodeURIComponent(`userName eq "${userName}"`);
    const { body: found } = await send('GET', `/Users?filter=${filter}`);
    expect(found.totalResults).toBe(1);
    const { id } = found.Resources[0];
    ledger.created.set(userName, id);
    await send('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { title: 'Mover' } }));
    if (n % 3 === 0) await send('DELETE', `/Users/${id}`);
  }
  lossy.close();
  expect(ledger.wrong).toEqual([]);
  for (const [userName, id] of ledger.created) {
    const { status, body } = await scene.tenant.scim('GET', `/Users/${id}`);
    const isDeleted = Number(/\d+/.exec(userName)?.[0]) % 3 === 0;
    expect([status, isDeleted ? undefined : body.title]).toEqual([
      isDeleted ? 404 : 200,
      isDeleted ? undefined : 'Mover',
    ]);
  }
  const [twice = []] = await administer(
    url,
    `select user_id, type, count(*)::int as n from events where type like 'user.%' group by 1, 2 having count(*) > 1`,
  );
  expect(twice).toEqual([]);
  say(`fault 16: ${answered} requests for ${count} users, ${ledger.statuses.get(409) ?? 0} repeated creations`);
});
