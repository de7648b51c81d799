import type { FastifyInstance } from 'fastify';

/** Peers that are reported. A caller from the Internet can send the header too, and must not fill the log. */
const mostPeers = 5;

/** Logs once for each peer that its X-Forwarded-For is ignored, because it is not in TRUST_PROXY. */
export function reportUntrustedForwarding(server: FastifyInstance): void {
  const reported = new Set<string>();
  server.addHook('onRequest', (request, _reply, done) => {
    const peer = request.socket.remoteAddress ?? '';
    const isSent = Boolean(request.headers['x-forwarded-for']);
    // Of a trusted peer the list has the forwarded addresses too.
    const isIgnored = isSent && (request.ips?.length ?? 1) <= 1;
    if (isIgnored && reported.size < mostPeers && !reported.has(peer)) {
      reported.add(peer);
      server.log.warn(
        { peer },
        'X-Forwarded-For of this peer is ignored. If it is your proxy, add its address to TRUST_PROXY: until then all callers behind it count as one',
      );
    }
    done();
  });
}
