import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { record } from '../../../bench/trace.js';
import { system } from '../../../src/access/principal.js';
import { write } from '../../../src/access/write.js';
import {
  reportExpiringCredentials,
  reportIdpHealth,
} from '../../../src/directory/connections/monitoring/report-attention.js';
import type { NewEvent } from '../../../src/events/types.js';
import { newId, type OrganizationId } from '../../../src/kernel/ids.js';
import { attentionIn } from '../../../src/overview/find-attention.js';
import type { Session } from '../../../src/storage/session.js';
import { numbered, type Sql, sql as sqlOf } from '../../../src/storage/sql.js';
import { dayMs, storeOfJobs } from '../../support/jobs.js';
import { SamlIdp } from '../../support/saml-idp.js';
import { type Anything, oktaUser, type Tenant, World } from '../../support/world.js';

const query = `query($after: Cursor, $first: Int, $o: ID, $kinds: [AttentionKind!], $severity: [Severity!]) {
  attention(first: $first, after: $after, organizationId: $o, kinds: $kinds, severity: $severity) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { id kind severity since dueAt count message action organization { id } subject { __typename id } } } }`;

let skewMs = 0;
let world: World;
const now = () => new Date(Date.now() + skewMs);
const store = () => storeOfJobs(world, now);
const inDays = (days: number) => new Date(now().getTime() + days * dayMs).toISOString();
beforeAll(async () => {
  world = await World.start({ now });
});
afterAll(() => world.close());

const page = async (variables: object = {}, key?: string): Promise<Anything> =>
  (await world.gql(query, { first: 200, ...variables }, key)).attention;
/** Returns the items of a tenant, as its administrator sees them. */
const of = async (tenant: Tenant, ...kinds: string[]): Promise<Anything[]> =>
  (await page(kinds.length > 0 ? { kinds } : {}, tenant.key)).nodes;
const sql = (text: string, ...values: unknown[]) => world.database().run<Anything>(text, values);
const emit = (tenant: Tenant, event: NewEvent) =>
  write(store(), system(tenant.organizationId as OrganizationId), async (tx) => tx.events.push(event));

/** Inserts logged SCIM requests with these statuses, the last one now. */
async function requests(tenant: Tenant, ...statuses: number[]): Promise<void> {
  for (const [n, status] of statuses.entries())
    await sql(
      `insert into provisioning_requests (organization_id, id, connection_id, protocol, method, path, status, duration_ms, at, quirks, request_id)
       values ($1, $2, $3, 'SCIM', 'GET', '/Users', $4, 1, $5, '{}', 'r')`,
      tenant.organizationId,
      newId('req'),
      tenant.connectionId,
      status,
      new Date(now().getTime() - (statuses.length - n) * 2 * 3_600_000),
    );
}

/** How each kind appears and goes. Returns the subject, the expected fields, and what resolves the item. */
const cases: Record<
  string,
  (on: Tenant) => Promise<{ subject: string; item: object; resolve: () => Promise<unknown> }>
