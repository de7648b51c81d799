import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { colorStyle, contrast } from '../../../src/adapters/web/page-style.js';
import { App } from '../../support/application.js';
import { pngOf } from '../../support/sign-in-pages.js';
import { Realm } from '../../support/sign-ins.js';
import { type Anything, World } from '../../support/world.js';

let world: World;
beforeAll(async () => {
  world = await World.shared();
});
afterAll(() => world.close());

const png = pngOf(8, 8, [10, 20, 30]);
// RFC 9649 section 2.6: VP8L, 1 by 1.
const webp = Buffer.from('524946461a000000574542505650384c0d0000002f00000010071011118888fe0700', 'hex');
const fields = 'color supportContact logoUrl';

const change = (app: App, look: object): Promise<Anything> =>
  world.request(
    `mutation($i: UpdateApplicationInput!) { updateApplication(input: $i) { application { ${fields} } } }`,
    { i: { id: app.id, ...look } },
  );

describe('the look of an application', () => {
  test.each([
    ['image/png', png],
    ['image/webp', webp],
  ])('a logo is served as %s only, at a URL that changes with the logo', async (type, bytes) => {
    const app = await App.register(world, { logo: bytes.toString('base64') });
    const { data } = await change(app, {});
    const { logoUrl } = data.updateApplication.application;
    const answer = await fetch(logoUrl);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(bytes);
    expect(answer.headers.get('content-type')).toBe(type);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(answer.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
    const other = await change(app, { logo: pngOf(9, 9, [1, 2, 3]).toString('base64') });
    expect(other.data.updateApplication.application.logoUrl).not.toBe(logoUrl);
    const gone = await change(app, { logo: null });
    expect(gone.data.updateApplication.application.logoUrl).toBeNull();
    expect((await fetch(other.data.updateApplication.application.logoUrl)).status).toBe(404);
  });

  test('omitted fields stay, null removes, and a color is stored in lower case', async () => {
    const app = await App.register(world, { color: '#ABCDEF', supportContact: 'help@acme.example' });
    const kept = await change(app, { name: 'Renamed' });
    expect(kept.data.updateApplication.application).toMatchObject({
      color: '#abcdef',
      supportContact: 'help@acme.example',
    });
    const gone = await change(app, { color: null, supportContact: null });
    expect(gone.data.updateApplication.application).toEqual({ color: null, supportContact: null, logoUrl: null });
  });

  const wide = Buffer.from(png);
  wide.writeUInt32BE(2_049, 16);
  test.each([
    ['a GIF', { logo: Buffer.from('GIF89a0000000000000000000000000000000000').toString('base64') }, 'PNG or WebP'],
    ['an SVG', { logo: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>').toString('base64') }, 'PNG or WebP'],
    ['the start of a PNG', { logo: png.subarray(0, 20).toString('base64') }, 'PNG or WebP'],
    ['nothing', { logo: '' }, 'PNG or WebP'],
    ['no base64', { logo: '%%%' }, 'base64'],
    ['more than 64 KiB', { logo: Buffer.concat([png, Buffer.alloc(65_536)]).toString('base64') }, '65,536 bytes'],
    ['too many pixels', { logo: wide.toString('base64') }, '2,048 pixels'],
    ['a word', { color: 'red' }, 'six hexadecimal digits'],
    ['a style', { color: '#1a56db;}' }, 'six hexadecimal digits'],
    ['an empty color', { color: '' }, 'six hexadecimal digits'],
    ['a script', { supportContact: 'javascript:alert(1)' }, 'an https URL'],
    ['plain http', { supportContact: 'http://help.example/' }, 'an https URL'],
    ['credentials', { supportContact: 'https://a:b@help.example/' }, 'an https URL'],
    ['headers of a mail', { supportContact: 'a@b.example?bcc=c@d.example' }, 'an https URL'],
    ['two addresses', { supportContact: 'a@b.example,c@d.example' }, 'an https URL'],
  ])('%s is refused, and the message contains the requirement', async (_name, look, message) => {
    const app = await App.register(world);
    const { errors } = await change(app, look);
    expect(errors[0].extensions.code).toBe('BAD_INPUT');
    expect(errors[0].message).toContain(message);
  });

  test.each(['/sso/logos/abc', `/sso/logos/${'0'.repeat(64)}`, '/sso/colors/red.css', '/sso/colors/1a56db.css.css'])(
    '%s is 404',
    async (path) => {
      expect((await fetch(`${world.url}${path}`)).status).toBe(404);
    },
  );
});

describe('pages', () => {
  test('show name, logo and contact of the application, or else of the organization; the color of the organization takes precedence', async () => {
    const app = await App.register(world, {
      name: 'Acme & Sons',
      color: '#112233',
      supportContact: 'help+acme@acme.example',
      logo: png.toString('base64'),
    });
    const realm = await Realm.make(world, app, 'oidc', { jit: { mode: 'DISABLED' } });
    const asked = await app.begin();
    expect(asked.page.text).toContain('/sso/colors/112233.css');
    expect(asked.page.text).toContain('href="mailto:help%2Bacme@acme.example"');
    expect(asked.page.text).toContain('<p class="name">Acme &amp; Sons</p>');
    const { updateOrganization } = await realm.tenant.gql(
      `mutation($i: UpdateOrganizationInput!) { updateOrganization(input: $i) { organization { ${fields} } } }`,
      {
        i: {
          id: realm.tenant.organizationId,
          name: 'Globex',
          color: '#445566',
          supportContact: 'https://help.globex.example/desk',
          logo: webp.toString('base64'),
        },
      },
    );
    const { page } = await realm.visit(realm.person('T2'));
    expect(page.status).toBe(403);
    expect(page.text).toContain('/sso/colors/445566.css');
    expect(page.text).not.toContain('112233');
    expect(page.text).toContain(new URL(updateOrganization.organization.logoUrl).pathname);
    expect(page.words).toMatch(
      /Acme & Sons Globex .* Support of Globex: help.globex.example\/desk Support of Acme & Sons/,
    );
    const css = await fetch(`${world.url}/sso/colors/445566.css`);
    expect(css.headers.get('content-type')).toBe('text/css; charset=utf-8');
    expect(await css.text()).toContain('--accent: #445566; --on-accent: #ffffff;');
  });

  test('the event of an organization contains its look', async () => {
    const tenant = await world.tenant();
    const change = 'mutation($i: UpdateOrganizationInput!) { updateOrganization(input: $i) { organization { id } } }';
    await tenant.gql(change, { i: { id: tenant.organizationId, color: '#445566', logo: png.toString('base64') } });
    await tenant.gql(change, { i: { id: tenant.organizationId, logo: png.toString('base64') } });
    const events = (await tenant.events()).filter(({ type }) => type === 'ORGANIZATION_UPDATED');
    expect(events).toHaveLength(1);
    expect(events[0].data).toMatchObject({ color: '#445566', supportContact: null });
    expect(events[0].data.logoHash).toMatch(/^[\da-f]{64}$/);
  });
});

test('the text of a button has a contrast of 4.5, and a button one of 3 or an edge, whatever the color', () => {
  const steps = ['00', '33', '5e', '77', '99', 'bb', 'ff'];
  for (const red of steps)
    for (const green of steps)
      for (const blue of steps) {
        const color = `#${red}${green}${blue}`;
        const [light = '', dark = ''] = colorStyle(color).split('\n');
        const onAccent = /--on-accent: (#[\da-f]{6})/.exec(light)?.[1] ?? '';
        expect([color, contrast(color, onAccent) >= 4.5]).toEqual([color, true]);
        expect([color, light.includes('--edge: transparent')]).toEqual([color, contrast(color, '#ffffff') >= 3]);
        expect([color, dark.includes('--edge: transparent')]).toEqual([color, contrast(color, '#1a1d23') >= 3]);
      }
});
