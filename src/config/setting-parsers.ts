import { isIP } from 'node:net';
import { z } from 'zod';

/** Value that must never be logged: it always prints as ***. */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  /** Returns the actual value. Only the code that needs it may call this. */
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return '***';
  }
  toJSON(): string {
    return '***';
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '***';
  }
}

export const url = (protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `is not a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  });
export const secret = (parser: z.ZodType<string>) => parser.transform((text) => new Secret(text));

/** Smallest number of different characters of a platform key, without its prefix. */
const leastDifferent = 8;

/** ROLLCALL_ADMIN_KEY. A key that can be guessed is refused, such as one character 16 times. */
export const adminKey = z
  .string()
  .min(16, 'is shorter than 16 characters')
  .refine((key) => new Set(key.replace(/^rc_key_/, '')).size >= leastDifferent, {
    error: `has fewer than ${leastDifferent} different characters after "rc_key_", so it can be guessed. Use rc_key_ and the output of: openssl rand -hex 24`,
  });

/** Returns true for an address, or a network in CIDR notation. */
export function isNetwork(text: string): boolean {
  const [address = '', prefix, rest] = text.split('/');
  const bits = isIP(address) === 4 ? 32 : 128;
  return (
    isIP(address) !== 0 &&
    rest === undefined &&
    (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits))
  );
}

const ranges = ['loopback', 'linklocal', 'uniquelocal'];
const netmask = /^(.+)\/(\d+\.\d+\.\d+\.\d+)$/;

/**
 * Returns true for a proxy that can be trusted: an address, a network with a prefix above 0 or a netmask, or a named
 * range.
 */
export function isProxy(text: string): boolean {
  const [, address = '', mask = ''] = netmask.exec(text) ?? [];
  if (mask !== '') return isIP(address) === 4 && isIP(mask) === 4;
  return ranges.includes(text) || (isNetwork(text) && !/\/0+$/.test(text));
}

/** Returns true for an address or host name to listen on. A port is not part of it. */
export const isHost = (text: string): boolean => isIP(text) !== 0 || /^[\w.-]+$/.test(text);

/** Prefix or netmask of 0. */
const everyAddress = /\/(0+|0+(\.0+){3})$/;

/** TRUST_PROXY: addresses and networks, separated by commas. A network of all addresses is refused. */
export const proxies = z
  .string()
  .transform((text) => text.split(',').map((one) => one.trim()))
  .superRefine((list, context) => {
    const refuse = (message: string) => context.addIssue({ code: 'custom', message });
    const every = list.find((one) => everyAddress.test(one));
    if (every !== undefined)
      return refuse(
        `contains "${every}", which trusts every address: any caller could forge where its requests come from. List your proxies`,
      );
    const wrong = list.find((one) => !isProxy(one));
    if (wrong !== undefined)
      refuse(`contains "${wrong}", which is not an address, a network, "loopback", "linklocal" or "uniquelocal"`);
  });

/** Values of `sslmode` that the PostgreSQL driver distinguishes. It treats any other value as `verify-full`. */
const sslModes = ['verify-full', 'verify-ca', 'require', 'prefer', 'no-verify', 'disable'];

/** Returns true if the URL names several hosts. libpq accepts that, the driver does not. */
function hasSeveralHosts(text: string): boolean {
  const [, authority = ''] = /^postgres(?:ql)?:\/\/([^/?#]*)/.exec(text) ?? [];
  return authority.slice(authority.lastIndexOf('@') + 1).includes(',') || /[?&]host=[^&]*(,|%2c)/i.test(text);
}

/** Parser of a PostgreSQL URL. Error texts do not contain the URL, because it can contain a password. */
export const postgresUrl = z
  .string()
  .refine((text) => !hasSeveralHosts(text), {
    error:
      'has several hosts. Use one address that leads to the primary, such as a proxy or a DNS name that follows a failover',
  })
  .pipe(url(['postgres:', 'postgresql:']))
  .superRefine((text, context) => {
    const modes = URL.canParse(text) ? new URL(text).searchParams.getAll('sslmode') : [];
    const unknown = modes.find((mode) => mode !== '' && !sslModes.includes(mode));
    if (unknown === undefined) return;
    context.addIssue({
      code: 'custom',
      message: `has sslmode=${unknown}, which is not one of ${sslModes.join(', ')}`,
    });
  });

/**
 * Returns true for `*`, a name with or without a leading dot, an address or a network. Names and IPv4 addresses can
 * have a port.
 */
export const isHostEntry = (text: string): boolean =>
  isIP(text.trim().split('/')[0] ?? '') === 0
    ? /^(\*|[*.]*[\w.-]+(:\d{1,5})?)$/.test(text.trim())
    : isNetwork(text.trim());

export const onOrOff = z.enum(['on', 'off'], { error: 'is not "on" or "off"' });
/**
 * Returns true for a URL without a path. OpenID Connect Discovery section 4 would allow a path, but cookies with the
 * prefix `__Host-` belong to a whole host.
 */
export function isOnlyOrigin(text: string): boolean {
  const { pathname, search, hash, username, password } = URL.canParse(text) ? new URL(text) : new URL('about:blank');
  return /^\/*$/.test(pathname) && !/[?#]/.test(text) && search + hash + username + password === '';
}
export const isOrigin = (text: string) => URL.canParse(text) && new URL(text).origin === text;
