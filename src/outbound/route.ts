import { isIP } from 'node:net';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import { Refused } from './fault.js';
import { bypassOf, hostOf, isLoopback, isPrivateName } from './hosts.js';

/** Resolves a name to all its addresses. */
export type Lookup = (
  host: string,
  done: (error: Error | null, addresses: { address: string; family: number }[]) => void,
) => void;

/** Proxy that the operator has configured. */
export interface OutboundProxy {
  url: string;
  /** Entries of NO_PROXY. */
  bypass: readonly string[];
  /** True if only the proxy can resolve names. It must then reject private addresses itself. */
  resolves: boolean;
}

interface Rules {
  mayReach: (address: string) => boolean;
  lookup: Lookup;
  allowPrivate: boolean;
  /** True if the operator allows some private networks. */
  isOpen: boolean;
}

const connectMs = 5_000;

/** Returns the dispatcher for a URL. @throws Error if the URL must not be reached */
export type Route = (url: URL) => Promise<Dispatcher>;

/**
 * Returns the route to URLs that tenants configure: directly, or by CONNECT through the operator's proxy.
 *
 * A direct connection uses exactly the address that was checked. A proxy resolves the name again, so the name is
 * checked first: private addresses and names are rejected, and also a name that resolves here to a private address or
 * to none. Names of this machine are never sent to a proxy.
 */
export function routeOf(proxy: OutboundProxy | null, rules: Rules): Route {
  const direct = directAgent(rules);
  if (!proxy) return async (url) => checked(url, rules, direct);
  const tunnel = new ProxyAgent({
    uri: proxy.url,
    proxyTls: { timeout: connectMs },
    requestTls: { timeout: connectMs },
  });
  const isBypassed = bypassOf(proxy.bypass);
  return async (url) => {
    const isOwn = rules.allowPrivate && isLoopback(hostOf(url));
    if (isOwn || isBypassed(url)) return checked(url, rules, direct);
    await checkForProxy(url, proxy, rules);
    return tunnel;
  };
}

// For an address in the URL, `lookup` is never called.
function checked(url: URL, { mayReach }: Rules, agent: Agent): Agent {
  const host = hostOf(url);
  if (isIP(host) !== 0 && !mayReach(host)) throw new Refused();
  return agent;
}

async function checkForProxy(
  url: URL,
  { resolves }: OutboundProxy,
  { mayReach, lookup, allowPrivate, isOpen }: Rules,
): Promise<void> {
  const host = hostOf(url);
  if (isIP(host) !== 0) {
    if (mayReach(host)) return;
    throw new Refused();
  }
  // The loopback address of the proxy is never allowed, regardless of the allowed networks.
  if (isLoopback(host)) throw new Refused();
  // Only the address shows if a host is in an allowed network, and a proxy that resolves names does not return the
  // address.
  const canBeAllowed = allowPrivate || (isOpen && !resolves);
  if (isPrivateName(host) && !canBeAllowed) throw new Refused();
  if (resolves) return;
  const addresses = await new Promise<{ address: string }[]>((resolve, reject) =>
    lookup(host, (error, found) => (error ? reject(error) : resolve(found))),
  );
  if (addresses.length === 0 || addresses.some(({ address }) => !mayReach(address))) throw new Refused();
}

function directAgent({ mayReach, lookup }: Rules): Agent {
  return new Agent({
    connect: {
      timeout: connectMs,
      lookup: (host, _options, done) => {
        lookup(host, (error, addresses) => {
          if (error) return done(error, []);
          const refused = addresses.some(({ address }) => !mayReach(address));
          done(refused ? new Refused() : null, addresses);
        });
      },
    },
  });
}
