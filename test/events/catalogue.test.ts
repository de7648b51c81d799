import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { reportLaggingConsumers } from '../../src/delivery/consumers/report-lagging-consumers.js';
import { reportMassChanges } from '../../src/directory/connections/monitoring/mass-change.js';
import { recheckDomains } from '../../src/directory/organizations/recheck-domains.js';
import { expireAllInvitations } from '../../src/directory/users/invitations.js';
import { typedFields, typeNameOf, valueIn } from '../../src/events/typed-fields.js';
import { eventTypes } from '../../src/events/types.js';
import { App } from '../support/application.js';
import { catalogue, departures } from '../support/event-catalogue.js';
import { everyEventField } from '../support/event-fields.js';
import { dayMs, storeOfJobs } from '../support/jobs.js';
import { Receiver } from '../support/receiver.js';
import { freshDatabase, startServer } from '../support/server.js';
import { type Anything, eventually, oktaUser, patch, type Tenant, World } from '../support/world.js';

const page = fileURLToPath(new URL('../../docs/events.md', import.meta.url));
/** The marks around a part of the page that this test writes. */
const part = (name: string) => [
  `<!-- ${name}: made by test/events/catalogue.test.ts -->`,
  `<!-- end of the ${name} -->`,
];
function between(text: string, [opening = '', closing = '']: string[], content: string): string {
  return `${text.slice(0, text.indexOf(opening))}${opening}\n\n${content}\n\n${text.slice(text.indexOf(closing))}`;
}

let world: World;
let tenant: Tenant;
let receiver: Receiver;
let skewMs = 0;
let records: string[] = [];
const now = () => new Date(Date.now() + skewMs);
beforeAll(async () => {
  const settings = { ...(await freshDatabase()), WEBHOOK_FAILING_HOURS: '0' };
  world = new World(await startServer({ now, resolveTxt: async () => records }, settings));
  tenant = await world.tenant({ provider: 'TEST', jit: { mode: 'ENABLED' }, grantableRoles: ['billing'] });
  receiver = await Receiver.listen();
  const [{ cursor }] = await tenant.events();
  await tenant.gql(
    'mutation($i: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $i) { webhookEndpoint { id } } }',
    { i: { organizationId: tenant.organizationId, url: receiver.url, after: cursor } },
  );
});
afterAll(async () => {
  await world.close();
  await receiver.close();
});

const store = () => storeOfJobs(world, now, () => records);
const mutate = (name: string, type: string, input: object, selection = '{ __typename }') =>
  tenant.gql(`mutation($i: ${type}!) { ${name}(input: $i) ${selection} }`, { i: input }).then((data) => data[name]);
const on = (name: string, id: string, more = '') =>
  tenant.gql(`mutation($id: ID!) { ${name}(id: $id${more}) { __typename } }`, { id });
const create = async (name: string, more: object = {}) =>
  (await tenant.scim('POST', '/Users', oktaUser(`${name}@acme.test`, { ...more }))).body.id as string;
const change = (id: string, operation: unknown) => tenant.scim('PATCH', `/Users/${id}`, patch(operation));

/** Causes every event of an organization once. */
async function everything(): Promise<void> {
  const { organizationId, connectionId } = tenant;
  await mutate('updateOrganization', 'UpdateOrganizationInput', { id: organizationId, name: 'Acme Ltd' });
  await people();
  await groups();
  const { domain } = (
    await tenant.gql(
      'mutation($o: ID!, $c: [ID!]) { addDomain(organizationId: $o, domain: "acme.test", connectionIds: $c) { domain { id verificationValue } } }',
      { o: organizationId, c: [connectionId] },
    )
  ).addDomain;
  records = [domain.verificationValue];
  await on('verifyDomain', domain.id);
  const { user: own } = await mutate(
    'createUser',
    'CreateUserInput',
    { organizationId, userName: 'owned@acme.test', emails: [{ value: 'owned@acme.test', primary: true }] },
    '{ user { id } }',
  );
  expect(await create('owned')).toBe(own.id);
  await signIns();
  await seats();
  await mutate('updateConnection', 'UpdateConnectionInput', { id: connectionId, name: 'Workforce' });
  await tenant.gql('mutation($id: ID!) { rotateScimToken(connectionId: $id) { token } }', { id: connectionId });
  await surge();
  await passing(domain.id);
}

