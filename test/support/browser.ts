/** Simulates a browser: stores cookies by site and path, follows redirects, submits forms. */
export class Browser {
  readonly #cookies: { name: string; value: string; path: string; host: string; sameSite: string }[] = [];
  /** Visited URLs, in order. */
  readonly visited: string[] = [];
  /** Returns true for URLs that are not loaded, such as those of the application. */
  stopAt: ((url: URL) => boolean) | null = null;

  /** Opens a page and follows redirects until a page is shown or `stopAt` returns true. */
  async open(url: string, init: RequestInit = {}, from: string | null = null): Promise<Page> {
    let target = new URL(url);
    let request = init;
    let site = from;
    for (let hops = 0; hops < 30; hops++) {
      this.visited.push(target.href);
      if (this.stopAt?.(target)) return new Page(this, target, 0, '', new Headers());
      const headers = new Headers(request.headers);
      const isTopGet = (request.method ?? 'GET') === 'GET';
      const cookies = this.#cookiesFor(target, isTopGet || site === null || site === target.host);
      if (cookies) headers.set('cookie', cookies);
      const answer = await fetch(target, { ...request, headers, redirect: 'manual' });
      for (const line of answer.headers.getSetCookie()) this.#keep(line, target);
      const location = answer.headers.get('location');
      if (answer.status < 300 || answer.status >= 400 || !location) {
        return new Page(this, target, answer.status, await answer.text(), answer.headers);
      }
      await answer.arrayBuffer();
      site = target.host;
      target = new URL(location, target);
      request = answer.status === 307 ? request : {};
    }
    throw new Error(`Too many redirects: ${this.visited.slice(-5).join(' -> ')}`);
  }

  /** Returns the value of a cookie, for tests that use it elsewhere. */
  cookie(name: string): string | undefined {
    return this.#cookies.find((one) => one.name.endsWith(name))?.value;
  }

  /** Deletes all cookies. */
  forget(): void {
    this.#cookies.length = 0;
  }

  #cookiesFor(url: URL, isAllowed: boolean): string {
    return this.#cookies
      .filter(({ host, path, sameSite }) => {
        return host === url.host && url.pathname.startsWith(path) && (isAllowed || sameSite === 'none');
      })
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }

  #keep(line: string, url: URL): void {
    const [pair = '', ...attributes] = line.split(/; */);
    const name = pair.slice(0, pair.indexOf('='));
    const value = pair.slice(pair.indexOf('=') + 1);
    const of = (wanted: string) => {
      const found = attributes.find((one) => one.toLowerCase().startsWith(`${wanted}=`));
      return found?.slice(wanted.length + 1);
    };
    const path = of('path') ?? '/';
    const index = this.#cookies.findIndex((one) => one.name === name && one.path === path && one.host === url.host);
    if (index >= 0) this.#cookies.splice(index, 1);
    const expires = of('expires');
    const isGone = (expires && new Date(expires) <= new Date()) || of('max-age') === '0' || value === '';
    if (!isGone)
      this.#cookies.push({ name, value, path, host: url.host, sameSite: (of('samesite') ?? 'lax').toLowerCase() });
  }
}

const decoded = (text: string) =>
  text.replace(
    /&(amp|lt|gt|quot|#39|apos);/g,
    (_, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", apos: "'" })[name] ?? '',
  );

/** A page that is shown. */
export class Page {
  constructor(
    readonly browser: Browser,
    readonly url: URL,
    readonly status: number,
    readonly text: string,
    readonly headers: Headers,
  ) {}

  /** The visible text. */
  get words(): string {
    return decoded(this.text.replace(/<style[\s\S]*?<\/style>|<[^>]+>/g, ' '))
      .replace(/\s+/g, ' ')
      .trim();
  }

  get form(): { action: string; method: string; fields: Record<string, string> } {
    const [, attributes = '', body = ''] = /<form([^>]*)>([\s\S]*?)<\/form>/.exec(this.text) ?? [];
    const attribute = (text: string, name: string) => decoded(new RegExp(`\\b${name}="([^"]*)"`).exec(text)?.[1] ?? '');
    const fields: Record<string, string> = {};
    for (const [, input = ''] of body.matchAll(/<input([^>]*)>/g)) {
      const isUnchecked = attribute(input, 'type') === 'checkbox' && !/\bchecked\b/.test(input);
      if (attribute(input, 'name') && !isUnchecked) fields[attribute(input, 'name')] = attribute(input, 'value');
    }
    return { action: attribute(attributes, 'action'), method: attribute(attributes, 'method') || 'get', fields };
  }

  /** Submits the form of the page with the entered values. A field with `null` is omitted. */
  async submit(entered: Record<string, string | null> = {}): Promise<Page> {
    const { action, method, fields } = this.form;
    const values = Object.entries({ ...fields, ...entered }).filter(([, value]) => value !== null) as [
      string,
      string,
    ][];
    const target = new URL(action || this.url.href, this.url);
    const body = new URLSearchParams(values);
    if (method.toLowerCase() === 'get') return this.browser.open(`${target.origin}${target.pathname}?${body}`);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return this.browser.open(target.href, { method: 'POST', headers, body: body.toString() }, this.url.host);
  }

  /** Follows the link with this text. */
  async follow(words: string): Promise<Page> {
    const links = [...this.text.matchAll(/<a [^>]*href="([^"]*)"[^>]*>([\s\S]*?)<\/a>/g)];
    const link = links.find(([, , inner]) => decoded(inner ?? '').includes(words));
    if (!link?.[1]) throw new Error(`No link "${words}" on the page: ${this.words}`);
    return this.browser.open(new URL(decoded(link[1]), this.url).href);
  }
}
