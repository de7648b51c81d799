import * as client from 'openid-client';
import { Browser, type Page } from './browser.js';
import type { Anything, World } from './world.js';

/** API scopes of test applications. Default: all, so that the tokens of their users can call the API. */
const apiScopes = ['directory.read', 'directory.manage', 'events.read'];
const redirectUri = 'https://app.example/callback';

/** An application with a certified OpenID Connect client, and the browser of its user. */
export class App {
  constructor(
    readonly world: World,
    readonly id: string,
    readonly secret: string | null,
    readonly configuration: client.Configuration,
    /** The scopes of the API that it requests. */
    readonly scopes: readonly string[] = [],
  ) {}

  static async register(world: World, input: Record<string, unknown> = {}): Promise<App> {
    const { createApplication } = await world.gql(
      'mutation($input: CreateApplicationInput!) { createApplication(input: $input) { application { id } clientSecret } }',
      { input: { name: 'App', redirectUris: [redirectUri], apiScopes, ...input } },
    );
    const { application, clientSecret } = createApplication;
    const configuration = await client.discovery(
      new URL(`${world.url}/oauth`),
      application.id,
      clientSecret ?? undefined,
      clientSecret ? client.ClientSecretBasic(clientSecret) : client.None(),
      { execute: [client.allowInsecureRequests] },
    );
    return new App(world, application.id, clientSecret, configuration, (input.apiScopes as string[]) ?? apiScopes);
  }

  /** Returns a new authorization request, with the values that its response is checked against. */
  async authorization(params: Record<string, string> = {}) {
    const verifier = client.randomPKCECodeVerifier();
    const state = client.randomState();
    const nonce = client.randomNonce();
    const url = client.buildAuthorizationUrl(this.configuration, {
      redirect_uri: redirectUri,
      scope: ['openid', 'email', 'profile', ...this.scopes].join(' '),
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
      ...params,
    });
    return { url, checks: { verifier, state, nonce } };
  }

  /** Opens the authorization request in a browser, which stops at the redirect URI of the application. */
  async begin(params: Record<string, string> = {}, browser = new Browser()): Promise<Visit> {
    browser.stopAt ??= (url) => url.hostname.endsWith('app.example');
    const { url, checks } = await this.authorization(params);
    return new Visit(this, await browser.open(url.href), checks);
  }

  /** Runs a complete sign-in with the test IdP. */
  async signIn(params: Record<string, string>, person: Record<string, string | null>, browser = new Browser()) {
    const visit = await this.begin(params, browser);
    return (await visit.be(person)).tokens();
  }

  refresh(refreshToken: string) {
    return client.refreshTokenGrant(this.configuration, refreshToken);
  }

  introspect(token: string): Promise<Anything> {
    return client.tokenIntrospection(this.configuration, token);
  }
}

/** One visit of a browser, between the authorization request and the token. */
export class Visit {
  constructor(
    readonly app: App,
    readonly page: Page,
    readonly checks: { verifier: string; state: string; nonce: string },
  ) {}

  /** True if the browser is at the redirect URI of the application. */
  get isBack(): boolean {
    return this.page.url.hostname === 'app.example';
  }

  at(page: Page): Visit {
    return new Visit(this.app, page, this.checks);
  }

  /** Enters a user on the page of the test IdP, and continues until a page is shown or the application is reached. */
  async be(person: Record<string, string | null>): Promise<Visit> {
    let page = await this.page.submit(person);
    while (page.form.fields.SAMLResponse) page = await page.submit();
    return this.at(page);
  }

  /** Redeems the code. @throws the error of the client library if the response is invalid */
  async tokens() {
    if (!this.isBack) throw new Error(`The browser is at ${this.page.url}: ${this.page.words}`);
    const tokens = await client.authorizationCodeGrant(this.app.configuration, this.page.url, {
      pkceCodeVerifier: this.checks.verifier,
      expectedState: this.checks.state,
      expectedNonce: this.checks.nonce,
      idTokenExpected: true,
    });
    return { ...tokens, claims: tokens.claims() as Anything };
  }
}
