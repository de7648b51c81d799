import { spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { Browser } from '../support/browser.js';
import { type Anything, eventually, World } from '../support/world.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const readme = readFileSync(`${root}README.md`, 'utf8');
const section = readme.slice(readme.indexOf('## Add sign-in to your app'), readme.indexOf('## What it does'));

test('README, "Add sign-in to your app in five minutes", works as written', async () => {
  const world = await World.shared();
  const { createOrganization } = await world.gql(
    'mutation { createOrganization(input: { name: "Acme" }) { organization { id } } }',
  );
  const organizationId: string = createOrganization.organization.id;
  // The bodies of its curl commands, as the shell would send them.
  const bodies = [...section.matchAll(/-d (?:"(.*)"|'(.*)')$/gm)].map(([, double, single]) =>
    double === undefined ? (single ?? '') : double.replace(/\\(["\\])/g, '$1').replace('$ORG', organizationId),
  );
  const answers: Anything[] = [];
  for (const body of bodies) answers.push(await world.gql(JSON.parse(body).query));
  const { application, secret: clientSecret } = answers[1].createApplication;

  const file = `${root}app.readme-test.mjs`;
  writeFileSync(file, /```js\n([\s\S]*?)```/.exec(section)?.[1] ?? '');
  const env = {
    ...process.env,
    URL: world.url,
    ORG: organizationId,
    CLIENT_ID: application.id,
    CLIENT_SECRET: clientSecret,
    PORT: '0',
  };
  // Its port can be in use: the application listens on a free one, and the browser maps the registered address to it.
  const source = readFileSync(file, 'utf8').replace(
    '.listen(Number(PORT))',
    '.listen(0, function () { console.log(this.address().port); })',
  );
  writeFileSync(file, source);
  const child = spawn(process.execPath, [file], { env });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  try {
    await eventually(() => /\d+/.test(output));
    const base = `http://127.0.0.1:${output.trim()}`;
    const browser = new Browser();
    browser.stopAt = (url) => url.host === 'localhost:3000';
    const form = await browser.open(base);
    expect(form.words).toContain('Test identity provider');
    const back = await form.submit({ email: 'somebody@acme.test' });
    expect(back.url.host).toBe('localhost:3000');
    const page = await (await fetch(`${base}${back.url.pathname}${back.url.search}`)).text();
    expect(page).toContain('Hello somebody@acme.test');
    expect(page).toContain(organizationId);
  } finally {
    child.kill();
    rmSync(file, { force: true });
    await world.close();
  }
});

test('docs/sign-in.md lists exactly the fields that signed-in users cannot read', async () => {
  const { privateFields } = await import('../../src/adapters/graphql/lists/private-fields.js');
  const table = readFileSync(`${root}docs/sign-in.md`, 'utf8');
  for (const [type, { fields }] of Object.entries(privateFields)) {
    const row = new RegExp(`^\\| \`${type}\` \\| ([^;]*);`, 'm').exec(table)?.[1] ?? '';
    expect([...row.matchAll(/`(\w+)`/g)].map(([, name]) => name).sort()).toEqual([...fields].sort());
  }
});
