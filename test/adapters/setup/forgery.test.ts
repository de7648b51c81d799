import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Browser } from '../../support/browser.js';
import { freshDatabase, startServer } from '../../support/server.js';
import { type Anything, type Tenant, World } from '../../support/world.js';

let world: World;
beforeAll(async () => {
  world = await World.shared();
});
afterAll(() => world.close());

const draft = { provider: 'GENERIC', state: 'DRAFT', scim: false } as const;
const linkTo = async ({ gql, connectionId }: Tenant): Promise<string> =>
  (await gql('mutation($c: ID!) { createSetupLink(connectionId: $c) { url } }', { c: connectionId })).createSetupLink
    .url;
const connectionOf = async ({ gql, connectionId }: Tenant): Promise<Anything> =>
  (
    await gql('query($id: ID!) { connection(id: $id) { state oidc { issuer clientId } scim { enabled } } }', {
      id: connectionId,
    })
  ).connection;
const untouched = { state: 'DRAFT', oidc: null, scim: null };

/** Returns the forms of a page, each with its action and hidden fields. */
const formsOf = (text: string) =>
  [...text.matchAll(/<form method="post" action="([^"]*)">([\s\S]*?)<\/form>/g)].map(([, action = '', body = '']) => ({
    action,
    fields: Object.fromEntries(
      [...body.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)].map(([, name, value]) => [
        name,
        value,
      ]),
    ) as Record<string, string>,
  }));

const submit = (
  browser: Browser,
  form: { action: string; fields: Record<string, string> } | undefined,
  more = {},
  headers = {},
) =>
  browser.open(`${world.url}${form?.action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams({ ...form?.fields, ...more }).toString(),
  });

describe('RFC 6749 section 10.12, CSRF: setup pages of two connections in one browser', () => {
  test('a form changes the connection of its own page, also after another page was opened', async () => {
    const [first, second] = [await world.tenant(draft), await world.tenant(draft, 'Other')];
    const browser = new Browser();
    const tab = await browser.open(await linkTo(first));
    const other = await browser.open(await linkTo(second));
    const forms = formsOf(tab.text);
    expect(forms.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['/setup/scim-token', '/setup/oidc', '/setup/saml']),
    );
    for (const { fields } of forms) expect(fields.connection).toBe(first.connectionId);
    for (const { fields } of formsOf(other.text)) expect(fields.connection).toBe(second.connectionId);
    const openId = forms.find(({ action }) => action === '/setup/oidc');
    const saved = await submit(browser, openId, { issuer: 'https://127.0.0.1:1/first', clientId: 'first' });
    expect([saved.status, saved.words.includes('Saved')]).toEqual([200, true]);
    expect((await connectionOf(first)).oidc).toEqual({ issuer: 'https://127.0.0.1:1/first', clientId: 'first' });
    expect(await connectionOf(second)).toEqual(untouched);
    for (const form of forms) await submit(browser, form, { issuer: 'https://127.0.0.1:1/x', clientId: 'x' });
    expect(await connectionOf(second)).toEqual(untouched);
    // A request without a connection changes neither of the two.
    const before = await connectionOf(first);
    expect((await submit(browser, { action: '/setup/scim-token', fields: {} })).status).toBe(400);
    expect(await connectionOf(second)).toEqual(untouched);
    expect(await connectionOf(first)).toEqual(before);
    const page = await browser.open(`${world.url}/setup`);
    expect(page.words).toContain('Choose a connection');
  });

  test('a form of a connection without a setup link in the browser is refused', async () => {
    const [mine, theirs] = [await world.tenant(draft), await world.tenant(draft, 'Theirs')];
    const browser = new Browser();
    await browser.open(await linkTo(mine));
    const form = { action: '/setup/scim-token', fields: { connection: theirs.connectionId } };
    expect((await submit(browser, form)).status).toBe(404);
    // A cookie that names another connection than that of its link.
    const key = new URL(await linkTo(mine)).searchParams.get('key');
    const cookie = `rollcall_setup_${theirs.connectionId}=${key}`;
    expect((await submit(new Browser(), form, {}, { cookie })).status).toBe(404);
    expect(await connectionOf(theirs)).toEqual(untouched);
    expect(await connectionOf(mine)).toEqual(untouched);
  });

  test('a key that is not a setup link is not stored', async () => {
    const tenant = await world.tenant({});
    for (const key of ['rc_setup_wrong', tenant.key, tenant.scimToken, 'x; Domain=.test', '']) {
      const answer = await fetch(`${world.url}/setup?key=${encodeURIComponent(key)}`, { redirect: 'manual' });
      expect([answer.status, answer.headers.get('set-cookie')]).toEqual([404, null]);
    }
  });
});

describe('RFC 6265bis section 5.2: SameSite does not separate subdomains of one site', () => {
  test.each([
    { origin: 'https://sibling.example', 'sec-fetch-site': 'same-site' },
    { origin: 'https://sibling.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site' },
    { origin: 'http://127.0.0.1' },
    { origin: '' },
  ])('a form with %j is refused, and nothing changes', async (headers) => {
    const tenant = await world.tenant(draft);
    const browser = new Browser();
    const page = await browser.open(await linkTo(tenant));
    const values = { issuer: 'https://127.0.0.1:1/evil', clientId: 'evil' };
    for (const form of formsOf(page.text)) {
      const answer = await submit(browser, form, values, headers);
      expect([answer.status, answer.words.includes('another site')]).toEqual([403, true]);
    }
    expect(await connectionOf(tenant)).toEqual(untouched);
  });

  test('a form with the origin of the server is accepted', async () => {
    const tenant = await world.tenant({ ...draft, scim: true });
    const browser = new Browser();
    const page = await browser.open(await linkTo(tenant));
    const headers = { origin: world.url, 'sec-fetch-site': 'same-origin' };
    const answer = await submit(browser, formsOf(page.text)[0], {}, headers);
    expect(answer.status).toBe(200);
    expect((await connectionOf(tenant)).state).toBe('ACTIVE');
  });

  test('RFC 6265bis section 4.1.3.2: under https the cookie has the prefix __Host-, and one for each connection', async () => {
    const own = new World(
      await startServer({}, { ...(await freshDatabase()), PUBLIC_URL: 'https://directory.example.com' }),
    );
    const tenant = await own.tenant(draft);
    const key = new URL(await linkTo(tenant)).searchParams.get('key');
    const { headers } = await fetch(`${own.url}/setup?key=${key}`, { redirect: 'manual' });
    const [line = ''] = headers.getSetCookie();
    expect(line).toMatch(new RegExp(`^__Host-rollcall_setup_${tenant.connectionId}=`));
    expect(line.split('; ').slice(1).sort()).toEqual(['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure']);
    await own.close();
  });
});
