import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../../access/principal.js';
import type { Store } from '../../access/store.js';
import { type ConnectionId, parseId } from '../../kernel/ids.js';

/** The holder of a setup link, who can access one connection. */
export type SetupPrincipal = Extract<Principal, { kind: 'setup' }>;

interface Services {
  store: Store;
  publicUrl: () => string;
}

/** Maximum number of setup links that are read from one request. Each costs a lookup. */
const maximumLinks = 10;

// `__Host-` requires TLS and prevents subdomains of the site from setting the cookie.
const prefixOf = ({ publicUrl }: Services) =>
  publicUrl().startsWith('https:') ? '__Host-rollcall_setup_' : 'rollcall_setup_';

/**
 * Stores the secret of a setup link in a cookie of its connection. Links to other connections in the browser stay
 * valid.
 */
export function rememberLink(
  services: Services,
  reply: FastifyReply,
  secret: string,
  { connectionId }: SetupPrincipal,
): void {
  const secure = services.publicUrl().startsWith('https:') ? '; Secure' : '';
  reply.header('set-cookie', `${prefixOf(services)}${connectionId}=${secret}; Path=/; HttpOnly; SameSite=Lax${secure}`);
}

/** Returns the valid setup link of a secret; null for any other secret. */
export async function linkOf(
  { store }: Services,
  secret: string,
  request: FastifyRequest,
): Promise<SetupPrincipal | null> {
  if (!/^[\w-]{1,200}$/.test(secret)) return null;
  const principal = await store.credentials.find(secret, request.id);
  return principal?.kind === 'setup' ? principal : null;
}

/** Returns the valid setup links in the browser's cookies: all, or only the one of `connection`. */
export async function linksIn(
  services: Services,
  request: FastifyRequest,
  connection: string | null,
): Promise<SetupPrincipal[]> {
  const links: SetupPrincipal[] = [];
  for (const [id, secret] of secretsIn(services, request)) {
    const isOther = connection !== null && id !== connection;
    if (isOther || links.some(({ connectionId }) => connectionId === id)) continue;
    const principal = await linkOf(services, secret, request);
    if (principal?.connectionId === id) links.push(principal);
  }
  return links;
}

function secretsIn(services: Services, request: FastifyRequest): [ConnectionId, string][] {
  const prefix = prefixOf(services);
  const pairs = (request.headers.cookie ?? '').split(/; */).filter((pair) => pair.startsWith(prefix));
  return pairs.slice(0, maximumLinks).flatMap((pair): [ConnectionId, string][] => {
    const [name = '', value = ''] = pair.slice(prefix.length).split('=');
    const id = parseId('conn', name);
    return id ? [[id, value]] : [];
  });
}