> = {
  TOKEN_EXPIRING: async (on) => {
    const rotate = (expiresAt: string) =>
      on.gql('mutation($id: ID!, $e: DateTime) { rotateScimToken(connectionId: $id, expiresAt: $e) { token } }', {
        id: on.connectionId,
        e: expiresAt,
      });
    const dueAt = inDays(5);
    await rotate(dueAt);
    const item = { severity: 'CRITICAL', dueAt, count: 1, action: 'rotateScimToken' };
    return { subject: on.connectionId, item, resolve: () => rotate(inDays(300)) };
  },
  SECRET_EXPIRING: async (on) => {
    const { createApiKey } = await on.gql(
      'mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { apiKey { id } } }',
      { i: { organizationId: on.organizationId, name: 'k', scopes: ['ADMIN'], expiresAt: inDays(20) } },
    );
    const { id } = createApiKey.apiKey;
    const resolve = () => on.gql('mutation($id: ID!) { revokeApiKey(id: $id) { deletedId } }', { id });
    return { subject: id, item: { severity: 'WARNING', action: null }, resolve };
  },
  CONNECTION_SILENT: async (on) => {
    await requests(on, 200, 200, 200, 200, 200, 200, 200);
    skewMs = 7 * 3_600_000;
    await reportIdpHealth(store());
    skewMs = 0;
    return { subject: on.connectionId, item: { severity: 'WARNING' }, resolve: () => on.scim('GET', '/Users') };
  },
  CONNECTION_FAILING: async (on) => {
    await requests(on, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401);
    await reportIdpHealth(store());
    return { subject: on.connectionId, item: { severity: 'CRITICAL' }, resolve: () => on.scim('GET', '/Users') };
  },
  MASS_CHANGE: async (on) => {
    const data = { id: on.connectionId as never, count: 77, userIds: [], threshold: 50, undoCursor: 'x' };
    const subject = { type: 'connection', id: on.connectionId as never } as const;
    await emit(on, { type: 'connection.mass_change', subject, connectionId: on.connectionId as never, data });
    return {
      subject: on.connectionId,
      item: { severity: 'CRITICAL', count: 77, action: 'reactivateUser' },
      resolve: async () => (skewMs = 8 * dayMs),
    };
  },
  DORMANT: async (on) => {
    const data = { kind: 'DORMANT', count: 3, userIds: [], dueAt: new Date(inDays(6)) } as const;
    const subject = { type: 'connection', id: on.connectionId as never } as const;
    await emit(on, { type: 'connection.attention', subject, connectionId: on.connectionId as never, data });
    return {
      subject: on.connectionId,
      item: { severity: 'INFO', count: 3, dueAt: data.dueAt.toISOString() },
      resolve: async () => (skewMs = 7 * dayMs),
    };
  },
  HELD: async (on) => {
    const { body } = await on.scim('POST', '/Users', oktaUser('held@acme.test'));
    await on.gql('mutation($id: ID!) { protectUser(id: $id, protected: true, reason: "x") { user { id } } }', {
      id: body.id,
    });
    for (let n = 0; n < 2; n++) await on.scim('DELETE', `/Users/${body.id}`);
    return { subject: body.id, item: { severity: 'INFO', count: 2 }, resolve: async () => (skewMs = 8 * dayMs) };
  },
  WEBHOOK_FAILING: async (on) => {
    const { createWebhookEndpoint } = await on.gql(
      'mutation($i: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $i) { webhookEndpoint { id } } }',
      { i: { organizationId: on.organizationId, url: 'https://hooks.example/x', types: ['DOMAIN_LAPSED'] } },
    );
    const { id } = createWebhookEndpoint.webhookEndpoint;
    await sql(`update webhook_endpoints set state = 'FAILING', failing_since = now() where id = $1`, id);
    const resolve = () =>
      on.gql(
        'mutation($i: UpdateWebhookEndpointInput!) { updateWebhookEndpoint(input: $i) { webhookEndpoint { id } } }',
        {
          i: { id, state: 'ACTIVE' },
        },
      );
    return { subject: id, item: { severity: 'CRITICAL', action: 'updateWebhookEndpoint' }, resolve };
  },
  CONSUMER_LAGGING: async (on) => {
    const { createConsumer } = await on.gql(
      'mutation($i: CreateConsumerInput!) { createConsumer(input: $i) { consumer { id } } }',
      { i: { organizationId: on.organizationId, name: 'reader' } },
    );
    const { id } = createConsumer.consumer;
    for (const name of ['a', 'b', 'c']) await on.scim('POST', '/Users', oktaUser(`${name}@acme.test`));
    await sql('update event_consumers set told_at = now() where id = $1', id);
    const resolve = () => on.gql('mutation($id: ID!) { deleteConsumer(id: $id) { deletedId } }', { id });
    return { subject: id, item: { severity: 'CRITICAL', count: 3, action: 'acknowledgeEvents' }, resolve };
  },
  ADOPTION_PENDING: async (on) => {
    await on.gql('mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { connection { id } } }', {
      i: { id: on.connectionId, onExisting: 'REVIEW' },
    });
    const userName = 'wanted@elsewhere.test';
    const { createUser } = await on.gql('mutation($i: CreateUserInput!) { createUser(input: $i) { user { id } } }', {
      i: { organizationId: on.organizationId, userName, emails: [{ value: userName, primary: true }] },
    });
    await on.scim('POST', '/Users', oktaUser(userName));
    const resolve = () =>
      on.gql(
        'mutation($u: ID!, $c: ID!) { settleAdoption(userId: $u, connectionId: $c, accept: false) { user { id } } }',
        { u: createUser.user.id, c: on.connectionId },
      );
    return { subject: on.connectionId, item: { severity: 'WARNING', count: 1, action: 'resolveAdoption' }, resolve };
  },
  LINK_PENDING: async (on) => {
    const { body } = await on.scim('POST', '/Users', oktaUser('linked@acme.test'));
    for (const subject of ['a', 'b'])
      await sql(
        `insert into link_requests (organization_id, id, connection_id, user_id, issuer, subject, state, created_at, expires_at)
         values ($1, $2, $3, $4, 'i', $5, 'PENDING', $6, $7)`,
        ...[on.organizationId, newId('link'), on.connectionId, body.id, subject, now(), inDays(2)],
      );
    const item = { severity: 'WARNING', count: 2, action: 'resolveLink' };
    return { subject: on.connectionId, item, resolve: async () => (skewMs = 3 * dayMs) };
  },
  SEATS_EXCEEDED: async (on) => {
    const limit = (seatLimit: number) =>
      on.gql('mutation($i: UpdateOrganizationInput!) { updateOrganization(input: $i) { organization { id } } }', {
        i: { id: on.organizationId, seatLimit },
      });
    await limit(1);
    for (const name of ['one', 'two']) await on.scim('POST', '/Users', oktaUser(`${name}@acme.test`));
    const item = { severity: 'WARNING', count: 1, action: 'updateOrganization' };
    return { subject: on.organizationId, item, resolve: () => limit(5) };
  },
  DOMAIN_LAPSED: async (on) => {
    const { addDomain } = await on.gql(
      'mutation($o: ID!) { addDomain(organizationId: $o, domain: "lapsing.test") { domain { id } } }',
      { o: on.organizationId },
    );
    const { id } = addDomain.domain;
    const verify = () => on.gql('mutation($id: ID!) { verifyDomain(id: $id, force: true) { domain { id } } }', { id });
    const data = { id, domain: 'lapsing.test', connections: [] };
    await emit(on, { type: 'domain.lapsed', subject: { type: 'domain', id }, data });
    return { subject: id, item: { severity: 'WARNING', action: 'verifyDomain' }, resolve: verify };
  },
};

