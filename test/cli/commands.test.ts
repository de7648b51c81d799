import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TcpProxy } from '../support/tcp-proxy.js';
import { type Anything, eventually, oktaUser, type Tenant, World } from '../support/world.js';

const command = fileURLToPath(new URL('../../dist/src/cli/rollcall.js', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'rollcall-cli-'));
let world: World;
let tenant: Tenant;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant();
});
afterAll(() => world.close());

/** Runs the built command as a shell does. */
function run(...given: string[]): Promise<{ code: number; out: string; err: string }> {
  const env = { PATH: process.env.PATH, ROLLCALL_URL: world.url, ROLLCALL_KEY: tenant.key };
  return new Promise((resolve) => {
    execFile(process.execPath, [command, ...given], { env, cwd: directory }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}
const file = (name: string, text: string) => {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
};
const people = async () =>
  (
    await tenant.gql(
      'query($o: ID!) { organization(id: $o) { users(first: 200) { nodes { userName displayName roles attributes } } } }',
      { o: tenant.organizationId },
    )
  ).organization.users.nodes;

describe('rollcall import and export', () => {
  const csv =
    'userName,email,displayName,roles,costCenter\na@x.test,a@x.test,"Last, First",billing;reader,CC1\nb@x.test,,B,,\n,no@name.test,,,\n';

  test('a dry run reports the result and changes nothing; an import creates users and reports refused rows with their lines', async () => {
    const path = file('people.csv', csv);
    const dry = await run('import', path, '--organization', tenant.organizationId, '--dry-run', '--json');
    expect([dry.code, JSON.parse(dry.out)]).toEqual([
      1,
      { dryRun: true, rows: 3, created: 2, updated: 0, unchanged: 0, refused: 1 },
    ]);
    expect(await people()).toEqual([]);
    const report = join(directory, 'refused.jsonl');
    const real = await run('import', path, '--organization', tenant.organizationId, '--report', report, '--json');
    expect([real.code, JSON.parse(real.out)]).toMatchObject([1, { created: 2, refused: 1 }]);
    expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({ line: 4, code: 'BAD_INPUT', field: 'userName' });
    expect(await people()).toEqual([
      {
        userName: 'a@x.test',
        displayName: 'Last, First',
        roles: ['billing', 'reader'],
        attributes: { costCenter: 'CC1' },
      },
      { userName: 'b@x.test', displayName: 'B', roles: [], attributes: {} },
    ]);
  });

  test('importing the same file again changes nothing and emits no event', async () => {
    const events = await tenant.events();
    const again = await run('import', join(directory, 'people.csv'), '--organization', tenant.organizationId, '--json');
    expect(JSON.parse(again.out)).toMatchObject({ created: 0, updated: 0, unchanged: 2 });
    expect(await tenant.events()).toEqual(events);
  });

  test('an interrupted import continues where it stopped', async () => {
    const rows = Array.from({ length: 1_500 }, (_, n) => JSON.stringify({ userName: `r${n}@x.test` }));
    const path = file('many.jsonl', rows.join('\n'));
    // The progress file states that the first thousand rows are done.
    const first = await run('import', path, '--organization', tenant.organizationId, '--json');
    expect(JSON.parse(first.out).created).toBe(1_500);
    const { createHash } = await import('node:crypto');
    const identity = createHash('sha256').update(tenant.organizationId).update(readFileSync(path)).digest('hex');
    writeFileSync(`${path}.progress`, `${identity} 1000`);
    const rest = await run('import', path, '--organization', tenant.organizationId, '--json');
    expect(JSON.parse(rest.out)).toMatchObject({ created: 0, unchanged: 500 });
  });

  test('an export can be imported into another organization', async () => {
    const other = await world.tenant({}, 'Other');
    for (const format of ['csv', 'jsonl']) {
      const path = join(directory, `out.${format}`);
      await run('export', '--organization', tenant.organizationId, '--format', format, '--output', path);
      const into = await run('import', path, '--organization', other.organizationId, '--key', other.key, '--json');
      expect(JSON.parse(into.out)).toMatchObject({ rows: 1_502, refused: 0 });
    }
    const shown = await other.gql(
      'query($o: ID!) { organization(id: $o) { users(filter: { userName: "a@x.test" }) { nodes { displayName roles attributes } } } }',
      { o: other.organizationId },
    );
    expect(shown.organization.users.nodes).toEqual([
      { displayName: 'Last, First', roles: ['billing', 'reader'], attributes: { costCenter: 'CC1' } },
    ]);
  }, 60_000);

  test('groups with their members', async () => {
    const { body } = await tenant.scim('POST', '/Users', oktaUser('member@x.test'));
    await tenant.scim('POST', '/Groups', { displayName: 'Exported', members: [{ value: body.id }] });
    const { out } = await run('export', '--organization', tenant.organizationId, '--what', 'groups');
    expect(JSON.parse(out)).toMatchObject({ displayName: 'Exported', members: ['member@x.test'] });
  });
});

describe('other commands', () => {
  test('connections and keys are created, and errors set the exit code', async () => {
    const made = await run(
      'connections',
      'create',
      '--organization',
      tenant.organizationId,
      '--name',
      'Okta',
      '--provider',
      'OKTA',
      '--scim',
      '--json',
    );
    const connection = JSON.parse(made.out);
    expect(connection).toMatchObject({
      id: expect.stringMatching(/^conn_/),
      scimToken: expect.stringMatching(/^rc_scim_/),
      state: 'ACTIVE',
    });
    expect(JSON.parse((await run('connections', 'rotate-token', connection.id, '--json')).out).token).toMatch(
      /^rc_scim_/,
    );
    const key = JSON.parse(
      (
        await run(
          'keys',
          'create',
          '--name',
          'k',
          '--scopes',
          'DIRECTORY_READ',
          'EVENTS_READ',
          '--organization',
          tenant.organizationId,
          '--json',
        )
      ).out,
    );
    expect(key.secret).toMatch(/^rc_key_/);
    expect((await run('keys', 'revoke', key.id)).code).toBe(0);
    expect(JSON.parse((await run('keys', 'list', '--json')).out).keys.map(({ name }: Anything) => name)).toEqual([
      'app',
    ]);
    const listed = await run('keys', 'list', '--organization', tenant.organizationId);
    expect([listed.code, listed.out]).toEqual([0, expect.stringMatching(/^key_\w+ {2}.+ {2}ADMIN {2}app\n$/)]);
    expect(listed.out).not.toContain('rc_key_');
    expect(await run('keys', 'list', '--organization', 'org_x')).toMatchObject({
      code: 1,
      err: expect.stringContaining('NOT_FOUND'),
    });
    expect(await run('keys', 'revoke', key.id)).toMatchObject({ code: 1, err: expect.stringContaining('NOT_FOUND') });
    expect((await run('keys', 'create')).code).toBe(2);
    const scoped = (...scopes: string[]) =>
      run('keys', 'create', '--name', 'x', '--organization', tenant.organizationId, '--json', '--scopes', ...scopes);
    for (const scopes of [
      ['DIRECTORY_READ,EVENTS_READ'],
      ['DIRECTORY_READ', 'EVENTS_READ'],
      ['DIRECTORY_READ,', 'EVENTS_READ'],
    ]) {
      const { out } = await scoped(...scopes);
      expect(JSON.parse(out).scopes).toBe('DIRECTORY_READ EVENTS_READ');
    }
    expect(await scoped('DIRECTORY_READ,ALL')).toMatchObject({ code: 2, err: expect.stringContaining('ADMIN') });
    expect(await run('keys', 'revoke', 'x', '--url', 'http://127.0.0.1:1')).toMatchObject({ code: 3 });
    expect(await run('keys', 'revoke', 'x', '--key', 'rc_key_wrong')).toMatchObject({ code: 4 });
    expect(await run('events', 'tail', '--url', 'http://127.0.0.1:1')).toMatchObject({ code: 3 });
    expect(await run('events', 'tail', '--key', 'rc_key_wrong')).toMatchObject({ code: 4 });
  });

  test('keys list prints the last use without milliseconds', async () => {
    const { out } = await run('keys', 'list');
    expect(out).toMatch(/last used (never|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) {2}expires never/);
    expect(out).toMatch(/last used \d{4}/);
    expect(out).not.toMatch(/\.\d{3}Z/);
  });

  test('events tail prints on standard error when the connection is lost and restored', async () => {
    const proxy = await TcpProxy.to(world.url);
    const url = new URL(proxy.url).origin;
    const running = run(
      'events',
      'tail',
      '--url',
      url,
      '--organization',
      tenant.organizationId,
      '--limit',
      '2',
      '--json',
    );
    await eventually(() => proxy.accepted >= 2);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await tenant.scim('POST', '/Users', oktaUser('before-cut@x.test'));
    proxy.cut();
    await tenant.scim('POST', '/Users', oktaUser('after-cut@x.test'));
    const { out, err, code } = await running;
    proxy.close();
    expect(code).toBe(0);
    expect(out.trim().split('\n')).toHaveLength(2);
    expect(err).toMatch(/lost[\s\S]*restored/);
  });

  test('events tail prints events after a cursor, then new events', async () => {
    const { eventCursor } = await tenant.gql('{ eventCursor }');
    await tenant.scim('POST', '/Users', oktaUser('tailed@x.test'));
    const running = run(
      'events',
      'tail',
      '--organization',
      tenant.organizationId,
      '--after',
      eventCursor,
      '--limit',
      '2',
      '--json',
    );
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await tenant.scim('POST', '/Users', oktaUser('tailed-live@x.test'));
    const { out, code } = await running;
    expect(code).toBe(0);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).type),
    ).toEqual(['USER_PROVISIONED', 'USER_PROVISIONED']);
  });

  test('the help contains examples, and the shell completes commands', async () => {
    for (const name of ['import', 'export', 'doctor', 'scim-simulate'])
      expect((await run(name, '--help')).out).toContain('Example');
    for (const [group, name] of [
      ['events', 'tail'],
      ['connections', 'create'],
      ['keys', 'create'],
    ])
      expect((await run(group as string, name as string, '--help')).out).toContain('Example');
    expect((await run('complete', 'bash')).out).toContain('rollcall');
    expect((await run('complete', '--', 'connections', '')).out).toContain('rotate-token');
  });
});

test.each([
  [
    'a file that does not exist',
    'nofile.csv',
    /^The file "nofile.csv" cannot be read: the file does not exist\. Nothing was imported/,
  ],
  ['a directory', '.', /^The file "\." cannot be read: the path is a directory/],
])('import refuses %s', async (_what, path, text) => {
  const { code, err } = await run('import', path, '--organization', tenant.organizationId);
  expect([code, err]).toEqual([1, expect.stringMatching(text)]);
});

test('an unknown command is refused with the list of commands', async () => {
  const { code, err } = await run('nonsense');
  expect([code, err]).toEqual([
    2,
    expect.stringMatching(/^error: unknown command "nonsense"\. Commands: .*doctor, .*import, .*start, /),
  ]);
  expect((await run('help')).code).toBe(0);
});
