import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { record } from '../../../bench/trace.js';
import { system } from '../../../src/access/principal.js';
import { type Tx, write } from '../../../src/access/write.js';
import { carryOut } from '../../../src/directory/users/carry-out.js';
import { draftEdit } from '../../../src/directory/users/draft-edit.js';
import { gatherFacts } from '../../../src/directory/users/gather-facts.js';
import { type Plan, planClosing } from '../../../src/directory/users/plan.js';
import { planEdit } from '../../../src/directory/users/plan-edit.js';
import { protectionsOf } from '../../../src/directory/users/protect-user.js';
import { lockUser } from '../../../src/directory/users/queries/load-user.js';
import { User } from '../../../src/directory/users/user.js';
import { parseId } from '../../../src/kernel/ids.js';
import { storeOfJobs } from '../../support/jobs.js';
import { type Anything, oktaUser, type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
beforeAll(async () => {
  world = await World.start();
  tenant = await world.tenant();
});
afterAll(() => world.close());

async function people(count: number, label: string): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    const user = oktaUser(`${label}${n}@acme.test`, { externalId: `${label}${n}` });
    ids.push((await tenant.scim('POST', '/Users', user)).body.id);
  }
  return ids;
}

async function inOne<T>(ids: readonly string[], work: (tx: Tx, users: User[]) => Promise<T>): Promise<T> {
  const store = storeOfJobs(world, () => new Date());
  const organizationId = parseId('org', tenant.organizationId);
  return write(store, system(organizationId), async (tx) => {
    const users: User[] = [];
    for (const id of ids) users.push(await lockUser(tx, id));
    return work(tx, users);
  });
}

/** Edits accounts together. Returns the number of statements from the first read to the last write. */
async function editTogether(ids: readonly string[], title: string): Promise<number> {
  return inOne(ids, async (tx, users) => {
    const statements = await record(async () => {
      const drafts = users.map((user) =>
        draftEdit(tx.principal, user, ({ profile, externalId }) => ({
          active: false,
          externalId: `${externalId}-${title}`,
          profile: { ...profile, title, emails: [{ value: `${title}-${user.userName}` }] },
        })),
      );
      const facts = await gatherFacts(tx, drafts);
      const plans = drafts.flatMap((draft, n): Plan[] => (facts[n] ? [planEdit(tx, draft, facts[n])] : []));
      await carryOut(tx, plans);
    });
    return statements.length;
  });
}

test('a plan of one account and plans of twenty take the same number of statements', async () => {
  // Timers of the server also send statements: the smallest of several counts belongs to the edit only.
  const least = async (count: number, label: string) => {
    const counts: number[] = [];
    for (let n = 0; n < 4; n++) counts.push(await editTogether(await people(count, `${label}${n}-`), 'lead'));
    return Math.min(...counts);
  };
  expect(await least(20, 'many')).toBe(await least(1, 'alone'));
});

test('closing accounts together writes the events and rows of each, and frees their seats', async () => {
  const ids = await people(3, 'leaver');
  const seats = async () =>
    (await tenant.gql('query($o: ID!) { organization(id: $o) { seatsUsed } }', { o: tenant.organizationId }))
      .organization.seatsUsed;
  const before = await seats();
  await inOne(ids, (tx, users) =>
    carryOut(
      tx,
      users.map((user) => planClosing(user, 'DORMANT', tx)),
    ),
  );
  const events = (await tenant.events()).filter(
    ({ type, data }: Anything) => type === 'USER_DEPROVISIONED' && ids.includes(data.id),
  );
  expect(events.map(({ data }: Anything) => [data.id, data.seatsUsed, data.status])).toEqual(
    ids.map((id, n) => [id, before - n - 1, 'DEPROVISIONED']),
  );
  expect(await seats()).toBe(before - 3);
});

test('if the last administrators are closed together, one is kept', async () => {
  const ids = await people(2, 'admin');
  for (const id of ids)
    await tenant.gql('mutation($id: ID!) { updateUser(input: { id: $id, roles: ["admin"] }) { user { id } } }', { id });
  const kept = await inOne(ids, async (tx, users) => [...(await protectionsOf(tx, users)).keys()]);
  expect(kept).toEqual([ids[1]]);
});

test('a very large number of accounts is written in several statements, each within the time limit', async () => {
  const [id = ''] = await people(1, 'copied');
  const sent = await inOne([id], (tx, users) =>
    record(async () => {
      const many = Array.from({ length: 2_500 }, () => users[0] as User);
      const written = tx.session.holdAll(User, many);
      await tx.session.flush();
      await written;
    }),
  );
  expect(sent.filter(({ text }) => text.startsWith('update users'))).toHaveLength(3);
});