describe('each kind appears with its subject and goes when its cause does', () => {
  test.each(Object.keys(cases))('%s', async (kind) => {
    const on = await world.tenant({}, kind);
    expect(await of(on)).toEqual([]);
    const { subject, item, resolve } = await (cases[kind] as (typeof cases)[string])(on);
    const [found, ...others] = await of(on);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ kind, ...item, organization: { id: on.organizationId }, subject: { id: subject } });
    expect(found.message).toMatch(/^[A-Z0-9].*\.$/);
    expect(new Date(found.since).getTime()).toBeLessThanOrEqual(now().getTime() + 1_000);
    expect(await of(on, kind)).toEqual([found]);
    expect(await of(on, kind === 'HELD' ? 'DORMANT' : 'HELD')).toEqual([]);
    // A platform key sees the same item among those of all organizations.
    expect((await page({ o: on.organizationId })).nodes).toEqual([found]);
    expect((await page({ kinds: [kind] })).nodes).toContainEqual(found);
    await resolve();
    try {
      expect(await of(on, kind)).toEqual([]);
    } finally {
      skewMs = 0;
    }
  });

  test('CERTIFICATE_EXPIRING, also for 30 days after the expiry, until the certificate is removed', async () => {
    const idp = await SamlIdp.make();
    const ends = new Date(new X509Certificate(idp.certificate).validTo).getTime();
    const on = await world.tenant({ scim: false, saml: idp.facet }, 'Certificates');
    const update = (more: object) =>
      on.gql('mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { connection { id } } }', {
        i: { id: on.connectionId, ...more },
      });
    await update({ state: 'ACTIVE' });
    const severities: string[] = [];
    for (const days of [80, 25, 5, -20, -31]) {
      skewMs = ends - days * dayMs - Date.now();
      const items = await of(on, 'CERTIFICATE_EXPIRING');
      severities.push(items.map(({ severity }) => severity).join());
      for (const { dueAt } of items) expect(new Date(dueAt).getTime()).toBe(ends);
    }
    expect(severities).toEqual(['INFO', 'WARNING', 'CRITICAL', 'CRITICAL', '']);
    skewMs = ends - 5 * dayMs - Date.now();
    const [{ message }] = await of(on);
    const { fingerprint256 } = new X509Certificate(idp.certificate);
    for (const part of [fingerprint256.slice(0, 11), '"Okta"']) expect(message).toContain(part);
    const another = await SamlIdp.make();
    await update({ saml: { certificates: [another.certificate] } });
    expect((await of(on)).filter(({ id }) => id.includes(fingerprint256))).toEqual([]);
    skewMs = 0;
  });

  test('a certificate that an earlier version of the server has saved is listed after the next job', async () => {
    const idp = await SamlIdp.make();
    const on = await world.tenant({ scim: false, saml: idp.facet, state: 'ACTIVE' }, 'Earlier version');
    skewMs = new Date(new X509Certificate(idp.certificate).validTo).getTime() - 5 * dayMs - Date.now();
    await sql('delete from idp_certificates where connection_id = $1', on.connectionId);
    expect(await of(on)).toEqual([]);
    await reportExpiringCredentials(store());
    expect(await of(on)).toMatchObject([{ kind: 'CERTIFICATE_EXPIRING' }]);
    skewMs = 0;
  });

  test('a message names the credential that expires', async () => {
    const on = await world.tenant({}, 'Named');
    await cases.TOKEN_EXPIRING?.(on);
    await cases.SECRET_EXPIRING?.(on);
    const { connection, organization } = await on.gql(
      'query($c: ID!, $o: ID!) { connection(id: $c) { name scim { tokens { hint expiresAt } } } organization(id: $o) { apiKeys { hint name expiresAt } } }',
      { c: on.connectionId, o: on.organizationId },
    );
    const token = connection.scim.tokens.at(-1);
    const key = organization.apiKeys.find(({ expiresAt }: Anything) => expiresAt !== null);
    const messages = (await of(on)).map(({ message }) => message);
    for (const [n, part] of [token.hint, connection.name, key.hint, key.name].entries())
      expect(messages[n < 2 ? 0 : 1]).toContain(part);
  });

  test('a client secret or token that a later one replaces is not listed', async () => {
    const on = await world.tenant({}, 'Overlap');
    await on.gql('mutation($id: ID!) { rotateScimToken(connectionId: $id) { token } }', { id: on.connectionId });
    const { createApplication } = await on.gql(
      'mutation($i: CreateApplicationInput!) { createApplication(input: $i) { application { id } } }',
      { i: { organizationId: on.organizationId, name: 'App', redirectUris: ['https://app.example/'] } },
    );
    const { id } = createApplication.application;
    await on.gql(
      'mutation($i: CreateApplicationSecretInput!) { createApplicationSecret(input: $i) { clientSecret } }',
      {
        i: { applicationId: id, expiresAt: inDays(3) },
      },
    );
    expect(await of(on)).toEqual([]);
    await on.gql(
      'mutation($id: ID!, $e: DateTime) { rotateApplicationSecret(id: $id, expiresAt: $e) { clientSecret } }',
      {
        id,
        e: inDays(60),
      },
    );
    expect(await of(on)).toMatchObject([{ kind: 'SECRET_EXPIRING', severity: 'INFO', subject: { id } }]);
  });
});

