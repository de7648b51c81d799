import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { App } from '../../support/application.js';
import { Browser, type Page } from '../../support/browser.js';
import { HostileIdp } from '../../support/oidc-idp.js';
import { readRequest, SamlIdp } from '../../support/saml-idp.js';
import { type Anything, oktaUser, type Tenant, World } from '../../support/world.js';

/** Number of cases. Each case is three sign-ins, so `SIGN_IN_CASES=2000` runs for minutes. */
const cases = Number(process.env.SIGN_IN_CASES ?? 25);
const seed = Number(process.env.PROPERTY_SEED ?? 1);

let world: World;
let app: App;
let openId: HostileIdp;
let saml: SamlIdp;
let tenant: Tenant;
beforeAll(async () => {
  world = await World.shared();
  app = await App.register(world);
  openId = await HostileIdp.start();
  saml = await SamlIdp.make();
  tenant = await world.tenant();
});
afterAll(async () => {
  await world.close();
  await openId.close();
});

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const connections = fc.record({
  protocol: fc.constantFrom('oidc', 'saml'),
  provider: fc.constantFrom('GENERIC', 'OKTA', 'KEYCLOAK'),
  stable: fc.boolean(),
  facetLater: fc.boolean(),
  enabled: fc.constantFrom(true, true, true, false),
  state: fc.constantFrom('ACTIVE', 'ACTIVE', 'ACTIVE', 'DRAFT', 'INACTIVE'),
  scim: fc.boolean(),
  domain: fc.constantFrom('assigned', 'verified', 'none'),
  jit: fc.record(
    {
      mode: optional(fc.constantFrom('ENABLED', 'UNLESS_SCIM', 'INVITED', 'DISABLED')),
      vouchesForEmail: optional(fc.boolean()),
      requireVerifiedEmail: optional(fc.boolean()),
      reactivateOnSignIn: optional(fc.boolean()),
      allowedDomains: optional(fc.constantFrom([], ['elsewhere.test'])),
      requiredGroups: optional(fc.constantFrom([], ['Staff'])),
      groupsClaim: optional(fc.constantFrom('groups', 'teams')),
    },
    { requiredKeys: [] },
  ),
});
const users = fc.record({
  origin: fc.constantFrom('SCIM', 'SCIM', 'API', 'API', 'INVITED', 'JIT', 'ELSEWHERE'),
  externalId: fc.boolean(),
  roles: fc.constantFrom([], [], ['viewer'], ['admin']),
  next: fc.constantFrom('nothing', 'nothing', 'suspend', 'deprovision', 'sign in'),
});
type Connecting = typeof connections extends fc.Arbitrary<infer T> ? T : never;
type Who = typeof users extends fc.Arbitrary<infer T> ? T : never;

let number = 0;
const mutate = async (name: string, type: string, input: object, selection: string): Promise<Anything> =>
  (await tenant.gql(`mutation($i: ${type}!) { ${name}(input: $i) ${selection} }`, { i: input }))[name];

async function create(of: Connecting, domain: string) {
  const { organizationId } = tenant;
  const own =
    of.protocol === 'oidc'
      ? { subjectClaim: of.stable ? 'oid' : 'sub' }
      : { subjectAttribute: of.stable ? 'oid' : null };
  const facet =
    of.protocol === 'oidc'
      ? { oidc: { issuer: openId.issuer, clientId: 'rollcall', enabled: of.enabled, ...own } }
      : { saml: { ...saml.facet, enabled: of.enabled, ...own } };
  // A connection without an enabled function cannot be active.
  const base = { organizationId, name: 'Random', provider: of.provider, scim: of.scim || !of.enabled, jit: of.jit };
  const made = await mutate(
    'createConnection',
    'CreateConnectionInput',
    { ...base, ...(of.facetLater ? { state: 'DRAFT' } : { state: 'ACTIVE', ...facet }) },
    '{ scimToken connection { id } }',
  );
  const id: string = made.connection.id;
  if (of.facetLater)
    await mutate(
      'updateConnection',
      'UpdateConnectionInput',
      { id, ...facet, state: 'ACTIVE' },
      '{ connection { id } }',
    );
  if (of.domain !== 'none') {
    const { addDomain } = await tenant.gql(
      'mutation($o: ID!, $d: String!, $c: [ID!]) { addDomain(organizationId: $o, domain: $d, connectionIds: $c) { domain { id } } }',
      { o: organizationId, d: domain, c: of.domain === 'assigned' ? [id] : [] },
    );
    await world.gql('mutation($id: ID!) { verifyDomain(id: $id, force: true) { domain { id } } }', {
      id: addDomain.domain.id,
    });
  }
  return { id, token: made.scimToken as string | null };
}

/** Returns the user, or null if the connection does not create one in this way. */
async function person(
  { id, token }: { id: string; token: string | null },
  who: Who,
  email: string,
): Promise<string | null> {
  const externalId = who.externalId ? `stable-${email}` : undefined;
  const { organizationId } = tenant;
  if (who.origin === 'JIT') return subjectOf(await go(id, email, `jit-${email}`));
  if (who.origin === 'SCIM' || who.origin === 'ELSEWHERE') {
    const at = who.origin === 'SCIM' ? { id, token } : { id: tenant.connectionId, token: tenant.scimToken };
    if (!at.token) return null;
    return (await world.scim(at.id, at.token, 'POST', '/Users', oktaUser(email, { externalId }))).body.id;
  }
  const input = { organizationId, userName: email, emails: [{ value: email, primary: true }], roles: who.roles };
  if (who.origin === 'API') return (await mutate('createUser', 'CreateUserInput', input, '{ user { id } }')).user.id;
  return (await mutate('inviteUser', 'InviteUserInput', { organizationId, email }, '{ user { id } }')).user.id;
}

