import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse, buildSchema as parseSchema, validate } from 'graphql';
import { isAdministrativeRole } from '../../../src/access/administrative.js';
import { type DecisionRow, decisionRows, rowName } from '../../../src/directory/sign-in/rows.js';
import { App } from '../../support/application.js';
import { embeddedDatabase, startServer } from '../../support/server.js';
import { Realm } from '../../support/sign-ins.js';
import { World } from '../../support/world.js';

const tests = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, tests), 'utf8');
const page = read('../docs/sign-in.md');

/** Splits a page into its statements: rows of tables, items of lists and sentences, without headings, code and white space. */
function statementsOf(text: string): string[] {
  const blocks = text.split(/\n\n+/).filter((block) => !/^(#|```)/.test(block));
  return blocks.flatMap((block) => {
    const lines = block.trim().split('\n');
    if (lines[0]?.startsWith('|'))
      return lines.slice(2).map((line) => line.replace(/^\| | \|$/g, '').replaceAll(' | ', ': '));
    const items = block.trim().split(/\n(?=- |\d+\. )/);
    return items.flatMap((item) => {
      const sentence = item.replace(/^(- |\d+\. )/, '').replace(/\s*\n\s*/g, ' ');
      return sentence.split(/(?<=[.:!?]\)?\*{0,2}) (?=[A-Z`*[])/);
    });
  });
}

/** Parses a line of the list: the beginning of a statement, and its tests, or the reason why it has none. */
function entryOf(line: string): { begins: string; checks: string[] } {
  const [begins = '', checks = ''] = line.split(' => ');
  return { begins, checks: checks.split(' && ') };
}
/** Statements without a test: titles of paragraphs, references, advice to the reader, and facts about other vendors. */
const unchecked = ['(title)', '(reference)', '(advice)', '(vendor)'];
const entries = read('adapters/sso/sign-in-statements.txt').trim().split('\n').map(entryOf);

describe('docs/sign-in.md', () => {
  test('every statement is in the list of statements, in the order of the page', () => {
    const begun = statementsOf(page).map((statement, n) => {
      const begins = entries[n]?.begins ?? '';
      return begins !== '' && statement.startsWith(begins) ? begins : statement;
    });
    expect(begun).toEqual(entries.map(({ begins }) => begins));
  });

  test.each(entries.filter(({ checks }) => !unchecked.includes(checks.join())))(
    'a test checks: $begins',
    ({ checks }) => {
      for (const check of checks) {
        const [, file = '', title = ''] = /^([\w/-]+): (.+)$/.exec(check) ?? [];
        const path = new URL(`${file}.test.ts`, tests);
        expect([check, existsSync(path)]).toEqual([check, true]);
        expect([check, readFileSync(path, 'utf8').replaceAll("\\'", "'").includes(title)]).toEqual([check, true]);
      }
    },
  );

  test('the document has every row of the decision, by its name', () => {
    const rows = [...page.matchAll(/^\| `(\w+ \([A-D]\d\))` \| (.*) \|$/gm)].map(([, name, description]) => [
      name,
      description,
    ]);
    const known = Object.entries(decisionRows).map(([row, { description }]) => [
      rowName(row as DecisionRow),
      `${description.charAt(0).toLowerCase()}${description.slice(1).replace(/\.$/, '')}`,
    ]);
    expect(rows).toEqual(known);
  });
});

test('queries and mutations of docs/connections are valid', () => {
  const schema = parseSchema(read('../schema/schema.graphql'));
  const names = ['entra', 'google', 'okta', 'onelogin', 'ping', 'jumpcloud', 'keycloak'];
  for (const name of [...names, 'generic-oidc', 'generic-saml', 'generic-scim']) {
    const documents = [...read(`../docs/connections/${name}.md`).matchAll(/```graphql\n([\s\S]*?)```/g)];
    expect([name, documents.length > 0]).toEqual([name, true]);
    for (const [, document = ''] of documents) expect([name, validate(schema, parse(document))]).toEqual([name, []]);
  }
});

describe('statements that no other test checks', () => {
  let world: World;
  let app: App;
  let ahead = 0;
  beforeAll(async () => {
    world = await World.start({ now: () => new Date(Date.now() + ahead) });
    app = await App.register(world);
  });
  afterAll(() => world.close());

  test('a sign-in that took more than ten minutes at the IdP is access_denied at the application', async () => {
    const realm = await Realm.make(world, app, 'oidc');
    const visit = await app.begin({ connection_id: realm.tenant.connectionId });
    try {
      ahead = 601_000;
      const { page: back } = await visit.be(realm.person('T2'));
      const received = ['error', 'error_description'].map((name) => back.url.searchParams.get(name));
      expect([back.url.hostname, ...received]).toEqual([
        'app.example',
        'access_denied',
        'The sign-in took longer than ten minutes at the identity provider.',
      ]);
    } finally {
      ahead = 0;
    }
  });

  test.each(['admin', 'Administrator', 'org:owner', 'superuser', 'billing-admins'])(
    'a role is administrative by a word in its name: %s',
    (role) => expect(isAdministrativeRole(role)).toBe(true),
  );
  test.each(['member', 'badminton', 'ownership', 'viewer'])(
    'a role without such a word is not administrative: %s',
    (role) => expect(isAdministrativeRole(role)).toBe(false),
  );

  test('the test IdP: the same address is the same user', async () => {
    const realm = await Realm.make(world, app, 'oidc');
    const first = await realm.outcome(realm.person('T1'));
    expect(first).toMatch(/^user_/);
    expect(await realm.outcome(realm.person('T1', { given_name: 'Another' }))).toBe(first);
    expect(await realm.outcome(realm.person('T1', { email: `other@${realm.domain}` }))).not.toBe(first);
  });

  test('the test IdP: TEST_IDP enables it', async () => {
    expect((await fetch(`${world.url}/test-idp/.well-known/openid-configuration`)).status).toBe(200);
    const other = new World(await startServer({}, { ...(await embeddedDatabase()), TEST_IDP: 'off' }));
    try {
      expect((await fetch(`${other.url}/test-idp/.well-known/openid-configuration`)).status).toBe(404);
      await expect(other.tenant({ provider: 'TEST', scim: false })).rejects.toThrow('The test IdP is disabled');
    } finally {
      await other.close();
    }
  });

  test('without a list of keys a key is generated in the data directory', async () => {
    const settings = await embeddedDatabase();
    const key = new URL(`file://${settings.DATA_DIR}/secret.key`);
    const other = await startServer({}, { ...settings, ROLLCALL_SECRET_KEY: '' });
    await other.close();
    expect(readFileSync(key, 'utf8').trim().length).toBeGreaterThanOrEqual(32);
  });
});
