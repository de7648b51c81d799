import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { environment } from '../src/cli/environment.js';
import { readConfig } from '../src/config/config.js';
import { start } from '../src/server.js';
import { events } from './events.js';
import { graphqlPages, pageQuery } from './graphql.js';
import { administer, launch } from './launch.js';
import { type Figures, load, type Shot } from './load.js';
import { compare, lookups } from './lookups.js';
import { numbered, seed } from './seed.js';
import { signIns } from './sign-ins.js';
import { type Recorded, record } from './trace.js';

const adminKey = 'rc_key_bench_administrator_000000000000';
/**
 * `npm run bench` compares the product with the baseline. `npm run bench -- scim` measures requests of IdPs, with ten
 * thousand and a million users. `npm run bench -- graphql` compares a page of users with the baseline, with PostGraphile
 * after `npm ci --prefix bench`, and with an older version if BENCH_OLDER is the path of its built checkout, with ten
 * thousand and a million users or with the numbers in BENCH_USERS. `npm run bench -- sign-in` measures complete sign-ins. `npm run bench -- events` compares the event stream with a bare `ws` server.
 */
const scimOnly = process.argv[2] === 'scim';
const graphqlOnly = process.argv[2] === 'graphql';
const sizes =
  environment().BENCH_USERS?.split(',').map(Number) ??
  (scimOnly || graphqlOnly ? [10_000, 1_000_000] : [10_000, 100_000]);
const options = { clients: 16, ms: Number(environment().BENCH_MS ?? 4_000) };
const sampleName = 'bench-sample';

interface Setup {
  organizationId: string;
  connectionId: string;
  token: string;
  sampleId: string;
}
type Send = (
  path: string,
  body: unknown,
  authorization: string,
  method?: string,
) => Promise<Record<string, never> & { [key: string]: unknown }>;

