import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { cpuMs, medianCpuMs } from '../support/cpu.js';
import { hostileXml } from '../support/hostile-xml.js';
import { HostileIdp } from '../support/oidc-idp.js';
import { SamlIdp } from '../support/saml-idp.js';
import { randomOf, seed, sized } from '../support/soak.js';
import { type Tenant, World } from '../support/world.js';

/** Random requests of each kind: documents, and tokens. */
const count = sized(500, 20_000);
const numbers = randomOf('random documents and tokens through the open entry points');

let world: World;
let saml: SamlIdp;
let oidc: HostileIdp;
let samlTenant: Tenant;
let oidcTenant: Tenant;
let spCertificate: string;
const levels = ['error', 'warn'] as const;
const loud = { error: console.error, warn: console.warn };
beforeAll(async () => {
  // The parser of the signing IdP prints warnings about malformed documents.
  for (const level of levels) console[level] = () => {};
  world = await World.start();
  saml = await SamlIdp.make();
  oidc = await HostileIdp.start();
  const facet = { ...saml.facet, allowIdpInitiated: true, sloUrl: 'https://idp.example/slo' };
  samlTenant = await world.tenant({ provider: 'GENERIC', scim: false, saml: facet, jit: { mode: 'ENABLED' } });
  oidcTenant = await world.tenant({
    provider: 'GENERIC',
    scim: false,
    oidc: { issuer: oidc.issuer, clientId: 'rollcall', clientSecret: 'a secret' },
    jit: { mode: 'ENABLED' },
  });
  const { connection } = await samlTenant.gql('query($id: ID!) { connection(id: $id) { saml { spCertificate } } }', {
    id: samlTenant.connectionId,
  });
  spCertificate = connection.saml.spCertificate;
});
afterAll(async () => {
  for (const level of levels) console[level] = loud[level];
  await world.close();
  await oidc.close();
});

const random = (below: number): number => numbers.below(below);
const pick = <T>(all: readonly T[]): T => numbers.pick(all);
const { mutated, tree } = hostileXml({ below: random, pick });

const names =
  'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:xenc="http://www.w3.org/2001/04/xmlenc#"';
const grown = () =>
  `<samlp:${pick(['Response', 'LogoutRequest'])} ${names} ID="_r" Version="2.0">${tree()}${tree()}</samlp:Response>`.replace(
    /<samlp:LogoutRequest(.*)Response>$/s,
    '<samlp:LogoutRequest$1LogoutRequest>',
  );

async function samlMessage(base: string): Promise<string> {
  const facts = saml.facts({
    requestId: pick([null, '_x']),
    acsUrl: `${base}/acs`,
    audience: `${base}/metadata`,
    email: 'a@acme.example',
  });
  const logout = `<samlp:LogoutRequest ${names} ID="_${random(1e9)}" Version="2.0" IssueInstant="${new Date().toISOString()}" Destination="${base}/slo"><saml:Issuer>${saml.entityId}</saml:Issuer><saml:NameID>x</saml:NameID></samlp:LogoutRequest>`;
  const edit = (xml: string) => (random(2) ? mutated(xml) : xml);
  const attempt = async (): Promise<string> => {
    switch (random(5)) {
      case 0:
        return mutated(saml.signed(facts, pick(['assertion', 'response', 'both'])));
      case 1:
        return saml.signed(facts, pick(['assertion', 'response']), { edit });
      case 2: {
        const inner = await saml.encrypted(edit(saml.sign(saml.assertion(facts), 'Assertion')), spCertificate);
        return edit(saml.response(facts, inner));
      }
      case 3:
        return edit(saml.sign(edit(logout), 'Response'));
      default:
        return random(2) ? grown() : mutated(grown());
    }
  };
  // A document that the signer cannot parse is sent unsigned.
  return attempt().catch(() => mutated(saml.response(facts, saml.assertion(facts))));
}

const values = (): unknown =>
  pick<unknown>([
    null,
    true,
    0,
    -1,
    1e99,
    1e-9,
    '',
    'x',
    '\0',
    '\ud800',
    '\u{1f600}',
    'x'.repeat(3_000),
    [],
    {},
    [null],
    [['x']],
    { x: { y: 1 } },
    ['a', 'a'],
    'https://x.example',
    Math.floor(Date.now() / 1_000),
  ]);

async function token(audience: string): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  const type = pick([
    'http://schemas.openid.net/event/backchannel-logout',
    'https://schemas.openid.net/secevent/caep/event-type/session-revoked',
  ]);
  const claims: Record<string, unknown> = {
    iss: oidc.issuer,
    aud: audience,
    iat: now,
    exp: now + 300,
    jti: `j${random(1e9)}`,
    sub: 'x',
    events: { [type]: {} },
  };
  for (let n = random(4); n > 0; n--)
    claims[
      pick(['iss', 'aud', 'iat', 'exp', 'nbf', 'jti', 'sub', 'sid', 'events', 'sub_id', 'nonce', 'x\0', 'constructor'])
    ] = values();
  const signed = await Promise.resolve(claims)
    .then((all) => oidc.sign(all as never))
    .catch(() => 'x.y.z');
  return pick([
    signed,
    signed,
    mutated(signed),
    mutated('eyJhbGciOiJub25lIn0.e30.'),
    oidc.unsigned({ iss: oidc.issuer }),
  ]);
}

