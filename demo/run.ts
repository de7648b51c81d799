import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pc from 'picocolors';
import { readConfig } from '../src/config/config.js';
import { start } from '../src/server.js';
import { Application } from './application.js';
import { type Anything, follow, graphql, scim } from './callers.js';

const say = (text: string) => process.stdout.write(`${text}\n`);
const step = (text: string) => say(`\n${pc.bold(pc.cyan('>'))} ${pc.bold(text)}`);
const fine = (text: string) => say(`  ${pc.green('ok')} ${text}`);

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`A check of the demo failed: ${what}`);
  fine(what);
}

const until = async (test: () => boolean, what: string) => {
  for (let waited = 0; !test(); waited += 5) {
    if (waited > 10_000) throw new Error(`Not received within 10 seconds: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

const subscription = `subscription($after: Cursor) {
  events(after: $after) { cursor position type user { userName } group { displayName } }
}`;

interface Tenant {
  name: string;
  key: string;
  connectionId: string;
  base: string;
  token: string;
}

async function tenant(url: string, adminKey: string, name: string, provider: string): Promise<Tenant> {
  const { createOrganization } = await graphql(
    url,
    adminKey,
    'mutation($n: String!) { createOrganization(input: { name: $n }) { organization { id } } }',
    { n: name },
  );
  const organizationId = createOrganization.organization.id;
  const { createConnection } = await graphql(
    url,
    adminKey,
    `mutation($i: CreateConnectionInput!) { createConnection(input: $i) { secret connection { id scim { baseUrl } } } }`,
    {
      i: {
        organizationId,
        name: `${name}'s IdP`,
        provider,
        provisioning: { enabled: true },
        jit: { mode: 'ENABLED' },
      },
    },
  );
  const { createApiKey } = await graphql(
    url,
    adminKey,
    'mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { secret } }',
    {
      i: { organizationId, name: 'application', scopes: ['DIRECTORY_READ', 'EVENTS_READ', 'SIGN_IN'] },
    },
  );
  const { connection, secret } = createConnection;
  return {
    name,
    key: createApiKey.secret,
    connectionId: connection.id,
    base: connection.scim.baseUrl,
    token: secret,
  };
}

const patch = (...operations: unknown[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: operations,
});

/** Runs Okta's first sync: lookup, POST, then group push. */
async function oktaSync({ base, token }: Tenant): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 1; n <= 25; n++) {
    const userName = `person${n}@acme.test`;
    await scim(
      base,
      token,
      'GET',
      `/Users?filter=${encodeURIComponent(`userName eq "${userName}"`)}&startIndex=1&count=100`,
    );
    const { id } = await scim(base, token, 'POST', '/Users', {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName,
      name: { givenName: `Person ${n}`, familyName: 'Acme' },
      emails: [{ primary: true, value: userName, type: 'work' }],
      displayName: `Person ${n} Acme`,
      locale: 'en-US',
      externalId: `00u${n}`,
      groups: [],
      password: 'never-kept',
      active: true,
    });
    ids.push(id);
  }
  for (const [n, displayName] of ['Everyone', 'Engineering', 'Sales', 'Support'].entries()) {
    const { id } = await scim(base, token, 'POST', '/Groups', {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
      displayName,
      members: [],
    });
    const members = ids.filter((_, index) => n === 0 || index % 3 === n - 1);
    await scim(
      base,
      token,
      'PATCH',
      `/Groups/${id}`,
      patch({ op: 'add', path: 'members', value: members.map((value) => ({ value })) }),
    );
  }
  return ids;
}

/**
 * Runs Entra's first sync: capitalized operations, strings for booleans, a manager as a bare id, and members removed by
 * value.
 */
async function entraSync({ base, token }: Tenant): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 1; n <= 5; n++) {
    const userName = `worker${n}@globex.test`;
    await scim(base, token, 'GET', `/Users?filter=externalId+eq+"guid-${n}"`);
    const { id } = await scim(base, token, 'POST', '/Users', {
      schemas: [
        'urn:ietf:params:scim:schemas:core:2.0:User',
        'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
      ],
      externalId: `guid-${n}`,
      userName,
      active: 'True',
      emails: [{ primary: true, type: 'work', value: userName }],
      meta: { resourceType: 'User' },
      name: { formatted: `Worker ${n}`, familyName: 'Globex', givenName: `Worker ${n}` },
      roles: [],
    });
    ids.push(id);
  }
  const [boss = '', second = ''] = ids;
  const manager = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager';
  await scim(base, token, 'PATCH', `/Users/${second}`, patch({ op: 'Add', path: manager, value: boss }));
  await scim(
    base,
    token,
    'PATCH',
    `/Users/${second}`,
    patch({ op: 'Replace', path: 'phoneNumbers[type eq "work"].value', value: '+1 555 0100' }),
  );
  const { id: group } = await scim(base, token, 'POST', '/Groups', {
    displayName: 'Globex',
    externalId: 'g-1',
    members: ids.map((value) => ({ value })),
  });
  await scim(
    base,
    token,
    'PATCH',
    `/Groups/${group}`,
    patch({ op: 'Remove', path: 'members', value: [{ $ref: null, value: boss }] }),
  );
  const { members } = await scim(base, token, 'GET', `/Groups/${group}`);
  check(members.length === 4, "Entra's request removed exactly one member");
  return ids;
}

