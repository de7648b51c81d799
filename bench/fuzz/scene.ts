import { createHash, randomUUID } from 'node:crypto';
import { Application, Browser } from '../../demo/application.js';
import { gql, newTenant } from '../check/callers.js';

/** Text that only the requests of a run contain. No line of the server's output may repeat it. */
export const canary = 'CANARY9d41';
/** The domain of all addresses of a run. No line of the server's output may contain such an address. */
export const domain = 'fuzz.test';

/** An organization with objects of all kinds, and the values from which requests are made. */
export interface Scene {
  url: string;
  organizationId: string;
  scim: { base: string; token: string };
  connections: { scim: string; oidc: string; saml: string };
  application: { id: string; secret: string };
  keys: [admin: string, reader: string, person: string];
  setup: { key: string; cookie: string; connectionId: string };
  /** The state of a browser that has signed in: cookies, an unused code with its verifier, and tokens. */
  browser: { cookie: string; code: string; verifier: string; refreshToken: string; idToken: string };
  /** Ids in all responses so far. */
  ids: [string, ...string[]];
  cursors: [string, ...string[]];
  /** Values that must not appear in the output. */
  secrets: string[];
}

const verifier = 'v'.repeat(43);
const challenge = createHash('sha256').update(verifier).digest('base64url');

export const authorization = (clientId: string, more: Record<string, string> = {}): Record<string, string> => ({
  client_id: clientId,
  redirect_uri: Application.redirectUri,
  response_type: 'code',
  scope: 'openid email profile offline_access',
  state: canary,
  nonce: canary,
  code_challenge: challenge,
  code_challenge_method: 'S256',
  ...more,
});

interface Made {
  createConnection: { connection: { id: string } };
}

export async function newScene(url: string): Promise<Scene> {
  const tenant = await newTenant(url, `Fuzz ${randomUUID()}`);
  const { organizationId } = tenant;
  const connect = async (input: object): Promise<string> => {
    const document = 'mutation($i: CreateConnectionInput!) { createConnection(input: $i) { connection { id } } }';
    return (await gql<Made>(url, document, { i: { organizationId, name: 'Test', ...input } })).createConnection
      .connection.id;
  };
  const oidc = await connect({ provider: 'TEST' });
  const saml = await connect({ provider: 'TEST', saml: {} });
  const { createSetupLink } = await gql<{ createSetupLink: { url: string } }>(
    url,
    'mutation($id: ID!) { createSetupLink(connectionId: $id) { url } }',
    { id: tenant.connectionId },
  );
  const { createApiKey } = await gql<{ createApiKey: { secret: string } }>(
    url,
    'mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { secret } }',
    { i: { organizationId, name: 'reader', scopes: ['DIRECTORY_READ'] } },
  );
  const application = await newApplication(url);
  const scim = { base: `${url}/scim/v2/${tenant.connectionId}`, token: tenant.scimToken };
  const signedIn = await signIn(url, application, oidc);
  const setup = await openSetup(createSetupLink.url, tenant.connectionId);
  const ids: Scene['ids'] = [organizationId, tenant.connectionId, oidc, saml, application.id];
  const keys: Scene['keys'] = [tenant.key, createApiKey.secret, signedIn.accessToken];
  const { cookie, code, refreshToken, idToken } = signedIn;
  const secrets = [
    canary,
    `@${domain}`,
    scim.token,
    ...keys,
    application.secret,
    setup.key,
    code,
    refreshToken,
    idToken,
  ];
  for (const pair of `${cookie}; ${setup.cookie}`.split('; ')) secrets.push(pair.slice(pair.indexOf('=') + 1));
  return {
    url,
    organizationId,
    scim,
    connections: { scim: tenant.connectionId, oidc, saml },
    application,
    keys,
    setup,
    browser: { cookie, code, verifier, refreshToken, idToken },
    ids,
    cursors: [tenant.first.cursor],
    secrets: secrets.filter((secret) => secret.length > 6),
  };
}

async function newApplication(url: string): Promise<Scene['application']> {
  const { createApplication } = await gql<{ createApplication: { secret: string; application: { id: string } } }>(
    url,
    'mutation($i: CreateApplicationInput!) { createApplication(input: $i) { secret application { id } } }',
    {
      i: {
        name: 'Fuzz',
        redirectUris: [Application.redirectUri],
        apiScopes: ['directory.read', 'directory.manage', 'events.read'],
      },
    },
  );
  return { id: createApplication.application.id, secret: createApplication.secret };
}

async function openSetup(link: string, connectionId: string): Promise<Scene['setup']> {
  const answer = await fetch(link, { redirect: 'manual' });
  const cookie = answer.headers.getSetCookie().map((line) => line.split(';')[0] ?? '');
  return { key: new URL(link).searchParams.get('key') ?? '', cookie: cookie.join('; '), connectionId };
}

/** Signs in twice. The code of the second sign-in stays unused. */
async function signIn(url: string, { id, secret }: Scene['application'], connectionId: string) {
  const browser = new Browser();
  const visit = async (): Promise<string> => {
    const query = new URLSearchParams(authorization(id, { connection_id: connectionId }));
    const page = await browser.open(`${url}/oauth/auth?${query}`);
    const person = new URLSearchParams({ email: `person@${domain}`, email_verified: 'yes' });
    const back = page.url.startsWith(Application.redirectUri) ? page : await browser.open(page.url, person);
    return new URL(back.url).searchParams.get('code') ?? '';
  };
  const answer = await fetch(`${url}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: await visit(),
      redirect_uri: Application.redirectUri,
      code_verifier: verifier,
    }),
  });
  const tokens = (await answer.json()) as Record<string, string>;
  const cookie = Object.entries(browser.cookies).map(([name, value]) => `${name}=${value}`);
  return {
    code: await visit(),
    cookie: cookie.join('; '),
    accessToken: tokens.access_token ?? '',
    refreshToken: tokens.refresh_token ?? '',
    idToken: tokens.id_token ?? '',
  };
}
