import { deflateSync } from 'node:zlib';
import type { BrowserContext, Page } from 'playwright-core';
import { App } from './application.js';
import { Realm } from './sign-ins.js';
import type { World } from './world.js';

/** A PNG of one color with a light middle: a logo without a file. */
export function pngOf(width: number, height: number, [red, green, blue]: [number, number, number]): Buffer {
  const line = (y: number) => {
    const pixels = Array.from({ length: width }, (_, x) => {
      const isMiddle = Math.hypot(x - width / 2, y - height / 2) < Math.min(width, height) / 4;
      return isMiddle ? [255, 255, 255] : [red, green, blue];
    });
    return Buffer.from([0, ...pixels.flat()]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const lines = Buffer.concat(Array.from({ length: height }, (_, y) => line(y)));
  const chunks = [chunk('IHDR', header), chunk('IDAT', deflateSync(lines)), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), ...chunks]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** Returns the CRC of ISO 3309, as PNG section 5.5 requires. */
function crc(bytes: Buffer): number {
  let value = 0xffffffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  }
  return (value ^ 0xffffffff) >>> 0;
}

/** An application and organizations with a look, and the steps to each page of a sign-in. */
export class SignInPages {
  #invited = 0;

  constructor(
    readonly world: World,
    readonly app: App,
    readonly oidc: Realm,
    readonly refusing: Realm,
    readonly saml: Realm,
  ) {}

  static async make(world: World): Promise<SignInPages> {
    const logo = pngOf(96, 96, [26, 86, 219]).toString('base64');
    const look = { logo, color: '#0b7285', supportContact: 'help@acme.example' };
    const app = await App.register(world, { name: 'Acme Projects', ...look });
    const oidc = await Realm.make(world, app, 'oidc', { name: 'Employees' });
    await oidc.second({ name: 'Contractors and partners' });
    const refusing = await Realm.make(world, app, 'oidc', { jit: { mode: 'DISABLED' } });
    const saml = await Realm.make(world, app, 'saml', { trust: 'T1', saml: { ssoBinding: 'POST' } });
    for (const realm of [oidc, refusing, saml]) {
      await world.gql(
        'mutation($i: UpdateOrganizationInput!) { updateOrganization(input: $i) { organization { id } } }',
        {
          i: {
            id: realm.tenant.organizationId,
            name: 'Globex Corporation',
            logo: pngOf(64, 32, [200, 60, 20]).toString('base64'),
            supportContact: 'https://help.globex.example/it-service-desk',
          },
        },
      );
    }
    return new SignInPages(world, app, oidc, refusing, saml);
  }

  /** Returns the URL of an authorization request. */
  async request(params: Record<string, string> = {}): Promise<string> {
    return (await this.app.authorization(params)).url.href;
  }

  async #at(realm: Realm, page: Page): Promise<Page> {
    await page.goto(await this.request({ connection_id: realm.tenant.connectionId }));
    return page;
  }

  /** Signs in and waits until the application is reached. */
  async #signedIn(page: Page): Promise<void> {
    await this.signIn(page);
    await page.waitForURL('https://app.example/**');
  }

  /** Signs in the user of a realm at the test IdP. */
  async signIn(page: Page, realm = this.oidc, params: Record<string, string> = {}): Promise<Page> {
    await page.goto(await this.request({ connection_id: realm.tenant.connectionId, ...params }));
    await page.fill('[name=email]', realm.email);
    await page.check('[name=email_verified]');
    await page.locator('main form button').first().click();
    return page;
  }

  /** Steps to each page. The context has no scripts, so pages that post themselves stay open. */
  readonly ways: Record<string, (page: Page, context: BrowserContext) => Promise<unknown>> = {
    ask: async (page) => page.goto(await this.request()),
    'ask-unknown': async (page) => {
      await page.goto(await this.request());
      await page.fill('[name=email]', 'somebody.with.a.long.name@a-domain-that-nobody-here-knows.example');
      await page.click('button');
    },
    'choose-connection': async (page) =>
      page.goto(await this.request({ organization_id: this.oidc.tenant.organizationId })),
    'choose-organization': async (page) => {
      await this.#signedIn(page);
      await page.goto(await this.request({ prompt: 'select_account' }));
    },
    refused: async (page) => this.signIn(page, this.refusing),
    'other-browser': async (page, context) => {
      await page.goto(await this.request());
      const address = page.url();
      await context.clearCookies();
      await page.goto(address);
    },
    'test-idp': async (page) => this.#at(this.oidc, page),
    'to-saml': async (page) => this.#at(this.saml, page),
    'form-post': async (page) => this.signIn(page, this.oidc, { response_mode: 'form_post' }),
    'sign-out': async (page) => {
      await this.#signedIn(page);
      await page.goto(`${this.world.url}/oauth/session/end?client_id=${this.app.id}`);
    },
    'signed-out': async (page) => {
      await this.ways['sign-out']?.(page, page.context());
      await page.click('button');
    },
    'sign-out-alone': async (page) => page.goto(`${this.world.url}/oauth/session/end?client_id=${this.app.id}`),
    error: async (page) => page.goto(await this.request({ redirect_uri: 'https://elsewhere.example/' })),
    'error-alone': async (page) => page.goto(`${this.world.url}/oauth/auth?client_id=nobody`),
    'not-in-use': async (page) => page.goto(`${this.world.url}/sso/oidc/conn_x/callback`),
    'test-sign-in': async (page) => {
      const { startTestSignIn } = await this.oidc.tenant.gql(
        'mutation($id: ID!) { startTestSignIn(connectionId: $id) { url } }',
        { id: this.oidc.tenant.connectionId },
      );
      await page.goto(startTestSignIn.url);
      await page.fill('[name=email]', this.oidc.email);
      await page.locator('main form button').first().click();
    },
    invitation: async (page) => {
      const email = `invited${++this.#invited}@${this.refusing.domain}`;
      await this.refusing.tenant.gql('mutation($i: InviteUserInput!) { inviteUser(input: $i) { user { id } } }', {
        i: { organizationId: this.refusing.tenant.organizationId, email },
      });
      await page.goto(await this.request({ connection_id: this.refusing.tenant.connectionId }));
      await page.fill('[name=email]', email);
      await page.uncheck('[name=email_verified]');
      await page.locator('main form button').first().click();
    },
    setup: async (page) => {
      const { createSetupLink } = await this.oidc.tenant.gql(
        'mutation($c: ID!) { createSetupLink(connectionId: $c) { url } }',
        { c: this.oidc.tenant.connectionId },
      );
      await page.goto(createSetupLink.url);
    },
  };
}
