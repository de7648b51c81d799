import type { FastifyInstance } from 'fastify';
import { findLogo } from '../../../directory/looks/find-look.js';
import { colorStyle, style } from '../../web/page-style.js';
import { submitScript } from '../../web/pages.js';
import { type SsoServices, Stopped } from '../context.js';

/** Registers the public files of pages: the style, the color of an application, the script of forms, and logos. */
export async function pageRoutes(server: FastifyInstance, { store }: Pick<SsoServices, 'store'>): Promise<void> {
  const anHour = { 'cache-control': 'public, max-age=3600' };
  // The URL is derived from the content, so the content never changes.
  const forever = { 'cache-control': 'public, max-age=31536000, immutable' };
  server.get('/style.css', (_request, reply) => reply.headers(anHour).type('text/css; charset=utf-8').send(style));
  server.get('/colors/:file', (request, reply) => {
    const { file } = request.params as { file: string };
    const [, digits] = /^([\da-f]{6})\.css$/.exec(file) ?? [];
    if (!digits) throw new Stopped('The style sheet was not found.', 404);
    return reply
      .headers(forever)
      .type('text/css; charset=utf-8')
      .send(colorStyle(`#${digits}`));
  });
  server.get('/submit.js', (_request, reply) =>
    reply.headers(anHour).type('text/javascript; charset=utf-8').send(submitScript),
  );
  server.get('/logos/:hash', async (request, reply) => {
    const { hash } = request.params as { hash: string };
    const logo = /^[\da-f]{64}$/.test(hash) ? await findLogo(store.database, hash) : null;
    if (!logo) throw new Stopped('The image was not found.', 404);
    // An image is never a document: opened on its own, it can load and run nothing.
    const headers = { ...forever, 'content-security-policy': "default-src 'none'; sandbox", etag: `"${hash}"` };
    return reply
      .headers({ ...headers, 'x-content-type-options': 'nosniff' })
      .type(logo.type)
      .send(logo.bytes);
  });
}
