import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  ClientSecretBasic,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';

const redirectUri = 'http://localhost:3000/callback';

/** An application: an OpenID Connect client of Rollcall that uses a certified library and a minimal browser. */
export class Application {
  private constructor(readonly configuration: Configuration) {}

  static readonly redirectUri = redirectUri;

  static async meet(url: string, clientId: string, clientSecret: string): Promise<Application> {
    const options = { execute: [allowInsecureRequests] };
    const issuer = new URL(`${url}/oauth`);
    return new Application(await discovery(issuer, clientId, clientSecret, ClientSecretBasic(clientSecret), options));
  }

  /** Signs a user in at the test IdP. Returns the subject in the token, or the error on the page. */
  async signIn(connectionId: string, email: string): Promise<{ sub: string } | { refused: string }> {
    const [state, pkceCodeVerifier] = [randomState(), randomPKCECodeVerifier()];
    const start = buildAuthorizationUrl(this.configuration, {
      redirect_uri: redirectUri,
      scope: 'openid email profile',
      connection_id: connectionId,
      code_challenge: await calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      state,
    });
    const browser = new Browser();
    const form = await browser.open(start.href);
    const back = await browser.open(form.url, new URLSearchParams({ email, email_verified: 'yes', given_name: 'New' }));
    if (!back.url.startsWith(redirectUri))
      return { refused: /class="error"[^>]*>([^<]*)/.exec(back.text)?.[1] ?? back.text };
    const tokens = await authorizationCodeGrant(this.configuration, new URL(back.url), {
      pkceCodeVerifier,
      expectedState: state,
    });
    return { sub: tokens.claims()?.sub ?? '' };
  }
}

/** A minimal browser for pages without scripts: it supports cookies and redirects. */
export class Browser {
  readonly #cookies = new Map<string, { value: string; path: string }>();

  /** The cookies by name. */
  get cookies(): Record<string, string> {
    return Object.fromEntries([...this.#cookies].map(([name, { value }]) => [name.split(' ')[0], value]));
  }

  async open(url: string, body?: URLSearchParams): Promise<{ url: string; text: string }> {
    if (url.startsWith(redirectUri)) return { url, text: '' };
    const { pathname } = new URL(url);
    const cookie = [...this.#cookies].filter(([, { path }]) => pathname.startsWith(path));
    const answer = await fetch(url, {
      method: body ? 'POST' : 'GET',
      redirect: 'manual',
      headers: { cookie: cookie.map(([name, { value }]) => `${name.split(' ')[0]}=${value}`).join('; ') },
      ...(body && { body }),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      const path = /; ?path=([^;]*)/i.exec(line)?.[1] ?? '/';
      this.#cookies.set(`${name} ${path}`, { value, path });
    }
    const location = answer.headers.get('location');
    return location ? this.open(new URL(location, url).href) : { url, text: await answer.text() };
  }
}
