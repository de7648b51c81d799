import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { hashSecret } from '../../kernel/secrets.js';

/** Maximum number of cookies of one kind in a browser. A new cookie above the limit replaces the oldest. */
const maximumCookies = 10;

const kinds = {
  /** A trip to an IdP and back. */
  trip: { seconds: 600 },
  /** A sign-in that began at an IdP and waits for the application's request. */
  arrival: { seconds: 120 },
} as const;
type Kind = keyof typeof kinds;

interface SsoServices {
  publicUrl: () => string;
}

const isSecure = ({ publicUrl }: SsoServices) => publicUrl().startsWith('https:');
// `__Host-` requires TLS and prevents subdomains of the site from setting the cookie.
const prefixOf = (services: SsoServices, kind: Kind) => `${isSecure(services) ? '__Host-' : ''}rollcall_${kind}_`;

/**
 * Binds an id to the browser by a cookie with a secret, and returns the hash of the secret.
 *
 * Each trip has its own cookie, named after its id, so that no tab, site or application replaces the cookie of another.
 */
export function bindBrowser(
  services: SsoServices,
  request: FastifyRequest,
  reply: FastifyReply,
  { kind, id }: { kind: Kind; id: string },
): Buffer {
  const names = namesIn(services, request, kind).filter((name) => name !== nameOf(services, kind, id));
  // Ids sort by their creation time.
  for (const name of names.sort().slice(0, Math.max(0, names.length + 1 - maximumCookies)))
    expire(services, reply, name);
  const secret = randomBytes(32).toString('base64url');
  setCookie(services, reply, { name: nameOf(services, kind, id), value: secret, seconds: kinds[kind].seconds });
  return hashSecret(secret);
}

/** Returns the hash of the secret that binds `id` to the browser; null if the browser has none. */
export function boundBrowser(
  services: SsoServices,
  request: FastifyRequest,
  { kind, id }: { kind: Kind; id: string },
): Buffer | null {
  const name = nameOf(services, kind, id);
  const pair = pairsIn(request).find((one) => one.startsWith(`${name}=`));
  const value = pair?.slice(name.length + 1) ?? '';
  return /^[\w-]{43}$/.test(value) ? hashSecret(value) : null;
}

/** Removes the cookie of a consumed id. */
export function releaseBrowser(
  services: SsoServices,
  reply: FastifyReply,
  { kind, id }: { kind: Kind; id: string },
): void {
  expire(services, reply, nameOf(services, kind, id));
}

const nameOf = (services: SsoServices, kind: Kind, id: string) => prefixOf(services, kind) + id;

const pairsIn = (request: FastifyRequest): string[] => (request.headers.cookie ?? '').split(/; */);

const namesIn = (services: SsoServices, request: FastifyRequest, kind: Kind): string[] =>
  pairsIn(request)
    .map((pair) => pair.slice(0, Math.max(0, pair.indexOf('='))))
    .filter((name) => name.startsWith(prefixOf(services, kind)));

const expire = (services: SsoServices, reply: FastifyReply, name: string) =>
  setCookie(services, reply, { name, value: '', seconds: 0 });

function setCookie(
  services: SsoServices,
  reply: FastifyReply,
  { name, value, seconds }: { name: string; value: string; seconds: number },
): void {
  const secure = isSecure(services) ? '; Secure' : '';
  reply.header('set-cookie', `${name}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure}`);
}
