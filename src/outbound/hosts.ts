import { isIP } from 'node:net';
import { within } from './public-addresses.js';

/** Returns the host of a URL: a name in lower case without final dots, or an address without brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '');

/**
 * Last labels that the public DNS does not contain. Special-use names: RFC 6761 (localhost, invalid, test), RFC 6762
 * with appendix G (local and those after it), RFC 7686 (onion), RFC 9476 (alt), ICANN's reservation of internal and its
 * refusal of home, corp and mail. Then names of clusters and service discovery (Kubernetes: NAME.NAMESPACE.svc, and
 * NAME.default), and of routers.
 */
const privateLabels = new Set([
  ...['localhost', 'localdomain', 'invalid', 'test', 'onion', 'alt', 'arpa'],
  ...['local', 'intranet', 'internal', 'private', 'corp', 'home', 'lan', 'mail', 'intra', 'domain', 'workgroup'],
  ...['svc', 'pod', 'cluster', 'default', 'consul', 'nomad', 'docker', 'podman', 'mesh', 'weave', 'rancher'],
  ...['localnet', 'dhcp', 'router', 'gateway', 'homenet', 'homestation', 'belkin', 'dlink', 'ipa', 'priv', 'loc'],
]);

/** Suffixes of private networks under labels of the public DNS, which the cloud or the router resolves. */
const privateSuffix = /(^|\.)(internal\.cloudapp\.net|fritz\.box|speedport\.ip)$/;

/** Label of the public DNS: letters, or the ASCII form of an internationalized label (RFC 3696 section 2). */
const publicLabel = /^([a-z]{2,63}|xn--[a-z0-9-]+)$/;

/**
 * Returns true if the form of a name shows that it belongs to a private network: a single label, a private suffix, or a
 * last label that the public DNS cannot contain, such as a namespace of a cluster.
 */
export function isPrivateName(host: string): boolean {
  const labels = host.toLowerCase().split('.');
  const last = labels.at(-1) ?? '';
  return labels.length < 2 || privateLabels.has(last) || !publicLabel.test(last) || privateSuffix.test(host);
}

const loopbackNames =
  /^((.*\.)?localhost|localhost[46]|ip6-(localhost|loopback)|(.*\.)?localhost[46]?\.localdomain[46]?)$/;

/** Returns true if the host is this machine by its name or address. */
export const isLoopback = (host: string): boolean =>
  isIP(host) === 0 ? loopbackNames.test(host) : host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

/**
 * Returns a function that is true for the URLs in a NO_PROXY list: `*`, a host, a domain with its subdomains, an
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