const stopping = () => {
  const browser = new Browser();
  browser.stopAt = (url) => /(app|idp)\.example$/.test(url.hostname) || url.origin === openId.issuer;
  return browser;
};

/** Answers in place of the IdP. Any other page is returned unchanged. */
async function answer(page: Page, connectionId: string, email: string, subject: string): Promise<Page> {
  const oid = `stable-${email}`;
  if (page.url.origin === openId.issuer) {
    openId.claims = { sub: subject, oid, email, email_verified: true, groups: ['Staff'], teams: ['Staff'] };
    return page.browser.open(openId.callback(page.url).href);
  }
  if (page.url.hostname !== 'idp.example') return page;
  const { requestId, relayState } = readRequest(page.url);
  const base = `${world.url}/sso/saml/${connectionId}`;
  const facts = saml.facts({ requestId, acsUrl: `${base}/acs`, audience: `${base}/metadata`, email, nameId: subject });
  const more = Object.entries({ oid, groups: 'Staff', teams: 'Staff' }).map(
    ([name, value]) =>
      `<saml:Attribute Name="${name}"><saml:AttributeValue>${value}</saml:AttributeValue></saml:Attribute>`,
  );
  const edit = (xml: string) => xml.replace('</saml:AttributeStatement>', `${more.join('')}</saml:AttributeStatement>`);
  const SAMLResponse = Buffer.from(saml.signed(facts, 'both', { edit })).toString('base64');
  const body = new URLSearchParams({ SAMLResponse, RelayState: relayState }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return page.browser.open(`${base}/acs`, { method: 'POST', headers, body }, 'idp.example');
}

interface Outcome {
  allowed: boolean;
  row: string;
  userId: string | null;
}
/** Returns the logged outcome of a real sign-in. */
async function go(connectionId: string, email: string, subject: string): Promise<Outcome> {
  const { page } = await app.begin({ connection_id: connectionId }, stopping());
  const end = await answer(page, connectionId, email, subject);
  const [event] = await world.database().query<Anything>(
    `select type, data, user_id from events where organization_id = $1 and type in ('session.started', 'sign_in.denied')
       and data->>'connectionId' = $2 order by position desc limit 1`,
    [tenant.organizationId, connectionId],
  );
  const allowed = end.url.hostname === 'app.example';
  expect(allowed).toBe(event.type === 'session.started');
  return { allowed, row: event.data.decisionRow, userId: event.data.userId ?? null };
}
const subjectOf = ({ userId }: Outcome): string | null => userId;

async function preview(userId: string, connectionId: string): Promise<Pick<Outcome, 'allowed' | 'row'>> {
  const { user } = await tenant.gql(
    'query($id: ID!, $c: ID!) { user(id: $id) { signInDecision(connectionId: $c) { allowed explanation } } }',
    { id: userId, c: connectionId },
  );
  const { allowed, explanation } = user.signInDecision;
  return { allowed, row: /Row \w+ \((\w+)\)/.exec(explanation)?.[1] ?? '' };
}

/** Returns the outcome on the page of a test sign-in. */
async function tried(connectionId: string, email: string, subject: string): Promise<Pick<Outcome, 'allowed' | 'row'>> {
  const { startTestSignIn } = await tenant.gql('mutation($c: ID!) { startTestSignIn(connectionId: $c) { url } }', {
    c: connectionId,
  });
  const page = await answer(await stopping().open(startTestSignIn.url), connectionId, email, subject);
  expect([page.status, page.words.includes('This is a test')]).toEqual([200, true]);
  return { allowed: page.words.includes('would succeed'), row: /Row \w+ \((\w+)\)/.exec(page.words)?.[1] ?? '' };
}

const counts = async () =>
  (
    await world
      .database()
      .run<{ n: string }>("select (select count(*) from events) || '/' || (select count(*) from sessions) as n")
  )[0]?.n;

test(
  'signInDecision, the test sign-in and the sign-in itself agree, for random connections and users',
  async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(connections, users, async (of, who) => {
        const n = ++number;
        const email = `user@d${n}.test`;
        const connection = await create(of, `d${n}.test`);
        const userId = await person(connection, who, email);
        if (userId === null) return;
        const subject = who.origin === 'JIT' ? `jit-${email}` : `new-${email}`;
        if (who.next === 'sign in') await go(connection.id, email, subject);
        const change = { suspend: 'suspendUser', deprovision: 'deprovisionUser' }[who.next as string];
        if (change)
          await world.request(`mutation($id: ID!) { ${change}(id: $id) { user { id } } }`, { id: userId }, tenant.key);
        if (of.state !== 'ACTIVE')
          await mutate(
            'updateConnection',
            'UpdateConnectionInput',
            { id: connection.id, state: of.state },
            '{ connection { id } }',
          );

        const before = await counts();
        const expected = await preview(userId, connection.id);
        const test = of.state === 'DRAFT' || !of.enabled ? null : await tried(connection.id, email, subject);
        expect(await counts()).toBe(before);
        const { allowed, row } = await go(connection.id, email, subject);
        expect(expected).toEqual({ allowed, row });
        if (test && of.state === 'ACTIVE') expect(test).toEqual({ allowed, row });
        seen.add(`${row} ${allowed}`);
      }),
      { numRuns: cases, seed, endOnFailure: true },
    );
    // Ensures that the cases have different outcomes.
    expect(seen.size).toBeGreaterThanOrEqual(5);
  },
  Math.max(120_000, cases * 2_000),
);
