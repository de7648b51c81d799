import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Store } from '../access/store.js';
import { isObject, type Json } from '../json.js';
import { resourceTypes, schemas, serviceProviderConfig } from './discovery.js';
import { errorBody, ScimError, scimAnswer } from './errors.js';
import { getGroup, patchGroup, postGroup, putGroup, removeGroup, searchGroups } from './groups.js';
import { listResponse } from './list.js';
import { type ScimRequest, type ScimResponse, scimRequest } from './request.js';
import { createUser, getUser, patchUser, removeUser, replaceUser, searchUsers } from './users.js';

type Handler = (request: ScimRequest) => Promise<ScimResponse>;
type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

const routes: readonly (readonly [Method, string, Handler])[] = [
  ['GET', '/Users', searchUsers],
  ['POST', '/Users', createUser],
  ['GET', '/Users/:id', getUser],
  ['PUT', '/Users/:id', replaceUser],
  ['PATCH', '/Users/:id', patchUser],
  ['DELETE', '/Users/:id', removeUser],
  ['POST', '/Users/.search', bySearch(searchUsers)],
  ['GET', '/Groups', searchGroups],
  ['POST', '/Groups/.search', bySearch(searchGroups)],
  ['POST', '/Groups', postGroup],
  ['GET', '/Groups/:id', getGroup],
  ['PUT', '/Groups/:id', putGroup],
  ['PATCH', '/Groups/:id', patchGroup],
  ['DELETE', '/Groups/:id', removeGroup],
  ['GET', '/ServiceProviderConfig', async (request) => ({ status: 200, body: serviceProviderConfig(request.base) })],
  ['GET', '/ResourceTypes', discovery(resourceTypes)],
  ['GET', '/ResourceTypes/:id', discovered(resourceTypes)],
  ['GET', '/Schemas', discovery(schemas)],
  ['GET', '/Schemas/:id', discovered(schemas)],
  ['POST', '/Bulk', notYet('Bulk')],
  ['GET', '/Me', notYet("/Me, which needs a person's own token,")],
];

/** RFC 7644 section 3.4.3: the query stands in the body, where no log sees it. Nothing is created. */
function bySearch(list: Handler): Handler {
  return (request) => {
    if (!isObject(request.body)) throw new ScimError(400, 'invalidSyntax', 'The body must be a SearchRequest object.');
    return list({ ...request, query: request.body });
  };
}

function discovery(of: (base: ScimRequest['base']) => Json[]): Handler {
  return async ({ base, query }) => {
    if (query.filter !== undefined) throw new ScimError(403, null, 'Discovery takes no filter (RFC 7644 section 4).');
    const all = of(base);
    return { status: 200, body: listResponse(all, { totalResults: all.length, startIndex: 1 }) };
  };
}

function discovered(of: (base: ScimRequest['base']) => Json[]): Handler {
  return async ({ base, id }) => {
    const body = of(base).find((item) => String(item.id).toLowerCase() === id.toLowerCase());
    if (!body) throw new ScimError(404, null, `There is no "${id.slice(0, 100)}" here.`);
    return { status: 200, body };
  };
}

function notYet(what: string): Handler {
  return async () => {
    throw new ScimError(501, null, `${what} is not supported, as ServiceProviderConfig says.`);
  };
}

const mebibyte = 1_048_576;

/** The SCIM door: every connection's endpoint under `/scim/v2/{connectionId}`. */
export async function scimRoutes(
  server: FastifyInstance,
  { store, publicUrl }: { store: Store; publicUrl: () => string },
) {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    /^application\/(scim\+)?json(;|$)/i,
    { parseAs: 'string', bodyLimit: mebibyte },
    async (_: unknown, text: string) => parse(text),
  );
  server.setErrorHandler((error, request, reply) => sendError(error, request, reply));
  server.setNotFoundHandler((request, reply) =>
    sendError(new ScimError(404, null, 'There is no such endpoint.'), request, reply),
  );
  for (const [method, path, handle] of routes) {
    server.route({
      method,
      url: path,
      handler: async (request, reply) => {
        checkAccept(request);
        return send(request, reply, await handle(await scimRequest(store, publicUrl(), request)));
      },
    });
  }
}

function parse(text: string): unknown {
  // Okta names a content type on GET too, with nothing behind it.
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new ScimError(400, 'invalidSyntax', 'The body is not valid JSON.');
  }
}

const accepted = /\*\/\*|application\/(\*|scim\+json|json)/i;

function checkAccept({ headers: { accept } }: FastifyRequest): void {
  if (!accept || accepted.test(accept)) return;
  throw new ScimError(406, null, 'Answers are application/scim+json or application/json.');
}

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  { status, body, headers = {} }: ScimResponse,
): FastifyReply {
  const { accept = '' } = request.headers;
  const plain = /application\/json/i.test(accept) && !/scim\+json|\*\/\*|application\/\*/i.test(accept);
  reply.code(status).headers(headers);
  if (body === undefined) return reply.send();
  return reply
    .type(plain ? 'application/json; charset=utf-8' : 'application/scim+json; charset=utf-8')
    .send(JSON.stringify(body));
}

/** The answer to an error in SCIM's form. What is no public error is a mistake of ours: logged, and named by its request id. */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = scimAnswer(error);
  if (!known) request.log.error({ err: error }, 'a SCIM request failed');
  const answer = known ?? {
    status: 500,
    detail: `The server made a mistake. Tell its operator the request id ${request.id}.`,
  };
  const headers = {
    ...(answer.status === 401 && { 'www-authenticate': 'Bearer realm="SCIM"' }),
    ...(answer.status === 503 && { 'retry-after': '5' }),
  };
  return send(request, reply, { status: answer.status, body: errorBody(answer), headers });
}
