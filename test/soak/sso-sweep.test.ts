import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HostileIdp } from '../support/oidc-idp.js';
import { SamlIdp } from '../support/saml-idp.js';
import { randomOf, seed, sized } from '../support/soak.js';
import { type Tenant, World } from '../support/world.js';

/** Random requests of each kind. */
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
  // The parser of the IdP that signs says what it thinks of what it is given.
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

const pieces = [
  '',
  ' ',
  '\n',
  '\0',
  '\u0001',
  '\ud800',
  '\u{1f600}',
  '\ufeff',
  '<',
  '>',
  '&',
  '"',
  "'",
  '&amp;',
  '&#0;',
  '&#xD800;',
  '&#x1F600;',
  '&x;',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '<?x?>',
  '<!DOCTYPE x>',
  '</saml:Assertion>',
  '</samlp:Response>',
  '<saml:Assertion>',
  '<x/>',
  '<saml:NameID>x</saml:NameID>',
  '<ds:Signature/>',
  '<ds:Object/>',
  '<ds:Reference/>',
  '<saml:Condition/>',
  'xmlns:x="urn:x"',
  'xmlns="relative"',
  'ID="_x"',
  'Id="_x"',
  'xsi:nil="true"',
  'InResponseTo=""',
  'Version="9"',
  '2026-13-45T99:99:99Z',
  '+275760-09-13T00:00:00.001Z',
  '__proto__',
  'constructor',
  '='.repeat(50),
  'x'.repeat(5_000),
  '<a>'.repeat(70),
  '<x/>'.repeat(500),
  ' a="1"'.repeat(80),
  'http://www.w3.org/2000/09/xmldsig#sha1',
];

/** Cuts, repeats, moves and inserts pieces of a text, a few times. */
function mutated(text: string): string {
  let result = text;
  for (let n = random(4); n >= 0; n--) {
    const [from, to] = [random(result.length + 1), random(result.length + 1)].sort((a, b) => a - b) as [number, number];
    const end = pick([from, Math.min(to, from + 40), to]);
    const into = pick([pick(pieces), result.slice(from, end), '']);
    result = result.slice(0, from) + into + result.slice(pick([from, end]));
  }
  return result;
}

/** XML that is well-formed and means nothing. */
function tree(depth = 0): string {
  const name = pick([
    'x',
    'saml:Assertion',
    'saml:Issuer',
    'ds:Signature',
    'saml:NameID',
    'samlp:Status',
    'xenc:EncryptedData',
    'saml:EncryptedAssertion',
  ]);
  const attributes = Array.from(
    { length: random(4) },
    (_, n) => ` ${pick(['ID', 'a', 'xml:id', 'Value', 'Algorithm'])}${n}="${pick(['', '#x', 'x'])}"`,
  );
  const children =
    depth > 6 ? '' : Array.from({ length: random(5) }, () => tree(depth + 1)).join(pick(['', ' ', 'text']));
  return `<${name}${attributes.join('')}>${children}</${name}>`;
}
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
  // What the signer cannot read goes out unsigned.
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

test(`seed ${seed}: ${count} documents and tokens get no 5xx`, async () => {
  const times: { ms: number; n: number; url: string }[] = [];
  const statuses = new Map<number, number>();
  for (let n = 0; n < count; n++) {
    const [url, init] = random(3) ? await samlRequest() : await tokenRequest();
    const before = process.cpuUsage();
    const answer = await fetch(url, init);
    await answer.text();
    const { user, system } = process.cpuUsage(before);
    times.push({ ms: (user + system) / 1_000, n, url: new URL(url).pathname.replace(/conn_\w+/, '*') });
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    if (answer.status >= 500)
      throw new Error(`${answer.status} at request ${n}: ${url} ${String(init.body).slice(0, 2_000)}`);
  }
  const [highest] = [...times].sort((a, b) => b.ms - a.ms);
  const median = times.map(({ ms }) => ms).sort((a, b) => a - b)[Math.floor(times.length / 2)];
  process.stdout.write(
    `seed ${seed}, ${count} requests: ${JSON.stringify(Object.fromEntries(statuses))}; CPU: median ${median?.toFixed(1)} ms, highest ${highest?.ms.toFixed(1)} ms (request ${highest?.n}, ${highest?.url})\n`,
  );
  expect(times).toHaveLength(count);
}, 3_600_000);
