import type { FastifyRequest } from 'fastify';

/**
 * Returns true if a form was sent by a page of this server, or by a client that is not a browser.
 *
 * Browsers send SameSite cookies from every subdomain of the site (RFC 6265bis section 5.2). The check therefore uses
 * headers that a page cannot set. Every browser sends `Origin` with a POST.
 */
export function isSameOrigin({ headers }: FastifyRequest, publicUrl: string): boolean {
  const { origin } = headers;
  const site = headers['sec-fetch-site'];
  const isOwnOrigin = origin === undefined || origin === new URL(publicUrl).origin;
  return isOwnOrigin && (site === undefined || site === 'same-origin');
}