async function day(url: string, adminKey: string): Promise<void> {
  step('Two customers, each with its own identity provider');
  // The test IdP signs users in. Its SCIM client is simulated below, in Okta's dialect.
  const acme = await tenant(url, adminKey, 'Acme', 'TEST');
  const globex = await tenant(url, adminKey, 'Globex', 'ENTRA');
  fine(`SCIM base URL of Acme: ${acme.base}`);

  step('The application follows the events of Acme');
  const seen: Anything[] = [];
  let requestedAt = 0;
  const next = (event: Anything) => {
    seen.push(event);
    const took =
      event.type === 'USER_DEPROVISIONED' && requestedAt
        ? pc.yellow(` ${(performance.now() - requestedAt).toFixed(1)} ms after the IdP's request`)
        : '';
    say(
      `  ${pc.dim(String(event.position).padStart(4))} ${event.type.toLowerCase()} ${pc.dim(event.user?.userName ?? event.group?.displayName ?? '')}${took}`,
    );
  };
  let cut = follow(url, acme.key, subscription, null, next);
  await new Promise((resolve) => setTimeout(resolve, 300));

  step('Okta provisions 25 users and 4 groups at Acme; Entra provisions Globex in its own dialect');
  const [people] = await Promise.all([oktaSync(acme), entraSync(globex)]);
  const { organization } = await graphql(
    url,
    acme.key,
    '{ viewer { organization { users { totalCount } groups { totalCount } } } }',
  ).then(({ viewer }) => viewer);
  check(
    organization.users.totalCount === 25 && organization.groups.totalCount === 4,
    'GraphQL returns 25 users and 4 groups of Acme',
  );

  step('A user without an account signs in, and an account is created');
  const { createApplication } = await graphql(
    url,
    adminKey,
    'mutation($r: String!) { createApplication(input: { name: "App", redirectUris: [$r] }) { secret application { id } } }',
    { r: Application.redirectUri },
  );
  const application = await Application.meet(url, createApplication.application.id, createApplication.secret);
  const signIn = (email: string) => application.signIn(acme.connectionId, email);
  const first = await signIn('newcomer@acme.test');
  const { user } = await graphql(url, acme.key, 'query($id: ID!) { user(id: $id) { userName access { origin } } }', {
    id: 'sub' in first ? first.sub : '',
  });
  check(
    user.userName === 'newcomer@acme.test' && user.access.origin === 'JIT',
    'newcomer@acme.test has an account and a token',
  );
  const second = await signIn('newcomer@acme.test');
  check('sub' in first && 'sub' in second && first.sub === second.sub, 'the second sign-in uses the same account');

  step('Okta deactivates a user: it sends active: false');
  const leave = (n: number) =>
    scim(acme.base, acme.token, 'PATCH', `/Users/${people[n - 1]}`, patch({ op: 'replace', value: { active: false } }));
  const gone = () => seen.filter(({ type }) => type === 'USER_DEPROVISIONED').map(({ user }) => user.userName);
  requestedAt = performance.now();
  await leave(7);
  await until(() => gone().length === 1, 'userDeprovisioned');

  step('The subscriber disconnects, two more users are deactivated, and it resumes after its cursor');
  await cut();
  requestedAt = 0;
  const last = seen.at(-1);
  await leave(8);
  await leave(9);
  cut = follow(url, acme.key, subscription, last.cursor, next);
  await until(() => gone().length === 3, 'the missed events');
  check(gone().join() === [7, 8, 9].map((n) => `person${n}@acme.test`).join(), 'no event was missed');
  const positions = seen.map(({ position }) => position);
  check(
    positions.every((position, n) => n === 0 || position === positions[n - 1] + 1),
    'no position was skipped or repeated',
  );

  step('The deprovisioned user tries to sign in');
  const refused = await signIn('person7@acme.test');
  check('refused' in refused, `refused: ${'refused' in refused ? refused.refused : ''}`);
  await until(() => seen.at(-1)?.type === 'SIGN_IN_DENIED', 'sign_in.denied');
  await cut();
  step(
    `${pc.green('Done.')} ${seen.length} events, ${gone().length} deprovisioned users, 2 organizations, no unexpected result.`,
  );
}

async function main(): Promise<void> {
  const keep = process.argv.includes('--keep');
  const directory = mkdtempSync(join(tmpdir(), 'rollcall-demo-'));
  const rollcall = await start(readConfig({ PORT: keep ? '4000' : '0', DATA_DIR: directory, LOG_LEVEL: 'error' }));
  say(`${pc.bold('Rollcall')} at ${rollcall.url}, with the test IdP. Its data is in a temporary directory.`);
  try {
    await day(rollcall.url, rollcall.adminKey ?? '');
    if (keep) {
      say(
        `\nThe server is still running. GraphiQL: ${rollcall.url}/graphiql, key: ${rollcall.adminKey}. Ctrl+C stops it.`,
      );
      await new Promise((resolve) => process.once('SIGINT', resolve));
    }
  } finally {
    await rollcall.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

main().then(
  () => process.exit(0),
  (error) => {
    process.stderr.write(`${pc.red(String(error?.stack ?? error))}\n`);
    process.exit(1);
  },
);
