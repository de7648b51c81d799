import { lookup as resolve } from 'node:dns';
import { isIP } from 'node:net';
import { request, fetch as undiciFetch } from 'undici';
import { BadInput } from '../kernel/errors.js';
import { FetchFailed, Refused, TooLarge } from './fault.js';
import { hostOf, isPrivateName } from './hosts.js';
import { privateHosts } from './private-hosts.js';
import { isPublic, within } from './public-addresses.js';
import { type Lookup, type OutboundProxy, type Route, routeOf } from './route.js';

export type { Lookup } from './route.js';

const maximumBytes = 1_000_000;
const timeoutMs = 10_000;
/** Limits for the response to a post: bytes read, and bytes stored in the delivery log. */
const readBytes = 65_536;
const keptBytes = 1_024;

/** Response to a post, with the parts that delivery uses. */
export interface Answer {
  status: number;
  retryAfter: string | null;
  /** First kilobyte of the body. */
  start: string;
}

/**
 * HTTP client for URLs that tenants configure. Created once. It connects to exactly the address that it has checked.
 */
export interface Outbound {
  /**
   * Fetch function for libraries that send their own requests. The rules of `text` for addresses, size and time apply,
   * the rules of `checkUrl` for the scheme and the port do not.
   */
  fetch: typeof fetch;
  /** Returns the body of a GET as text. @throws FetchFailed for any status other than 200 */
  text(url: string, accept?: string): Promise<string>;
  /** Returns the body of a GET as parsed JSON. @throws FetchFailed */
  json(url: string): Promise<unknown>;
  /**
   * Posts to a URL that `checkUrl` accepts. Follows no redirects, decompresses nothing, and stops reading at a limit.
   * @throws if the host sends no response
   */
  post(url: string, message: { headers: Record<string, string>; body: string }): Promise<Answer>;
  /** Checks that a URL can be posted to, before it is resolved. @throws BadInput */
  checkUrl(url: string): void;
  /**
   * Returns the failure for an unexpected response. For a host in a private network it withholds the cause, like all
   * failures of that host; null for other hosts.
   */
  withheld(url: string, error: unknown): FetchFailed | null;
}

/** Exceptions from the rule that only public addresses are allowed. */
export interface Allowed {
  allowPrivate: boolean;
  /** Networks in CIDR notation. */
  networks?: readonly string[];
  /** Resolves a name to all its addresses. Tests replace it, because DNS is an external system. */
  lookup?: Lookup;
  /** Proxy for all requests; null for none. */
  proxy?: OutboundProxy | null;
  /** Receives each failure whose cause is withheld from callers, for the operator's log. */
  onWithheld?: (failed: FetchFailed) => void;
}

const systemLookup: Lookup = (host, done) => resolve(host, { all: true }, done);

/**
 * Returns the HTTP client for URLs that tenants configure: no redirects, at most 10 s and 1 MB, and no private address
 * unless the operator allows it.
 */
export function outbound(allowed: Allowed): Outbound {
  const { allowPrivate, networks = [], lookup = systemLookup, proxy = null, onWithheld = () => {} } = allowed;
  const isInside = within(networks);
  const mayReach = (address: string) => allowPrivate || isPublic(address) || isInside(address);
  const isOpen = allowPrivate || networks.length > 0;
  const inside = privateHosts(lookup, allowPrivate);
  const route = routeOf(proxy, { mayReach, lookup: inside.lookup, allowPrivate, isOpen });
  const failed = (url: URL, error: unknown, status: number | null = null) => {
    const isPrivate = inside.has(url);
    const failure = new FetchFailed(url, error, { isPrivate, isOpen: networks.length > 0 && !allowPrivate, status });
    if (failure.isWithheld) onWithheld(failure);
    return failure;
  };
  const fetchOnce = async (url: URL, options: RequestInit): Promise<Response> => {
    if (url.username || url.password || !/^https?:$/.test(url.protocol)) throw new Refused();
    const { signal } = options;
    const ends = AbortSignal.timeout(timeoutMs);
    const answer = await undiciFetch(url, {
      ...(options as object),
      dispatcher: await route(url),
      redirect: 'manual',
      signal: signal ? AbortSignal.any([signal, ends]) : ends,
    });
    const body = await readBody(answer.body);
    const { status, statusText } = answer;
    const hasBody = status !== 204 && status !== 304;
    return new Response(hasBody ? new Uint8Array(body) : null, {
      status,
      statusText,
      headers: [...answer.headers],
    });
  };
  const send = async (input: string | URL | Request, options: RequestInit = {}): Promise<Response> => {
    const url = new URL(input instanceof Request ? input.url : input);
    return fetchOnce(url, options).catch((error: unknown) => {
      throw failed(url, error);
    });
  };
  const text = async (url: string, accept = '*/*') => {
    const answer = await send(url, { headers: { accept } });
    if (answer.status !== 200) throw failed(new URL(url), new Error(`status ${answer.status}`), answer.status);
    return answer.text();
  };
  return {
    fetch: send as typeof fetch,
    text,
    json: async (url) => {
      const body = await text(url, 'application/json');
      try {
        return JSON.parse(body);
      } catch (error) {
        throw failed(new URL(url), error);
      }
    },
    post: async (url, message) => {
      checkPostUrl(url, isOpen, mayReach);
      return postOnce(route, url, message);
    },
    checkUrl: (url) => checkPostUrl(url, isOpen, mayReach),
    withheld: (url, error) => (inside.has(new URL(url)) ? failed(new URL(url), error) : null),
  };
}

function checkPostUrl(text: string, isOpen: boolean, mayReach: (address: string) => boolean): void {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isWeb = url !== null && (url.protocol === 'https:' || (isOpen && url.protocol === 'http:'));
  if (!isWeb || text.length > 2_000 || url.username || url.password || url.hash) {
    throw new BadInput('"url" must be a complete https URL without user name, password or fragment.');
  }
  const host = hostOf(url);
  const isName = isIP(host) === 0;
  if (!isOpen && !['', '443', '8443'].includes(url.port)) throw new BadInput('"url" must use port 443 or 8443.');
  const isInner = isName ? !isOpen && isPrivateName(host) : !mayReach(host);
  if (isInner) {
    throw new BadInput(
      '"url" must have a host on the public internet. The operator can allow other networks with OUTBOUND_ALLOW.',
    );
  }
}

async function postOnce(
  route: Route,
  url: string,
  { headers, body }: { headers: Record<string, string>; body: string },
): Promise<Answer> {
  const signal = AbortSignal.timeout(timeoutMs);
  const dispatcher = await route(new URL(url));
  const answer = await request(url, { method: 'POST', headers, body, dispatcher, signal });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer.body) {
    if (size < keptBytes) chunks.push(chunk as Buffer);
    size += chunk.length;
    if (size > readBytes) break;
  }
  answer.body.destroy();
  const after = answer.headers['retry-after'];
  return {
    status: answer.statusCode,
    retryAfter: typeof after === 'string' ? after : null,
    start: Buffer.concat(chunks).subarray(0, keptBytes).toString().replaceAll('\0', '\uFFFD'),
  };
}

async function readBody(body: AsyncIterable<Uint8Array> | null): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > maximumBytes) throw new TooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
