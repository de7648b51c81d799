import { isIP } from 'node:net';
import { hostOf, isPrivateName } from './hosts.js';
import { isPublic } from './public-addresses.js';
import type { Lookup } from './route.js';

const capacity = 1_000;

/**
 * Returns a lookup that remembers the names that resolved to a private address, and a function that is true for the
 * URLs of such hosts. On a machine that serves only itself (`allowPrivate`) no host counts as private.
 */
export function privateHosts(lookup: Lookup, allowPrivate: boolean): { lookup: Lookup; has: (url: URL) => boolean } {
  const names = new Set<string>();
  const has = (url: URL) => {
    const host = hostOf(url);
    return !allowPrivate && (isIP(host) === 0 ? names.has(host) || isPrivateName(host) : !isPublic(host));
  };
  const remembering: Lookup = (host, done) =>
    lookup(host, (error, found) => {
      if (names.size >= capacity) names.clear();
      if (!error && found.some(({ address }) => !isPublic(address))) names.add(host);
      done(error, found);
    });
  return { lookup: remembering, has };
}
