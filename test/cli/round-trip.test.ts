import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Anything, oktaUser, patch, type Tenant, World } from '../support/world.js';

const command = fileURLToPath(new URL('../../dist/src/cli/rollcall.js', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'rollcall-round-trip-'));
let world: World;
beforeAll(async () => {
  world = await World.shared();
});
afterAll(() => world.close());

function run(as: Tenant, ...given: string[]): Promise<{ code: number; out: string; err: string }> {
  const env = { PATH: process.env.PATH, ROLLCALL_URL: world.url, ROLLCALL_KEY: as.key };
  return new Promise((resolve) => {
    execFile(process.execPath, [command, ...given], { env, cwd: directory }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

async function exported(from: Tenant, format: string): Promise<string> {
  const path = join(directory, `${from.organizationId}.${format}`);
  const { code, err } = await run(
    from,
    'export',
    '--organization',
    from.organizationId,
    '--format',
    format,
    '--output',
    path,
  );
  expect([code, err]).toEqual([0, expect.stringMatching(/^\d+ users written/)]);
  return path;
}

const imported = async (into: Tenant, path: string, ...options: string[]) => {
  const { code, out, err } = await run(
    into,
    'import',
    path,
    '--organization',
    into.organizationId,
    '--json',
    ...options,
  );
  return { code, err, totals: JSON.parse(out || '{}') };
};

/** Returns the users as an application reads them, by userName. */
async function shown({ gql, organizationId }: Tenant): Promise<Anything[]> {
  const { organization } = await gql(
    `query($o: ID!) { organization(id: $o) { users(first: 200, orderBy: { field: USER_NAME, direction: ASC }) { nodes {
      userName email emails { value type primary } displayName givenName familyName title department employeeNumber locale
      timezone roles attributes manager { userName } } } } }`,
    { o: organizationId },
  );
  return organization.users.nodes;
}

// Texts that are special in CSV, in spreadsheets, or for the escaping of formulas.
const sign = fc.constantFrom(
  "'",
  '=',
  '+',
  '-',
  '@',
  '\t',
  '\r',
  '\n',
  ' ',
  ';',
  ',',
  '"',
  '[',
  '{',
  'a',
  '\u00fc',
  '\uff1d',
  '\u{1f600}',
);
const words = fc.oneof(
  fc.constantFrom('@home', '-', '=R&D', "'=R&D", "'t Hooft", "'", ' a', 'a ', 'NULL', 'true', '1e3', '[]'),
  fc.array(sign, { minLength: 1, maxLength: 8 }).map((signs) => signs.join('')),
);
const optional = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });
const address = (n: number) =>
  fc.constantFrom(`p${n}@x.test`, `-p${n}@x.test`, `=p${n}+tag@x.test`, `\u00fc${n}@x.test`);
const person = (n: number) =>
  fc.record({
    userName: fc.constantFrom(`p${n}@x.test`, `-p${n}@x.test`, `'=p${n}`, `'p${n}`, `@p${n}`, `p${n};"x",y`),
    displayName: optional(words),
    givenName: optional(words),
    familyName: optional(words),
    title: optional(words),
    department: optional(words),
    employeeNumber: optional(words),
    locale: optional(words),
    timezone: optional(words),
    emails: optional(
      fc
        .tuple(address(n), optional(fc.constantFrom('work', 'home', '-x')), fc.boolean(), fc.boolean())
        .map(([value, type, primary, isAlone]) => [
          { value, type, primary },
          ...(isAlone ? [] : [{ value: `second${n}@x.test`, type: 'home', primary: !primary }]),
        ]),
    ),
    roles: optional(
      fc.uniqueArray(
        words.filter((role) => role.trim() !== ''),
        { maxLength: 3 },
      ),
    ),
    attributes: optional(fc.dictionary(fc.constantFrom('costCenter', 'x-badge', 'nickName'), words, { maxKeys: 3 })),
  });

const seed = Date.now() % 2 ** 31;

describe('an export that is imported', () => {
  test(`changes nothing in its organization, and creates the same users in another one (seed ${seed})`, async () => {
    const source = await world.tenant({}, 'Source');
    const users = Array.from({ length: 120 }, (_, n) => fc.sample(person(n), { numRuns: 1, seed: seed + n })[0]);
    const { importUsers } = await source.gql(
      'mutation($input: ImportUsersInput!) { importUsers(input: $input) { created rows { message } } }',
      { input: { organizationId: source.organizationId, users } },
    );
    expect([importUsers.created, importUsers.rows.filter(({ message }: Anything) => message)]).toEqual([120, []]);
    const people = await shown(source);
    const events = await source.events();
    for (const format of ['csv', 'jsonl']) {
      const path = await exported(source, format);
      expect(await imported(source, path)).toMatchObject({
        code: 0,
        totals: { rows: 120, unchanged: 120, refused: 0 },
      });
      const other = await world.tenant({}, `Other ${format}`);
      expect(await imported(other, path)).toMatchObject({ code: 0, totals: { rows: 120, created: 120, refused: 0 } });
      expect(await shown(other)).toEqual(people);
      // Exporting the imported users produces the same file.
      expect(await imported(other, path)).toMatchObject({ code: 0, totals: { unchanged: 120 } });
    }
    expect(await shown(source)).toEqual(people);
    expect(await source.events()).toEqual(events);
  }, 120_000);

  test('changes no user that an IdP manages: roles of groups, mapped attributes, several addresses, managers', async () => {
    const tenant = await world.tenant({
      groupMappings: [{ group: 'Finance', roles: ['billing'] }],
      attributeMappings: [{ source: 'nickName', target: 'title' }],
    });
    const boss = await tenant.scim('POST', '/Users', oktaUser('boss@x.test'));
    const { body } = await tenant.scim('POST', '/Users', {
      ...oktaUser('managed@x.test'),
      nickName: 'Chief',
      title: 'Officer',
      phoneNumbers: [{ value: '+49 1', type: 'work' }],
      emails: [
        { value: 'managed@x.test', type: 'work', primary: true, display: 'Managed' },
        { value: 'home@x.test', type: 'home' },
        // An IdP can send a value that is not an address (RFC 7643 section 4.1.2: SHOULD).
        { value: 'not-an-address', type: 'other' },
      ],
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': {
        department: '=R&D',
        division: '@home',
        manager: { value: boss.body.id },
      },
    });
    await tenant.scim('POST', '/Groups', { displayName: 'Finance', members: [{ value: body.id }] });
    const gone = await tenant.scim('POST', '/Users', oktaUser('gone@x.test'));
    await tenant.scim('PATCH', `/Users/${gone.body.id}`, patch({ op: 'replace', value: { active: false } }));
    // A deleted user is in the export too, also if another user has the name today.
    for (const name of ['deleted@x.test', 'again@x.test']) {
      const deleted = await tenant.scim('POST', '/Users', oktaUser(name));
      await tenant.scim('DELETE', `/Users/${deleted.body.id}`);
    }
    await tenant.gql('mutation($i: CreateUserInput!) { createUser(input: $i) { user { id } } }', {
      i: { organizationId: tenant.organizationId, userName: 'again@x.test' },
    });
    const before = [await shown(tenant), await tenant.events(), (await tenant.scim('GET', `/Users/${body.id}`)).body];
    expect(before[0]).toContainEqual(expect.objectContaining({ userName: 'managed@x.test', roles: ['billing'] }));
    for (const format of ['csv', 'jsonl']) {
      const path = await exported(tenant, format);
      expect(await imported(tenant, path)).toMatchObject({ code: 0, totals: { rows: 6, unchanged: 6, refused: 0 } });
      expect([
        await shown(tenant),
        await tenant.events(),
        (await tenant.scim('GET', `/Users/${body.id}`)).body,
      ]).toEqual(before);
      // In another organization a deprovisioned user is not activated, and a malformed address is reported.
      const other = await world.tenant({}, `Elsewhere ${format}`);
      const { code, totals, err } = await imported(other, path);
      expect([code, totals]).toMatchObject([1, { created: 2, refused: 4 }]);
      expect(err).toContain('"status" must be ACTIVE for a user to be created. This row is DEPROVISIONED');
      expect(err).toContain('not "not-an-address".');
    }
  }, 120_000);

  test('of an organization without users is accepted', async () => {
    const empty = await world.tenant({}, 'Empty');
    for (const format of ['csv', 'jsonl'])
      expect(await imported(empty, await exported(empty, format))).toMatchObject({ code: 0, totals: { rows: 0 } });
  }, 60_000);
});

describe('a file that cannot be read', () => {
  test('is refused before its first row is sent, with the line', async () => {
    const tenant = await world.tenant({}, 'Unread');
    const path = join(directory, 'latin1.csv');
    const lines = [
      'userName,displayName',
      ...Array.from({ length: 1_200 }, (_, n) => `u${n}@x.test,U`),
      'j@x.test,J\xfcrgen',
    ];
    writeFileSync(path, Buffer.from(lines.join('\n'), 'latin1'));
    const { code, err } = await imported(tenant, path);
    expect([code, err]).toEqual([1, expect.stringContaining('Line 1202 is not valid UTF-8. Nothing was sent.')]);
    expect(await tenant.types()).not.toContain('USER_PROVISIONED');
    const read = await imported(tenant, path, '--encoding', 'windows-1252');
    expect([read.code, read.totals]).toMatchObject([0, { created: 1_201 }]);
  }, 60_000);

  test('email addresses are checked, in a dry run too (RFC 5321 section 4.1.2)', async () => {
    const tenant = await world.tenant({}, 'Addresses');
    const path = join(directory, 'addresses.csv');
    const good = ['ok@x.test', '"a b"@x.test', 'b\u00fc@b\u00fccher.test', 'tag+1@sub.x.test'];
    const bad = [
      'not-an-email',
      '@x.test',
      'a@',
      'a b@x.test',
      'a@x..test',
      'a@b@x.test',
      'a@x.test/y',
      '<a@x.test>',
      `${'a'.repeat(250)}@x.test`,
    ];
    const cells = [...good, ...bad].map((email, n) => `u${n},"${email.replaceAll('"', '""')}"`);
    writeFileSync(path, `userName,email\n${cells.join('\n')}\n`);
    for (const options of [['--dry-run'], []]) {
      const report = join(directory, 'bad.jsonl');
      const { code, totals } = await imported(tenant, path, '--report', report, ...options);
      expect([code, totals]).toMatchObject([1, { created: good.length, refused: bad.length }]);
      const refused = readFileSync(report, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(refused.map(({ line, field }) => [line, field])).toEqual(bad.map((_, n) => [n + 6, 'emails']));
    }
    expect((await shown(tenant)).map(({ email }) => email)).toEqual(good);
  }, 60_000);

  test('rows of any size are sent in requests that the server accepts', async () => {
    const tenant = await world.tenant({}, 'Large');
    const path = join(directory, 'large.jsonl');
    const row = (n: number, size: number) =>
      JSON.stringify({ userName: `l${n}`, attributes: { bio: 'x'.repeat(size) } });
    writeFileSync(path, [...Array.from({ length: 60 }, (_, n) => row(n, 40_000)), row(60, 1_000_000)].join('\n'));
    expect(await imported(tenant, path)).toMatchObject({
      code: 1,
      err: expect.stringContaining('line 61: The row is larger than 900000 bytes.'),
      totals: { created: 60, refused: 1 },
    });
  }, 60_000);
});
