import { lookup as resolve } from 'node:dns';
import { BlockList, isIP } from 'node:net';
import { Agent, fetch } from 'undici';

// IANA special-purpose registries: what is not public unicast. Anything that is not IPv4 and not 2000::/3 is refused too.
const special = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  special.addSubnet(network, prefix, 'ipv4');
}
const global6 = new BlockList();
global6.addSubnet('2000::', 3, 'ipv6');
// 6to4 and Teredo carry an IPv4 address inside, 2001:db8::/32 is documentation.
for (const [network, prefix] of [
  ['2001::', 32],
  ['2001:db8::', 32],
  ['2002::', 16],
] as const) {
  special.addSubnet(network, prefix, 'ipv6');
}

/** Whether packets to the address leave for the public internet. */
export function isPublic(address: string): boolean {
  if (isIP(address) === 4) return !special.check(address, 'ipv4');
  return isIP(address) === 6 && global6.check(address, 'ipv6') && !special.check(address, 'ipv6');
}

const maximumBytes = 1_000_000;
const timeoutMs = 10_000;

/** Fetches JSON of a public server. Built once; it connects to the very address that it has checked. */
export type FetchJson = (url: string) => Promise<unknown>;

/**
 * The one client for what tenants make the server fetch. No redirects, 10 s, 1 MB, and no private address unless the
 * operator allows them.
 */
export function outbound({ allowPrivate }: { allowPrivate: boolean }): FetchJson {
  const agent = new Agent({
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
  return async (url) => {
    const { hostname } = new URL(url);
    const literal = hostname.replace(/^\[|\]$/g, '');
    // Literal addresses never reach `lookup`.
    if (!allowPrivate && isIP(literal) !== 0 && !isPublic(literal)) throw new Error('refused');
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await fetch(url, {
      dispatcher: agent,
      redirect: 'error',
      signal,
      headers: { accept: 'application/json' },
    });
    if (!answer.ok || !answer.body) throw new Error(`status ${answer.status}`);
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of answer.body) {
      size += chunk.length;
      if (size > maximumBytes) throw new Error('too large');
      chunks.push(chunk);
    }
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  };
}
