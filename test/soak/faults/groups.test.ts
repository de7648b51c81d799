import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { disagreements, newLedger, note, type Scene, say, serve } from '../../support/fault-scene.js';
import { freshDatabase } from '../../support/server.js';
import { sized } from '../../support/soak.js';
import { oktaUser, patch } from '../../support/world.js';

let url: string;
let scene: Scene;
const users: string[] = [];
beforeAll(async () => {
  const { DATABASE_URL = '' } = await freshDatabase();
  url = DATABASE_URL;
  scene = await serve({ DATABASE_URL: url });
  for (let n = 0; n < 32; n++)
    users.push((await scene.tenant.scim('POST', '/Users', oktaUser(`u${n}@acme.com`))).body.id);
}, 60_000);
afterAll(() => void scene.server.child.kill('SIGKILL'));

const newGroup = async (displayName: string): Promise<string> =>
  (await scene.tenant.scim('POST', '/Groups', { displayName })).body.id;
const membersOf = async (id: string): Promise<string[]> => {
  const { body } = await scene.tenant.scim('GET', `/Groups/${id}`);
  return (body.members ?? []).map(({ value }: { value: string }) => value).sort();
};

test('fault 13: requests that change groups in opposite order: no caller receives a deadlock, and every change is saved', async () => {
  const [a, b] = [await newGroup('A'), await newGroup('B')];
  const ledger = newLedger();
  await Promise.all(
    users.map(async (value, n) => {
      for (let round = 0; round < sized(3, 20); round++) {
        const add = (id: string) => ({
          method: 'PATCH',
          path: `/Groups/${id}`,
          data: patch({ op: round % 2 === 0 ? 'add' : 'remove', path: 'members', value: [{ value }] }),
        });
        const Operations = n % 2 === 0 ? [add(a), add(b)] : [add(b), add(a)];
        const answer = await scene.tenant.scim('POST', '/Bulk', { Operations });
        note(ledger, answer, 'Bulk');
        for (const { status, response } of answer.body.Operations ?? [])
          note(ledger, { status: Number(status), headers: answer.headers, body: response }, 'an operation');
      }
    }),
  );
  expect(ledger.wrong).toEqual([]);
  expect([...ledger.statuses.keys()]).toEqual([200]);
  const expected = sized(3, 20) % 2 === 1 ? [...users].sort() : [];
  expect(await membersOf(a)).toEqual(expected);
  expect(await membersOf(b)).toEqual(expected);
  expect(await disagreements(url, newLedger())).toEqual([]);
  say(`fault 13: ${JSON.stringify([...ledger.statuses])}`);
});

test('fault 14: 32 clients change one group by PATCH and by PUT with If-Match: the members are those of the ledger', async () => {
  const id = await newGroup('Shared');
  const ledger = newLedger();
  await Promise.all(
    users.map(async (value, n) => {
      if (n % 2 === 0) {
        for (let round = 0; round < sized(5, 21); round++) {
          const op = round % 2 === 0 ? 'add' : 'remove';
          note(
            ledger,
            await scene.tenant.scim('PATCH', `/Groups/${id}`, patch({ op, path: 'members', value: [{ value }] })),
            op,
          );
        }
        return;
      }
      // A client that replaces the group reads it first, and starts again if another client was faster.
      for (let attempts = 0; attempts < 500; attempts++) {
        const { body, headers } = await scene.tenant.scim('GET', `/Groups/${id}`);
        const members = [...(body.members ?? []), { value }];
        const match = { 'if-match': headers.get('etag') ?? '' };
        const answer = await scene.tenant.scim('PUT', `/Groups/${id}`, { ...body, members }, match);
        note(ledger, answer, 'PUT');
        if (answer.status === 200) return;
        expect(answer.status).toBe(412);
      }
      throw new Error('A client never came through.');
    }),
  );
  expect(ledger.wrong).toEqual([]);
  expect(await membersOf(id)).toEqual([...users].sort());
  expect(await disagreements(url, newLedger())).toEqual([]);
  say(`fault 14: ${JSON.stringify([...ledger.statuses])}`);
});
