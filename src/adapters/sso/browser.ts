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

interface Door {
  publicUrl: () => string;
}

const isSecure = ({ publicUrl }: Door) => publicUrl().startsWith('https:');
// `__Host-` requires TLS and prevents subdomains of the site from setting the cookie.
const prefixOf = (door: Door, kind: Kind) => `${isSecure(door) ? '__Host-' : ''}rollcall_${kind}_`;

/**
 * Binds an id to the browser by a cookie with a secret, and returns the hash of the secret.
 *
 * Each trip has its own cookie, named after its id, so that no tab, site or application replaces the cookie of another.
 */
export function bindBrowser(
  door: Door,
  request: FastifyRequest,
  reply: FastifyReply,
  { kind, id }: { kind: Kind; id: string },
): Buffer {
  const names = namesIn(door, request, kind).filter((name) => name !== nameOf(door, kind, id));
  // Ids sort by their creation time.
  for (const name of names.sort().slice(0, Math.max(0, names.length + 1 - maximumCookies))) expire(door, reply, name);
  const secret = randomBytes(32).toString('base64url');
  setCookie(door, reply, { name: nameOf(door, kind, id), value: secret, seconds: kinds[kind].seconds });
  return hashSecret(secret);
}

/** Returns the hash of the secret that binds `id` to the browser; null if the browser has none. */
export function boundBrowser(
  door: Door,
  request: FastifyRequest,
  { kind, id }: { kind: Kind; id: string },
): Buffer | null {
  const name = nameOf(door, kind, id);
  const pair = pairsIn(request).find((one) => one.startsWith(`${name}=`));
  const value = pair?.slice(name.length + 1) ?? '';
  return /^[\w-]{43}$/.test(value) ? hashSecret(value) : null;
}

/** Removes the cookie of a consumed id. */
export function releaseBrowser(door: Door, reply: FastifyReply, { kind, id }: { kind: Kind; id: string }): void {
  expire(door, reply, nameOf(door, kind, id));
}

const nameOf = (door: Door, kind: Kind, id: string) => prefixOf(door, kind) + id;

const pairsIn = (request: FastifyRequest): string[] => (request.headers.cookie ?? '').split(/; */);

const namesIn = (door: Door, request: FastifyRequest, kind: Kind): string[] =>
  pairsIn(request)
    .map((pair) => pair.slice(0, Math.max(0, pair.indexOf('='))))
    .filter((name) => name.startsWith(prefixOf(door, kind)));

const expire = (door: Door, reply: FastifyReply, name: string) =>
  setCookie(door, reply, { name, value: '', seconds: 0 });

function setCookie(
  door: Door,
  reply: FastifyReply,
  { name, value, seconds }: { name: string; value: string; seconds: number },
): void {
  const secure = isSecure(door) ? '; Secure' : '';
  reply.header('set-cookie', `${name}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure}`);
}