const form = (fields: Record<string, string>) => ({
  method: 'POST',
  redirect: 'manual' as const,
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(fields).toString(),
});

async function samlRequest(): Promise<[string, RequestInit]> {
  const base = `${world.url}/sso/saml/${samlTenant.connectionId}`;
  const xml = await samlMessage(base);
  const base64 = Buffer.from(xml).toString('base64');
  const message = random(20) ? base64 : mutated(base64);
  const RelayState = pick(['', 'x', 'trip_01aaaaaaaaaaaaaaaaaaaaaaaa', '\0']);
  switch (random(4)) {
    case 0:
      return [`${base}/slo`, form({ SAMLRequest: message, RelayState })];
    case 1: {
      const deflated = deflateRawSync(xml.slice(0, 9_000)).toString('base64');
      const query = new URLSearchParams({
        SAMLRequest: deflated,
        SigAlg: pick(['', 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256']),
        Signature: pick(['', 'AAAA', '%']),
      });
      return [
        `${base}/slo?${random(2) ? query : mutated(query.toString())}`.replace(/[^\x21-\x7e]/g, '%00'),
        { redirect: 'manual' },
      ];
    }
    default:
      return [`${base}/acs`, form({ SAMLResponse: message, ...(RelayState && { RelayState }) })];
  }
}

async function tokenRequest(): Promise<[string, RequestInit]> {
  const base = `${world.url}/sso/${oidcTenant.connectionId}`;
  const kind = pick(['backchannel-logout', 'security-events', 'global-token-revocation', 'callback']);
  const url = `${base}/${kind}`;
  const jwt = await token(pick(['rollcall', url]));
  if (kind === 'backchannel-logout') return [url, form({ logout_token: jwt })];
  if (kind === 'security-events')
    return [url, { method: 'POST', headers: { 'content-type': 'application/secevent+jwt' }, body: jwt }];
  if (kind === 'callback') {
    const query = new URLSearchParams({
      state: pick(['x', '\0', 'trip_01aaaaaaaaaaaaaaaaaaaaaaaa']),
      code: 'x',
      error: pick(['', '\0', 'x']),
    });
    return [`${world.url}/sso/oidc/${oidcTenant.connectionId}/callback?${query}`, { redirect: 'manual' }];
  }
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${jwt.replace(/[^\x21-\x7e]/g, '')}` };
  const sub_id = pick<unknown>([values(), { format: 'iss_sub', sub: values() }, { format: 'email', email: values() }]);
  return [url, { method: 'POST', headers, body: JSON.stringify({ sub_id }) }];
}

/** Maximum CPU time until a request is refused. */
const limitMs = 50;

async function send([url, init]: [string, RequestInit]): Promise<number> {
  const answer = await fetch(url, init);
  await answer.text();
  return answer.status;
}

/** Number of requests before the measurement, because the first requests of a process include compilation. */
const warmUp = 100;

test.each([
  { what: 'documents', make: samlRequest },
  { what: 'tokens', make: tokenRequest },
])(
  `seed ${seed}: ${count} random $what cause no 5xx, and need at most ${limitMs} ms of CPU`,
  async ({ what, make }) => {
    const times: number[] = [];
    const repeated: { once: number; median: number; n: number; url: string }[] = [];
    const statuses = new Map<number, number>();
    for (let n = 0; n < warmUp; n++) await send(await make());
    for (let n = 0; n < count; n++) {
      const request = await make();
      const [url, init] = request;
      let status = 0;
      const ms = await cpuMs(async () => {
        status = await send(request);
      });
      const shown = `request ${n}: ${url} ${String(init.body).slice(0, 2_000)}`;
      if (status >= 500) throw new Error(`${status} at ${shown}`);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      // One measurement includes garbage collection and compilation, so one above the limit is repeated.
      const median = ms > limitMs ? await medianCpuMs(() => send(request)) : ms;
      times.push(median);
      if (ms > limitMs) repeated.push({ once: ms, median, n, url: new URL(url).pathname.replace(/conn_\w+/, '*') });
      if (median > limitMs) throw new Error(`${median.toFixed(1)} ms of CPU (median of five) at ${shown}`);
    }
    times.sort((a, b) => a - b);
    const single = repeated.sort((a, b) => b.once - a.once)[0];
    const once = single
      ? `${repeated.length} measured again, the highest ${single.once.toFixed(1)} ms once and ${single.median.toFixed(1)} ms in the median of five (request ${single.n}, ${single.url})`
      : 'none above the limit';
    process.stdout.write(
      `seed ${seed}, ${count} ${what}: ${JSON.stringify(Object.fromEntries(statuses))}; CPU: median ${times[Math.floor(count / 2)]?.toFixed(1)} ms, highest ${times.at(-1)?.toFixed(1)} ms; ${once}\n`,
    );
    expect(times).toHaveLength(count);
  },
  3_600_000,
);
