/** A response of the server under test. */
export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what another server answers has no type that could be trusted.
  body: any;
  headers: Headers;
}

/** The statistics of one kind of request. */
interface Tally {
  count: number;
  ms: number[];
}

export interface Unexpected {
  request: string;
  status: number;
  answer: string;
}

/** Sends SCIM requests to a server and records statistics of the responses. */
export class Http {
  readonly tallies = new Map<string, Tally>();
  readonly unexpected: Unexpected[] = [];

  constructor(
    readonly base: string,
    readonly token: string,
    readonly headers: Record<string, string> = {},
  ) {}

  /** Sends one request. A status that is not in `fine` is reported as unexpected in the summary. */
  async send(method: string, path: string, body?: unknown, fine: readonly number[] = [200, 201, 204]): Promise<Answer> {
    const started = performance.now();
    const answer = await fetch(`${this.base.replace(/\/+$/, '')}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        accept: 'application/scim+json',
        'content-type': 'application/scim+json; charset=utf-8',
        ...this.headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    this.#count(`${method} ${kindOf(path)} ${answer.status}`, performance.now() - started);
    if (!fine.includes(answer.status)) {
      this.unexpected.push({ request: `${method} ${path}`, status: answer.status, answer: text.slice(0, 300) });
    }
    return { status: answer.status, headers: answer.headers, body: parsed(text) };
  }

  /** Returns the first resource that a lookup finds; null if it finds none. */
  async find(path: string): Promise<{ id: string } | null> {
    const { body } = await this.send('GET', path);
    return body?.Resources?.[0] ?? null;
  }

  #count(kind: string, ms: number): void {
    const tally = this.tallies.get(kind) ?? { count: 0, ms: [] };
    tally.count++;
    tally.ms.push(ms);
    this.tallies.set(kind, tally);
  }
}

function parsed(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

const kindOf = (path: string) => path.replace(/\?.*/, '?').replace(/^\/(Users|Groups)\/[^/?]+/, '/$1/{id}');

/** Returns a filter as a query string. */
export const filtered = (resource: string, filter: string, more = ''): string =>
  `/${resource}?filter=${encodeURIComponent(filter)}${more}`;