async function people(): Promise<void> {
  const { organizationId } = tenant;
  await mutate('inviteUser', 'InviteUserInput', {
    organizationId,
    email: 'guest@elsewhere.test',
    expiresInSeconds: 3_600,
  });
  const id = await create('joiner', { roles: [{ value: 'billing' }] });
  await change(id, { op: 'replace', path: 'emails[type eq "work"].value', value: 'mover@acme.test' });
  await change(id, { op: 'remove', path: 'roles' });
  await on('suspendUser', id, ', reason: "lost laptop"');
  await on('unsuspendUser', id);
  await change(id, { op: 'replace', value: { active: false } });
  await change(id, { op: 'replace', value: { active: true } });
  await on('eraseUser', await create('erased'));
  const glass = await create('glass');
  await on('protectUser', glass, ', protected: true, reason: "break glass"');
  await change(glass, { op: 'replace', value: { active: false } });
}

async function groups(): Promise<void> {
  const member = await create('member');
  const { body } = await tenant.scim('POST', '/Groups', { displayName: 'Engineering', externalId: 'g-1' });
  const of = (operation: unknown) => tenant.scim('PATCH', `/Groups/${body.id}`, patch(operation));
  await of({ op: 'replace', path: 'displayName', value: 'Product' });
  await of({ op: 'add', path: 'members', value: [{ value: member }] });
  await tenant.scim('DELETE', `/Groups/${body.id}`);
}

async function signIns(): Promise<void> {
  const app = await App.register(world);
  const email = 'visitor@acme.test';
  await app.signIn({ connection_id: tenant.connectionId }, { email });
  const { organization } = await tenant.gql(
    'query($o: ID!) { organization(id: $o) { users(filter: { userName: "visitor@acme.test" }) { nodes { id } } } }',
    { o: tenant.organizationId },
  );
  const [{ id }] = organization.users.nodes;
  await tenant.gql('mutation($id: ID!) { revokeUserSessions(userId: $id) { user { id } } }', { id });
  await on('suspendUser', id);
  await expect(app.signIn({ connection_id: tenant.connectionId }, { email })).rejects.toThrow();
}

async function seats(): Promise<void> {
  const limit = (seatLimit: number | null) =>
    mutate('updateOrganization', 'UpdateOrganizationInput', { id: tenant.organizationId, seatLimit });
  const { organization } = await tenant.gql('query($o: ID!) { organization(id: $o) { seatsUsed } }', {
    o: tenant.organizationId,
  });
  const last = await create('seated');
  await limit(organization.seatsUsed + 1);
  await create('refused');
  await change(last, { op: 'replace', value: { active: false } });
  await limit(null);
}

async function surge(): Promise<void> {
  for (let n = 0; n < 51; n++) {
    const id = await create(`surge${n}`);
    await change(id, { op: 'replace', value: { active: false } });
  }
  await reportMassChanges(store());
}

/** Causes the events that depend on time. */
async function passing(domainId: string): Promise<void> {
  receiver.answer = (_delivery, response) => response.writeHead(503).end();
  await mutate('createConsumer', 'CreateConsumerInput', { organizationId: tenant.organizationId, name: 'billing' });
  await create('unread');
  records = [];
  for (const days of [1.1, 9]) {
    skewMs = days * dayMs;
    await recheckDomains(store());
  }
  expect(domainId).toMatch(/^dom_/);
  await expireAllInvitations(store());
  skewMs = 50 * dayMs;
  await reportLaggingConsumers(store(), 90);
}

const asType = Object.fromEntries(Object.entries(eventTypes).map(([name, type]) => [type, name]));

/**
 * Replaces ids, times, secrets and numbers that depend on the run by fixed values. The number of deprovisioned users depends on
 * whether this test or the server's own job checks first.
 */
function normalized(event: Anything): Anything {
  const names = new Map<string, string>();
  const { userIds } = event.data;
  const short = Array.isArray(userIds) ? { ...event, data: { ...event.data, userIds: userIds.slice(0, 2) } } : event;
  let text = JSON.stringify(short, null, 2);
  text = text.replaceAll(/\b([a-z]+)_[0-9a-hjkmnp-tv-z]{26}\b/g, (id, kind) => {
    const count = [...names.keys()].filter((other) => other.startsWith(`${kind}_`)).length;
    names.set(id, names.get(id) ?? `${kind}_${String(count + 1).padStart(26, '0')}`);
    return names.get(id) ?? id;
  });
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '2026-01-02T03:04:05.678Z')
    .replaceAll(/"(cursor|undoCursor)": "[^"]+"/g, '"$1": "ZTIuYTFiMmMz..."')
    .replaceAll(/"hint": "[^"]+"/g, '"hint": "…abcd"')
    .replaceAll(/"epoch": "\w+"/g, '"epoch": "a1b2c3d4e5f6"')
    .replaceAll(/"requestId": "[^"]+"/g, '"requestId": "0190c2f4-..."')
    .replaceAll(/"(position|seatsUsed|used|limit|lag)": \d+/g, '"$1": 42')
    .replaceAll(/"previousPosition": \d+/g, '"previousPosition": 41')
    .replaceAll(/"count": \d+/g, '"count": 53')
    .replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, 'https://app.example');
}

