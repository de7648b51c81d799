import type { Config } from './config.js';

/**
 * Returns true for a loopback address or name. A server whose HOST is one accepts connections from its own machine
 * only, for example from a proxy.
 */
export const isLoopback = (host: string): boolean => /^(127\.|localhost$|\[?::1\]?$)/.test(host);

/** Returns the warning about a server that other machines can reach without TLS, with its fix; null if there is none. */
export function exposureOf({ HOST, PUBLIC_URL }: Pick<Config, 'HOST' | 'PUBLIC_URL'>) {
  if (isLoopback(HOST) || PUBLIC_URL?.startsWith('https:')) return null;
  return {
    text: `HOST is ${HOST}, so other machines can reach the server, and PUBLIC_URL is not an https URL: passwords, tokens and sessions are sent without encryption`,
    fix: 'Put a proxy with TLS in front of the server, and set PUBLIC_URL to its https URL. For use on this machine only, set HOST=127.0.0.1.',
  };
}

/** Logs the warning about a server that other machines can reach without TLS. */
export function warnIfExposed(config: Config, log: { warn(fields: object, text: string): void }): void {
  const exposure = exposureOf(config);
  if (exposure) log.warn({ fix: exposure.fix }, exposure.text);
}