const sender =
  (url: string): Send =>
  async (path, body, authorization, method = 'POST') => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${authorization}`, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json() as never;
  };

const person = (name: string) => ({
  userName: `${name}@acme.test`,
  name: { givenName: name, familyName: 'Bench' },
  emails: [{ value: `${name}@acme.test`, type: 'work', primary: true }],
  displayName: `${name} Bench`,
  externalId: `x-${name}`,
  title: 'Engineer',
  active: true,
});
const patchBody = (active: boolean) => ({ Operations: [{ op: 'replace', value: { active } }] });

async function prepare(send: Send): Promise<Setup> {
  const gql = async (query: string, variables: unknown) => {
    const { data, errors } = (await send('/graphql', { query, variables }, adminKey)) as {
      data?: never;
      errors?: unknown;
    };
    if (errors) throw new Error(JSON.stringify(errors));
    return data as unknown as Record<
      string,
      { organization: { id: string }; connection: { id: string }; secret: string }
    >;
  };
  const { createOrganization } = await gql(
    'mutation { createOrganization(input: { name: "Bench" }) { organization { id } } }',
    {},
  );
  const organizationId = createOrganization?.organization.id ?? '';
  const { createConnection } = await gql(
    'mutation($i: CreateConnectionInput!) { createConnection(input: $i) { secret connection { id } } }',
    { i: { organizationId, name: 'Okta', provider: 'OKTA', scim: true } },
  );
  const connectionId = createConnection?.connection.id ?? '';
  const token = createConnection?.secret ?? '';
  const base = `/scim/v2/${connectionId}`;
  for (let n = 0; n < 10; n++) await send(`${base}/Groups`, { displayName: `Group ${n}` }, token);
  const { id } = await send(`${base}/Users`, person(sampleName), token);
  return { organizationId, connectionId, token, sampleId: String(id) };
}

/** Returns the statements of each request that the product sends for the sample user. */
async function traces(
  send: Send,
  { connectionId, token, sampleId, organizationId }: Setup,
): Promise<Record<string, Recorded[]>> {
  const base = `/scim/v2/${connectionId}`;
  const user = `${base}/Users/${sampleId}`;
  const filter = encodeURIComponent(`userName eq "${sampleName}@acme.test"`);
  const off = () => send(user, patchBody(false), token, 'PATCH');
  return {
    get: await record(() => send(user, undefined, token, 'GET')),
    filter: await record(() => send(`${base}/Users?filter=${filter}`, undefined, token, 'GET')),
    patchOff: await record(off),
    patchOn: await record(() => send(user, patchBody(true), token, 'PATCH')),
    page: await record(() => send('/graphql', { query: pageQuery, variables: { id: organizationId } }, adminKey)),
    create: await record(() => send(`${base}/Users`, person('bench-created'), token)),
  };
}

async function main(): Promise<void> {
  const given = environment().DATABASE_URL ?? 'postgres://root@127.0.0.1:5432/postgres';
  const name = `rollcall_bench_${process.pid}`;
  const url = Object.assign(new URL(given), { pathname: `/${name}` }).href;
  await administer(given, `create database ${name}`);
  const directory = mkdtempSync(join(tmpdir(), 'rollcall-bench-'));
  const children: (() => void)[] = [];
  try {
    const settings = { PORT: '0', LOG_LEVEL: 'silent', DATABASE_URL: url, ROLLCALL_ADMIN_KEY: adminKey };
    const recording = await start(readConfig(settings));
    const setup = await prepare(sender(recording.url));
    const recorded = await traces(sender(recording.url), setup);
    await recording.close();
    const created = JSON.stringify(recorded.create).match(/user_[0-9a-z]{26}/)?.[0] ?? '';
    // The baseline replaces one id and one name, so the recorded creation must contain those of the sample.
    recorded.create = JSON.parse(
      JSON.stringify(recorded.create).replaceAll(created, setup.sampleId).replaceAll('bench-created', sampleName),
    );
    const file = join(directory, 'trace.json');
    writeFileSync(file, JSON.stringify({ traces: recorded, sample: { id: setup.sampleId, name: sampleName } }));
    // Both run as in production.
    const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
    const served = await launch([here('../../bin/rollcall.js'), 'start'], settings, children);
    const product = served.url;
    const { url: floor } = await launch([here('./floor.js'), file, url], {}, children);
    const launchHere = (script: string, ...given: string[]) => launch([here(script), ...given], {}, children);
    if (process.argv[2] === 'events') return await events(served, url, { adminKey, ...setup }, launchHere);
    if (process.argv[2] === 'sign-in')
      return await signIns(product, adminKey, setup.organizationId, Number(environment().BENCH_SIGN_INS ?? 200));
    const hasPostGraphile = existsSync(here('../../bench/node_modules'));
    const postgraphile =
      graphqlOnly && hasPostGraphile ? (await launchHere('../../bench/postgraphile.js', url)).url : null;
    const older = graphqlOnly ? await startOlder(given, settings, children) : null;
    const pages = { product, floor, postgraphile, older, key: adminKey, organizationId: setup.organizationId };
    let from = 1;
    for (const total of sizes) {
      await seed(url, { sampleId: setup.sampleId, sampleName, from, total });
      if (older) await seed(older.database, { sampleId: older.sampleId, sampleName, from, total });
      from = total + 1;
      if (graphqlOnly) await graphqlPages(total, pages, options);
      else if (scimOnly) compare(total, await lookups(product, total, setup, options));
      else await round(total, product, floor, setup);
    }
  } finally {
    for (const kill of children) kill();
    rmSync(directory, { recursive: true, force: true });
    for (const database of [name, olderName])
      await administer(given, `drop database if exists ${database} with (force)`);
  }
}

const olderName = `rollcall_bench_older_${process.pid}`;

/** Starts the version in BENCH_OLDER with its own database and the same objects. Returns null without BENCH_OLDER. */
async function startOlder(given: string, settings: Record<string, string>, children: (() => void)[]) {
  const { BENCH_OLDER } = environment();
  if (!BENCH_OLDER) return null;
  await administer(given, `create database ${olderName}`);
  const database = Object.assign(new URL(given), { pathname: `/${olderName}` }).href;
  const own = { ...settings, DATABASE_URL: database };
  const { url } = await launch([join(BENCH_OLDER, 'bin/rollcall.js'), 'start'], own, children);
  return { url, database, ...(await prepare(sender(url))) };
}

let fresh = 0;

function shots(
  product: string,
  floor: string,
  total: number,
  { connectionId, token, organizationId }: Setup,
): [string, () => Shot, () => Shot][] {
  const scim = `${product}/scim/v2/${connectionId}/Users`;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' };
  const any = () => numbered(1 + Math.floor(Math.random() * total));
  const at = (trace: string, { id, name }: { id: string; name: string }) => `${floor}/${trace}?id=${id}&name=${name}`;
  const flips = new Map<string, boolean>();
  const flip = (id: string) => {
    const active = flips.get(id) ?? false;
    flips.set(id, !active);
    return active;
  };
  let turn = 0;
  const next = () => numbered(1 + (turn++ % total));
  const newcomer = () => ({ id: `user_1${String(fresh).padStart(25, '0')}`, name: `fresh-${fresh++}` });
  const json = { 'content-type': 'application/json' };
  const graphql = {
    method: 'POST',
    url: `${product}/graphql`,
    headers: { ...json, authorization: `Bearer ${adminKey}` },
    body: JSON.stringify({ query: pageQuery, variables: { id: organizationId } }),
  };
  return [
    [
      'SCIM create',
      () => ({ method: 'POST', url: scim, headers, body: JSON.stringify(person(newcomer().name)) }),
      () => {
        const user = newcomer();
        return { method: 'POST', url: at('create', user), headers: json, body: JSON.stringify(person(user.name)) };
      },
    ],
    [
      'SCIM GET by id',
      () => ({ method: 'GET', url: `${scim}/${any().id}`, headers }),
      () => ({ method: 'GET', url: at('get', any()) }),
    ],
    [
      'SCIM filter by userName',
      () => ({
        method: 'GET',
        url: `${scim}?filter=${encodeURIComponent(`userName eq "${any().name}@acme.test"`)}`,
        headers,
      }),
      () => ({ method: 'GET', url: at('filter', any()) }),
    ],
    [
      'SCIM PATCH active',
      () => {
        const { id } = next();
        return { method: 'PATCH', url: `${scim}/${id}`, headers, body: JSON.stringify(patchBody(flip(id))) };
      },
      () => {
        const user = next();
        return {
          method: 'POST',
          url: at(flip(user.id) ? 'patchOn' : 'patchOff', user),
          headers: json,
          body: JSON.stringify(patchBody(false)),
        };
      },
    ],
    [
      'GraphQL 50 users + groups',
      () => graphql,
      () => ({ method: 'POST', url: at('page', any()), headers: json, body: graphql.body }),
    ],
  ];
}

async function round(total: number, product: string, floor: string, setup: Setup): Promise<void> {
  process.stdout.write(
    `\n${total.toLocaleString('en')} users, ${options.clients} clients, ${options.ms / 1000} s each, in turn\n`,
  );
  process.stdout.write(
    `${'request'.padEnd(28)}${'product/s'.padStart(10)}${'p50 ms'.padStart(9)}${'p99 ms'.padStart(9)}${'floor/s'.padStart(10)}${'p50 ms'.padStart(9)}${'p99 ms'.padStart(9)}${'cost ratio'.padStart(12)}\n`,
  );
  for (const [what, ours, bare] of shots(product, floor, total, setup)) {
    await load(ours, { clients: 4, ms: 500 });
    await load(bare, { clients: 4, ms: 500 });
    const [a, b] = [await load(ours, options), await load(bare, options)];
    const ratio = (b.perSecond / a.perSecond).toFixed(2);
    const failures = a.failed + b.failed > 0 ? `  (${a.failed} and ${b.failed} failed)` : '';
    process.stdout.write(`${what.padEnd(28)}${columns(a)}${columns(b)}${ratio.padStart(12)}${failures}\n`);
  }
}

const columns = ({ perSecond, p50, p99 }: Figures) =>
  `${perSecond.toFixed(0).padStart(10)}${p50.toFixed(2).padStart(9)}${p99.toFixed(2).padStart(9)}`;

main().then(
  () => process.exit(0),
  (error) => {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    process.exit(1);
  },
);
