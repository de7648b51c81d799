import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Recorded, record } from '../../bench/trace.js';
import { analyze, copyId, populate } from '../support/populate.js';
import { type Anything, type Tenant, World } from '../support/world.js';

// The embedded database runs the same statements on the same indexes, but filling it takes too long.
const total = 100_000;
let world: World;
let tenant: Tenant;
let groupId: string;
beforeAll(async () => {
  world = await World.start();
  tenant = await world.tenant();
  await populate(world, tenant, total);
  const members = Array.from({ length: 10 }, (_, n) => ({ value: copyId(n + 1) }));
  groupId = (await tenant.scim('POST', '/Groups', { displayName: 'Group 7', members })).body.id;
  // Enough groups for the planner to use an index.
  await world.database().run(
    `insert into groups select g.organization_id, 'group_0' || lpad(n::text, 25, '0'), g.connection_id, null, 'Many ' || n,
       'many ' || n, g.attributes, g.folded, g.origin, 1, g.created_at, g.updated_at - n * interval '1 second',
       g.roles, g.mapped_roles, 0, 0
     from groups g, generate_series(1, $2::int) n where g.id = $1`,
    [groupId, total / 10],
  );
  // A session caches the plans of foreign key checks: they must not be those for empty tables.
  await analyze(world);
  for (let from = 1; from <= total; from += 10_000) {
    await world.database().run(
      `insert into memberships select organization_id, 'group_0' || lpad((n % $2::int + 1)::text, 25, '0'),
         'user_0' || lpad(n::text, 25, '0'), created_at
       from groups, generate_series($3::int, $4::int) n where id = $1`,
      [groupId, total / 10, from, Math.min(total, from + 9_999)],
    );
  }
  await analyze(world);
}, 300_000);
afterAll(() => world.close());

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: Plan[];
}
const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

/** Returns the nodes of the plan that read rows, with the number of read and discarded rows. */
async function reads({ text, values }: Recorded): Promise<Plan[]> {
  const [row] = await world.database().run<Anything>(`explain (analyze, format json) ${text}`, values as unknown[]);
  return nodesOf(row['QUERY PLAN'][0].Plan).filter((node) => node['Relation Name'] !== undefined);
}

const lookups: { path: string; filter: string; found: number }[] = [
  { path: '/Users', filter: `userName eq "COPY-77@sample.test"`, found: 1 },
  { path: '/Users', filter: `externalId eq "copy-77"`, found: 1 },
  { path: '/Users', filter: `emails.value eq "copy-77@sample.test"`, found: 1 },
  { path: '/Users', filter: `emails eq "copy-77@sample.test"`, found: 1 },
  { path: '/Users', filter: `emails[type eq "work"].value eq "copy-77@sample.test"`, found: 1 },
  { path: '/Users', filter: `emails[type eq "work" and value eq "copy-77@sample.test"]`, found: 1 },
  { path: '/Users', filter: `displayName eq "Copy 77"`, found: 1 },
  { path: '/Users', filter: `id eq "${copyId(77)}"`, found: 1 },
  { path: '/Users', filter: `id eq "${copyId(77)}" and manager eq "nobody"`, found: 0 },
  { path: '/Users', filter: `userName eq "8e2b1c34-nobody"`, found: 0 },
  { path: '/Users', filter: 'meta.lastModified gt "SOON"', found: 20 },
  { path: '/Groups', filter: 'displayName eq "group 7"', found: 1 },
  { path: '/Groups', filter: `members.value eq "${copyId(3)}"`, found: 2 },
  { path: '/Groups', filter: `members eq "${copyId(3)}"`, found: 2 },
  { path: '/Groups', filter: `id eq "GROUP" and members eq "${copyId(3)}"`, found: 1 },
];

describe('lookups of IdPs use an index (docs/scim.md, rule 8)', () => {
  test.each(lookups)('$path $filter', async ({ path, filter, found }) => {
    const { body: newest } = await tenant.scim('GET', `/Users/${copyId(20)}`);
    const text = filter.replace('GROUP', groupId).replace('SOON', newest.meta.lastModified);
    let answer: Anything;
    const statements = await record(async () => {
      answer = await tenant.scim('GET', `${path}?filter=${encodeURIComponent(text)}&excludedAttributes=members`);
    });
    expect([answer.status, answer.body.totalResults]).toEqual([200, found]);
    for (const statement of statements.filter(({ text }) => /\b(users|groups)\b/.test(text))) {
      const nodes = await reads(statement);
      const wasteful = nodes.filter(({ 'Node Type': type, 'Actual Loops': loops, ...node }) => {
        const looked = (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * loops;
        return (type === 'Seq Scan' && looked > 0) || looked > 100;
      });
      expect([statement.text, wasteful]).toEqual([statement.text, []]);
    }
  });

  test('a page by cursor reads only its own rows, at any depth', async () => {
    let cursor = '';
    for (let page = 0; page < 20; page++) {
      const { body } = await tenant.scim('GET', `/Users?count=200&cursor=${cursor}&attributes=userName`);
      cursor = body.nextCursor;
    }
    const [statement] = (
      await record(() => tenant.scim('GET', `/Users?count=10&cursor=${cursor}&attributes=userName`))
    ).filter(({ text }) => /from users u/.test(text) && /limit/.test(text));
    const nodes = await reads(statement as Recorded);
    const rows = nodes
      .filter((node) => node['Relation Name'] === 'users')
      .map((node) => node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0));
    // Nobody has a manager.
    expect(rows.filter((read) => read > 0)).toEqual([11]);
  });
});
