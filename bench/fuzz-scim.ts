import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { adminKey, gql, newTenant } from './check/callers.js';
import { ServerNode } from './check/node.js';
import { freePort } from './check/postgres.js';
import { Caller } from './fuzz/caller.js';
import { patchGroup } from './fuzz/groups.js';
import { pick, randomFrom } from './fuzz/mutate.js';
import { brokenMessage, patchInBulk, patchUser, type Subject } from './fuzz/users.js';

/**
 * `npm run fuzz:scim [-- --requests 2000 --seed 1 --slow-ms 1000 --kinds patch,bulk]` sends SCIM requests to a server
 * with an embedded database: valid requests in every notation, and randomly broken ones. It fails if a response has a
 * 5xx status or takes longer than a second, or if a resource then differs from the reference of test/adapters/scim/patch. It
 * prints the seed and the counts.
 */
const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '2000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    'slow-ms': { type: 'string', default: '1000' },
    kinds: { type: 'string', default: 'patch,patch,patch,broken,broken,broken,bulk,group' },
  },
});
const requests = Number(values.requests);
const seed = Number(values.seed);
const slowMs = Number(values['slow-ms']);
const kinds = values.kinds.split(',') as [string, ...string[]];
/** Number of requests between two lines of progress. */
const progress = 10_000;
const print = (line: string) => process.stdout.write(`${line}\n`);

async function newSubject(url: string, provider: 'OKTA' | 'ENTRA'): Promise<{ subject: Subject; groupId: string }> {
  const { organizationId } = await newTenant(url, provider);
  const { createConnection } = await gql<{ createConnection: { secret: string; connection: { id: string } } }>(
    url,
    'mutation($i: CreateConnectionInput!) { createConnection(input: $i) { secret connection { id } } }',
    { i: { organizationId, name: provider, provider, scim: true } },
  );
  const { secret: scimToken, connection } = createConnection;
  const caller = new Caller(`${url}/scim/v2/${connection.id}`, scimToken, slowMs);
  const users: string[] = [];
  for (let n = 0; n < 6; n++) {
    const { body } = await caller.send('POST', '/Users', { userName: `${provider}${n}@fuzz.test` });
    users.push(String(body.id));
  }
  const [first = '', ...rest] = users;
  const { body } = await caller.send('POST', '/Groups', { displayName: 'Fuzz' });
  return { subject: { caller, creates: provider === 'ENTRA', users: [first, ...rest] }, groupId: String(body.id) };
}

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'rollcall-fuzz-'));
  const settings = { DATA_DIR: directory, ROLLCALL_ADMIN_KEY: adminKey };
  const node = new ServerNode(await freePort(), settings);
  await node.start();
  const random = randomFrom(seed);
  const okta = await newSubject(node.url, 'OKTA');
  const entra = await newSubject(node.url, 'ENTRA');
  const callers = [okta.subject.caller, entra.subject.caller];
  // Setup requests, which also load code for the first time, are not measured.
  for (const caller of callers) caller.findings.length = 0;
  const sent = () => callers.reduce((sum, caller) => sum + caller.sent, 0);
  const counts = new Map<string, number>();
  let told = 0;
  while (sent() < requests) {
    if (sent() >= told + progress) {
      told += progress;
      process.stderr.write(`${sent()} requests\n`);
    }
    const { subject, groupId } = pick(random, [okta, entra]);
    const kind = pick(random, kinds);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    if (kind === 'patch') await patchUser(subject, random);
    else if (kind === 'broken') await brokenMessage(subject, random);
    else if (kind === 'bulk') await patchInBulk(subject, random);
    else await patchGroup(subject, random, groupId);
  }
  await node.kill('SIGTERM');
  rmSync(directory, { recursive: true, force: true });
  const findings = callers.flatMap((caller) => caller.findings);
  const slowest = Math.round(Math.max(...callers.map((caller) => caller.slowest)));
  for (const finding of findings.slice(0, 20)) print(`\n${finding}`);
  print(`\nseed ${seed}: ${sent()} requests (${[...counts].map(([kind, n]) => `${kind} ${n}`).join(', ')})`);
  print(`slowest answer ${slowest} ms, ${findings.length} findings${node.hasDied ? ', and the server ended' : ''}`);
  process.exitCode = findings.length > 0 || node.hasDied ? 1 : 0;
}

await main();