describe('the list', () => {
  let on: Tenant;
  const due = [40, 3, 25, 1, 60, 10];
  beforeAll(async () => {
    on = await world.tenant({}, 'Pages');
    for (const days of due)
      await on.gql('mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { secret } }', {
        i: { organizationId: on.organizationId, name: `k${days}`, scopes: ['ADMIN'], expiresAt: inDays(days) },
      });
  });
  const daysOf = (items: Anything[]) => items.map(({ dueAt }) => Math.round((Date.parse(dueAt) - Date.now()) / dayMs));

  test('begins with the most urgent, and its pages contain each item once', async () => {
    const seen: Anything[] = [];
    let after: string | null = null;
    do {
      const { nodes, pageInfo, totalCount }: Anything = await page({ first: 2, after }, on.key);
      expect(totalCount).toBe(due.length);
      seen.push(...nodes);
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after);
    expect(daysOf(seen)).toEqual([...due].sort((a, b) => a - b));
    expect(seen.map(({ severity }) => severity.charAt(0)).join('')).toBe('CCWWII');
  });

  test('is filtered by severity', async () => {
    const { nodes, totalCount } = await page({ severity: ['WARNING'] }, on.key);
    expect([daysOf(nodes), totalCount]).toEqual([[10, 25], 2]);
  });

  test('refuses a cursor of another list', async () => {
    const { errors } = await world.request(query, { after: 'x' }, on.key);
    expect(errors[0].extensions.code).toBe('CURSOR_INVALID');
  });

  test('needs no more statements for more items', async () => {
    const statements = async (first: number) => {
      await page({ first }, on.key);
      const counts: number[] = [];
      for (let n = 0; n < 4; n++) counts.push((await record(async () => void (await page({ first }, on.key)))).length);
      return Math.min(...counts);
    };
    expect(await statements(6)).toBe(await statements(2));
  });

  test('contains objects of the platform for platform keys only, and nothing of a deleted organization', async () => {
    const { createApiKey } = await world.gql(
      'mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { apiKey { id } } }',
      { i: { name: 'platform', scopes: ['ADMIN'], expiresAt: inDays(2) } },
    );
    const { id } = createApiKey.apiKey;
    const subjects = async (variables: object, key?: string) =>
      (await page(variables, key)).nodes.map(({ subject }: Anything) => subject.id);
    expect(await subjects({})).toContain(id);
    expect(await subjects({ o: on.organizationId })).not.toContain(id);
    expect(await subjects({}, on.key)).not.toContain(id);
    await world.gql('mutation($id: ID!) { revokeApiKey(id: $id) { deletedId } }', { id });
    const before = (await page()).totalCount;
    await world.gql('mutation($id: ID!) { deleteOrganization(id: $id) { deletedId } }', { id: on.organizationId });
    expect((await page()).totalCount).toBe(before - due.length);
  });
});

