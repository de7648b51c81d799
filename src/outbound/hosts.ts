import { isIP } from 'node:net';
import { within } from './addresses.js';

/** Returns the host of a URL: a name in lower case without final dots, or an address without brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '');

// Special-use names (RFC 6761, RFC 6762, RFC 8375, ICANN's reservation of "internal") and the usual private suffixes.
const privateSuffix = /(^|\.)(localhost|localdomain|local|internal|intranet|private|corp|home|lan|home\.arpa)$/;

/** Returns true if a name belongs to a private network by its form: a single label, or a private suffix. */
export const isPrivateName = (host: string): boolean => !host.includes('.') || privateSuffix.test(host);

/** Returns true if the host is this machine by its name or address. */
export const isLoopback = (host: string): boolean => /^(127\..*|(.*\.)?localhost|::1)$/.test(host);

/**
 * Returns a function that is true for the URLs that a NO_PROXY list names: `*`, a host, a domain with its sub-domains, an
 * address or a network, each with an optional port.
 */
export function bypassOf(list: readonly string[]): (url: URL) => boolean {
  const entries = list.map((entry) => entry.trim().toLowerCase()).filter((entry) => entry !== '');
  const isInside = within(entries.filter((entry) => isIP(entry.split('/')[0] ?? '') !== 0));
  return (url) => {
    const host = hostOf(url);
    const port = url.port || (url.protocol === 'https:' ? '443' : '80');
    return isInside(host) || entries.some((entry) => entry === '*' || names(entry, host, port));
  };
}

function names(entry: string, host: string, port: string): boolean {
  const [, name = '', wanted] = /^\*?\.?([^:]*?)(?::(\d+))?$/.exec(entry) ?? [];
  return name !== '' && (wanted === undefined || wanted === port) && (host === name || host.endsWith(`.${name}`));
}
