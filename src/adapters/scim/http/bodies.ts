import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { maximumPayload } from '../bulk/parse-bulk.js';
import { ScimError } from './errors.js';
import { readJson } from './read-json.js';

const mebibyte = 1_048_576;

/**
 * Returns the maximum body size of a path, in bytes. A group with 10,000 members can be written back as it was read.
 */
export const bodyLimitOf = (path: string): number => (/^\/(Bulk|Groups)\b/.test(path) ? maximumPayload : mebibyte);

const isEmpty = (headers: IncomingHttpHeaders) =>
  headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;

/**
 * Registers the parsers for JSON bodies (RFC 7644 section 3.1). A request without content has no content type, even if
 * its header contains one (RFC 9110 section 8.3), and the content of a DELETE has no meaning (section 9.3.5).
 */
export function acceptBodies(server: FastifyInstance): void {
  const withoutContent = ({ method, headers }: FastifyRequest) => method === 'DELETE' || isEmpty(headers);
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    /^application\/(scim\+)?json(;|$)/i,
    { parseAs: 'buffer' },
    async (request: FastifyRequest, bytes: Buffer) => (withoutContent(request) ? undefined : readJson(bytes)),
  );
  server.addContentTypeParser('*', async (request: FastifyRequest) => {
    if (!withoutContent(request))
      throw new ScimError(415, null, 'Send the body as application/scim+json or application/json.');
  });
  // Fastify rejects a malformed content type before it calls a parser.
  server.addHook('onRequest', async ({ raw, method, headers }) => {
    if (method === 'DELETE' || isEmpty(headers)) delete raw.headers['content-type'];
  });
}
