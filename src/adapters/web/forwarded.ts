import type { FastifyInstance, FastifyRequest } from 'fastify';

/**
 * Maximum number of reported addresses of each kind. Callers from the internet can also send the header and must not
 * fill the log.
 */
const mostPerKind = 5;

/** Address whose X-Forwarded-For is ignored: the peer of the connection, or a proxy before the trusted peers. */
interface Ignored {
  kind: 'peer' | 'proxy before the peer';
  address: string;
}

/**
 * Logs once for each address that its X-Forwarded-For is ignored, with the value of TRUST_PROXY that would accept it.
 * `trusted` is the current value.
 */
export function reportUntrustedForwarding(server: FastifyInstance, trusted: readonly string[]): void {
  const reported = { peer: new Set<string>(), 'proxy before the peer': new Set<string>() };
  server.addHook('onRequest', (request, _reply, done) => {
    const ignored = ignoredOf(request);
    const known = ignored && reported[ignored.kind];
    if (ignored && known && known.size < mostPerKind && !known.has(ignored.address)) {
      known.add(ignored.address);
      const value = [...trusted, ignored.address].join(',');
      server.log.warn(
        { peer: plain(request.socket.remoteAddress ?? ''), add: ignored.address },
        `X-Forwarded-For of this ${ignored.kind} is ignored. If ${ignored.address} is your proxy, set TRUST_PROXY=${value}. Until then, all of its callers are treated as one`,
      );
    }
    done();
  });
}

function ignoredOf({ headers, ips, socket }: FastifyRequest): Ignored | null {
  const header = headers['x-forwarded-for'];
  if (!header) return null;
  // The peer, followed by the forwarded addresses up to the first untrusted one.
  const read = ips ?? [];
  const last = read.at(-1);
  if (read.length <= 1 || last === undefined) return { kind: 'peer', address: plain(socket.remoteAddress ?? '') };
  // A trusted peer has added the last address, which sent the addresses before it in the header.
  const forwarded = String(header).split(',').length;
  return forwarded > read.length - 1 ? { kind: 'proxy before the peer', address: plain(last) } : null;
}

/** Returns an address without the prefix of IPv4 addresses in IPv6 sockets. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/, '');