test.each([null, 'org_01aaaaaaaaaaaaaaaaaaaaaaaa'])(
  'the statement reads indexes only, for organization %s',
  async (org) => {
    const asked: Sql[] = [];
    const run = async (statement: Sql) => {
      asked.push(statement);
      return [];
    };
    const capture = { run } as Partial<Session> as Session;
    await attentionIn(capture, system(org as OrganizationId | null), { now: now() }).list(sqlOf`true`, sqlOf`limit 51`);
    const { text, values } = numbered(asked[0] ?? sqlOf``);
    const { session, release } = await world.database().session();
    try {
      // The tables of a test are so small that the planner prefers to read them whole.
      await session.run('set enable_seqscan = off');
      const lines = await session.run<{ 'QUERY PLAN': string }>(`explain ${text}`, values);
      expect(lines.length).toBeGreaterThan(50);
      expect(lines.map((line) => line['QUERY PLAN']).filter((line) => line.includes('Seq Scan'))).toEqual([]);
    } finally {
      release(true);
    }
  },
);

describe('a caller sees the items whose objects it can read', () => {
  test('by the scopes of a key', async () => {
    const on = await world.tenant({}, 'Scopes');
    for (const kind of ['TOKEN_EXPIRING', 'SECRET_EXPIRING', 'CONSUMER_LAGGING', 'SEATS_EXCEEDED'])
      await (cases[kind] as (typeof cases)[string])(on);
    const seen = async (scope: string) => {
      const { createApiKey } = await on.gql('mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { secret } }', {
        i: { organizationId: on.organizationId, name: 'k', scopes: [scope] },
      });
      const { data, errors } = await world.request(query, {}, createApiKey.secret);
      return errors?.[0].extensions.code ?? data.attention.nodes.map(({ kind }: Anything) => kind).sort();
    };
    expect(await seen('EVENTS_READ')).toEqual(['CONSUMER_LAGGING']);
    expect(await seen('DIRECTORY_READ')).toEqual(['SEATS_EXCEEDED', 'TOKEN_EXPIRING']);
    expect(await seen('ADMIN')).toEqual(['CONSUMER_LAGGING', 'SEATS_EXCEEDED', 'SECRET_EXPIRING', 'TOKEN_EXPIRING']);
    expect(await seen('SIGN_IN')).toBe('FORBIDDEN');
  });

  test('never those of another organization', async () => {
    const [on, other] = [await world.tenant({}, 'Seen'), await world.tenant({}, 'Unseen')];
    for (const make of Object.values(cases)) await make(other);
    expect(await of(on)).toEqual([]);
    // Some causes exclude each other: an IdP whose requests have all failed is not silent.
    expect((await of(other)).length).toBeGreaterThan(8);
    const { errors } = await world.request(query, { o: other.organizationId }, on.key);
    expect(errors[0].extensions.code).toBe('NOT_FOUND');
  });
});
