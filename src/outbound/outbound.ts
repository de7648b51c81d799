import { lookup as resolve } from 'node:dns';
import { isIP } from 'node:net';
import { Agent, fetch as undiciFetch } from 'undici';
import { isPublic } from './addresses.js';

const maximumBytes = 1_000_000;
const timeoutMs = 10_000;

/** Fetches what tenants name. Built once; it connects to the very address that it has checked. */
export interface Outbound {
  /** For libraries that bring their own requests; the same rules hold. */
  fetch: typeof fetch;
  /** The body of a GET, as text. @throws for anything but 200 */
  text(url: string, accept?: string): Promise<string>;
  /** The same, parsed. */
  json(url: string): Promise<unknown>;
}

/**
 * The one client for what tenants make the server fetch. No redirects, 10 s, 1 MB, and no private address unless the
 * operator allows them.
 */
export function outbound({ allowPrivate }: { allowPrivate: boolean }): Outbound {
  const agent = agentFor(allowPrivate);
  const send = async (input: string | URL | Request, options: RequestInit = {}): Promise<Response> => {
    const url = new URL(input instanceof Request ? input.url : input);
    const literal = url.hostname.replace(/^\[|\]$/g, '');
    // Literal addresses never reach `lookup`.
    if (!allowPrivate && isIP(literal) !== 0 && !isPublic(literal)) throw new Error('refused');
    if (url.username || url.password || !/^https?:$/.test(url.protocol)) throw new Error('refused');
    const { signal } = options;
    const ends = AbortSignal.timeout(timeoutMs);
    const answer = await undiciFetch(url, {
      ...(options as object),
      dispatcher: agent,
      redirect: 'manual',
      signal: signal ? AbortSignal.any([signal, ends]) : ends,
    });
    const body = await readBody(answer.body);
    const { status, statusText } = answer;
    const hasBody = status !== 204 && status !== 304;
    return new Response(hasBody ? new Uint8Array(body) : null, {
      status,
      statusText,
      headers: [...answer.headers] as never,
    });
  };
  const text = async (url: string, accept = '*/*') => {
    const answer = await send(url, { headers: { accept } });
    if (answer.status !== 200) throw new Error(`status ${answer.status}`);
    return answer.text();
  };
  return {
    fetch: send as typeof fetch,
    text,
    json: async (url) => JSON.parse(await text(url, 'application/json')),
  };
}

function agentFor(allowPrivate: boolean): Agent {
  return new Agent({
    connect: {
      timeout: 5_000,
      lookup: (host, options, done) => {
        resolve(host, { ...options, all: true }, (error, addresses) => {
          if (error) return done(error, []);
          const refused = !allowPrivate && addresses.some(({ address }) => !isPublic(address));
          done(refused ? new Error('refused') : null, addresses);
        });
      },
    },
  });
}

async function readBody(body: AsyncIterable<Uint8Array> | null): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > maximumBytes) throw new Error('too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
