import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFacets } from '../../../src/adapters/graphql/connections/read-facets.js';
import { Connection } from '../../../src/directory/connections/connection.js';
import { defaultPolicy } from '../../../src/directory/connections/facets.js';
import type { InvalidIdToken } from '../../../src/identity-providers/oidc/id-token.js';
import { issuerProblem } from '../../../src/identity-providers/oidc/issuer-problem.js';
import { Issuers } from '../../../src/identity-providers/oidc/issuers.js';
import { RelyingParty } from '../../../src/identity-providers/oidc/relying-party.js';
import { type Lookup, type Outbound, outbound } from '../../../src/outbound/outbound.js';
import { HostileIdp } from '../../support/oidc-idp.js';

const host = 'idp.corp.example';
const answers: Record<string, { status?: number; body: string }> = {
  'a page': { body: '<html>' },
  'another status': { status: 404, body: '' },
  'an error': { status: 500, body: '{}' },
  'too much': { body: 'x'.repeat(1_100_000) },
  'JSON of something else': { body: '{"ok":true}' },
  'another issuer': { body: '{"issuer":"https://secret.corp","jwks_uri":"https://secret.corp/keys"}' },
};
const servers: Server[] = [];
const ports: Record<string, number> = {};
beforeAll(async () => {
  for (const [name, { status = 200, body }] of Object.entries(answers)) {
    const server = createServer((_request, response) => response.writeHead(status).end(body));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ports[name] = (server.address() as AddressInfo).port;
  }
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  ports['a closed port'] = (closed.address() as AddressInfo).port;
  await new Promise((resolve) => closed.close(resolve));
});
afterAll(() => Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve)))));

const here: Lookup = (_name, done) => done(null, [{ address: '127.0.0.1', family: 4 }]);
const nowhere: Lookup = (_name, done) => done(Object.assign(new Error('x'), { code: 'ENOTFOUND' }), []);
const client = (lookup: Lookup) => outbound({ allowPrivate: false, networks: ['127.0.0.0/8'], lookup });
const urls = (): [string, Lookup][] => [
  ...Object.values(ports).map((port): [string, Lookup] => [`http://${host}:${port}`, here]),
  [`http://${host}:${ports['a page']}`, nowhere],
];

test('the error for an issuer in an allowed private network does not reveal what listens there', async () => {
  const problems = new Set<string>();
  for (const [url, lookup] of urls()) {
    const error = await new Issuers(client(lookup)).refresh(url).catch((refused: unknown) => refused);
    problems.add(JSON.stringify(issuerProblem(error)));
  }
  expect([...problems].map((text) => JSON.parse(text))).toEqual([
    { code: 'IDP_UNREACHABLE', why: expect.stringContaining(`the host "${host}" cannot be reached`), isWrong: false },
  ]);
});

test('the error for a metadata URL in an allowed private network does not reveal it', async () => {
  const messages = new Set<string>();
  for (const [url, lookup] of urls()) {
    const asked = { provider: null, outbound: client(lookup), testIdp: null };
    const error = await readFacets({ saml: { metadataUrl: url } }, asked).catch((refused: unknown) => refused);
    messages.add((error as Error).message);
  }
  expect([...messages]).toEqual([expect.stringContaining('"saml.metadataUrl" could not be read: the host')]);
});

const party = (metadata: object, asked: Outbound) => {
  const oidc = {
    issuer: 'http://idp.example',
    clientId: 'rollcall',
    tokenEndpointAuthMethod: 'NONE',
    subjectClaim: 'sub',
    hostedDomains: [],
    scopes: ['openid'],
  };
  const connection = Object.assign(new Connection(), {
    provider: 'GENERIC',
    oidc,
    sealed: {},
    jit: defaultPolicy,
    groupMappings: [],
  });
  const issuers = { metadataOf: async () => ({ issuer: oidc.issuer, jwks_uri: `${oidc.issuer}/keys`, ...metadata }) };
  const deps = { issuers, outbound: asked, publicUrl: () => 'https://directory.example', now: () => new Date() };
  return new RelyingParty(connection as never, deps as never);
};
const trip = { state: 's', nonce: 'n', codeVerifier: 'v'.repeat(43) };
const back = new URL('https://directory.example/callback?code=c&state=s');

test('the error of a private token endpoint that a public issuer names does not reveal it', async () => {
  const refusals = new Set<string>();
  for (const [url, lookup] of urls()) {
    const error = await party({ token_endpoint: url }, client(lookup))
      .validateCallback(back, trip)
      .catch((refused: unknown) => refused);
    const { code, message } = error as InvalidIdToken;
    refusals.add(`${code}: ${message}`);
  }
  expect([...refusals]).toEqual([
    expect.stringMatching(
      /^IDP_UNREACHABLE: the token endpoint cannot be read: the host "idp\.corp\.example" cannot be reached/,
    ),
  ]);
});

test('an OAuth error is passed on if the token endpoint belongs to the issuer', async () => {
  const server = createServer((_request, response) =>
    response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":"invalid_client"}'),
  );
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://${host}:${(server.address() as AddressInfo).port}`;
  const own = party({ token_endpoint: `${url}/token` }, client(here));
  const refusalOf = (asked: RelyingParty) =>
    asked.validateCallback(back, trip).catch(({ code }: InvalidIdToken) => code);
  expect(await refusalOf(own)).toBe('IDP_UNREACHABLE');
  own.connection.oidc.issuer = url;
  expect(await refusalOf(own)).toBe('IDP_MISCONFIGURED');
});

test('the recorded error of a private userinfo endpoint does not reveal it', async () => {
  const idp = await HostileIdp.start();
  const faults = new Set<string | undefined>();
  for (const [url, lookup] of urls()) {
    const asked = party({}, client(lookup));
    const issuers = new Issuers(client(here));
    const metadata = await issuers.metadataOf(idp.issuer);
    issuers.metadataOf = async () => ({ ...metadata, userinfo_endpoint: url });
    asked.connection.oidc.issuer = idp.issuer;
    Object.assign(asked.deps, { issuers });
    const { url: start, trip: began } = await asked.start('s', {});
    idp.claims = { sub: 'somebody' };
    const { userinfoFault } = await asked.validateCallback(idp.callback(new URL(start)), began);
    faults.add(userinfoFault);
  }
  await idp.close();
  expect([...faults]).toEqual([expect.stringMatching(/^the host "idp\.corp\.example" cannot be reached/)]);
});

test('the error for a public host names its cause, so that the administrator can correct it', async () => {
  const open = outbound({ allowPrivate: true, lookup: here });
  const error = await new Issuers(open)
    .refresh(`http://${host}:${ports['another issuer']}`)
    .catch((refused: unknown) => refused);
  expect(issuerProblem(error)).toMatchObject({ code: 'IDP_MISCONFIGURED', isWrong: true });
});