/**
 * Deletes another organization, and waits until an endpoint of the operator has received the event. The job that erases
 * deleted organizations can run before the delivery: then it deletes one more.
 */
async function deleteAnother(): Promise<void> {
  await world.gql(
    'mutation($i: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $i) { webhookEndpoint { id } } }',
    { i: { url: receiver.url, types: ['ORGANIZATION_DELETED'] } },
  );
  const deletions = () => receiver.received.filter(({ body }) => body.type === eventTypes.ORGANIZATION_DELETED);
  for (let n = 1; ; n++) {
    const { organizationId: id } = await world.tenant({}, `Gone ${n}`);
    await world.gql('mutation($id: ID!) { deleteOrganization(id: $id) { deletedId } }', { id });
    await eventually(() => deletions().length === n);
    if (!deletions().at(-1)?.body.data.scrubbed) return;
  }
}

test('every type of event is emitted, and docs/events.md contains it as emitted', async () => {
  await everything();
  await deleteAnother();
  await tenant.gql('mutation($id: ID!) { deleteConnection(id: $id, users: KEEP) { deletedId } }', {
    id: tenant.connectionId,
  });
  const missing = async () => {
    const happened = new Set(await tenant.types());
    // The log of an organization is deleted with it: the operator's endpoint receives the event.
    return Object.keys(eventTypes).filter((type) => !happened.has(type) && type !== 'ORGANIZATION_DELETED');
  };
  await eventually(async () => (await missing()).length === 0, 10_000).catch(() => {
    // The next line reports the missing types.
  });
  expect(await missing()).toEqual([]);
  const { organization } = await tenant.gql('query($o: ID!) { organization(id: $o) { webhookEndpoints { id } } }', {
    o: tenant.organizationId,
  });
  receiver.answer = (_delivery, response) => response.writeHead(204).end();
  await tenant.gql('mutation($id: ID!) { replayWebhooks(id: $id) { webhookEndpoint { id } } }', {
    id: organization.webhookEndpoints[0].id,
  });
  const seen = () => new Map(receiver.received.map(({ body }) => [body.type as string, body]));
  await eventually(() => seen().size === Object.keys(eventTypes).length, 30_000);
  const unlike = receiver.received.map(({ body }) => [body.type, departures(body.type, body.data)] as const);
  expect(unlike.filter(([, fields]) => fields.length > 0)).toEqual([]);
  const first = new Map<string, Anything>();
  for (const { body } of receiver.received)
    if (!first.has(body.type) || first.get(body.type).data.scrubbed) first.set(body.type, body);
  const examples = Object.values(eventTypes).map(
    (type) => `### \`${asType[type]}\`\n\n\`\`\`json\n${normalized(first.get(type))}\n\`\`\``,
  );
  const text = readFileSync(page, 'utf8');
  const written = between(between(text, part('catalogue'), catalogue()), part('examples'), examples.join('\n\n'));
  if (process.env.WRITE_DOCS) writeFileSync(page, written);
  else expect(text).toBe(written);
}, 120_000);

test('every event has the GraphQL type of its definition, with the values of its data', async () => {
  const query = `query($o: ID!, $after: Cursor) { organization(id: $o) { events(first: 200, after: $after) {
    nodes { type data ${everyEventField} } pageInfo { hasNextPage endCursor } } } }`;
  const found: Anything[] = [];
  for (let after: string | null = null; ; ) {
    const { data, errors }: Anything = await world.request(query, { o: tenant.organizationId, after }, tenant.key);
    expect(errors).toBeUndefined();
    const { nodes, pageInfo } = data.organization.events;
    found.push(...nodes);
    if (!pageInfo.hasNextPage) break;
    after = pageInfo.endCursor;
  }
  // The log of an organization is deleted with it.
  expect(new Set(found.map(({ type }) => type)).size).toBe(Object.keys(eventTypes).length - 1);
  for (const { __typename, type: name, data, ...fields } of found) {
    const type = eventTypes[name as keyof typeof eventTypes];
    expect(__typename).toBe(typeNameOf(type));
    const expected = (typedFields.get(type) ?? []).map((field) => [field.name, valueIn(data, field)]);
    expect(fields).toEqual(Object.fromEntries(expected));
  }
});
