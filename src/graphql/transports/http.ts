import { randomUUID } from 'node:crypto';
import { ApolloServer, type GraphQLRequestContext, HeaderMap } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify';
import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import { GraphQLError, type GraphQLFormattedError, OperationTypeNode } from 'graphql';
import { PublicError } from '../../errors.js';
import { Context, principalOf, type Services } from '../context.js';
import { Documents } from '../documents.js';
import { protocolError, publicError, shownError } from '../errors.js';
import type { Execution, Shown } from '../execution.js';
import { limits } from '../limits.js';

const bodyLimit = 1_048_576;

interface Door {
  execution: Execution;
  services: Services;
  origins: string[];
}

/** GraphQL over HTTP: one operation a request, by POST with a JSON body, or by GET for queries. */
export async function httpTransport(server: FastifyInstance, door: Door) {
  const { execution, services } = door;
  const report = (fault: unknown) => server.log.error({ err: fault }, 'a GraphQL resolver failed');
  const apollo = new ApolloServer<Context>({
    schema: execution.schema,
    plugins: [
      fastifyApolloDrainPlugin(server),
      // Cache hints would wrap every field of every answer, and nothing here is cacheable.
      ApolloServerPluginCacheControlDisabled(),
      { requestDidStart: async () => hooks(door, report) },
    ],
    // A page of another origin cannot send this header without asking first, so what has it is no forgery.
    csrfPrevention: { requestHeaders: ['authorization', 'apollo-require-preflight', 'x-apollo-operation-name'] },
    allowBatchedHttpRequests: false,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    // It is validated with what else is looked at before it runs, once for all who send it.
    dangerouslyDisableValidation: true,
    documentStore: new Documents((document) => execution.faultsIn(document).length === 0),
    parseOptions: { maxTokens: limits.tokens },
    stringifyResult: (value) => JSON.stringify(value),
    logger: quiet,
  });
  await apollo.start();
  if (door.origins.length > 0) await server.register(cors, corsFor(door.origins));
  server.setErrorHandler((error, request, reply) => {
    const { status, message } = refusal(error, report);
    const code = status === 500 ? 'INTERNAL' : 'BAD_REQUEST';
    return reply.code(status).send({ errors: [{ message, extensions: { code, requestId: request.id } }] });
  });
  server.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    bodyLimit,
    handler: fastifyApolloHandler(apollo, {
      context: async ({ headers, id }) => {
        const requestId = id || randomUUID();
        try {
          return new Context(services, await principalOf(services.store, headers.authorization, requestId));
        } catch (error) {
          throw error instanceof PublicError ? publicError(error, requestId) : error;
        }
      },
    }),
  });
}

/** What a browser is told that asks for a page of another origin. */
const corsFor = (origin: string[]) => ({
  origin,
  methods: ['GET', 'POST'],
  allowedHeaders: ['authorization', 'content-type', 'idempotency-key', 'last-event-id'],
  exposedHeaders: ['idempotency-replayed'],
  maxAge: 600,
});

/** The answer as the library takes it. */
const asAnswer = ({ result, status }: Shown) => ({
  http: { headers: new HeaderMap(), ...(status !== 200 && { status }) },
  body: { kind: 'single' as const, singleResult: result },
});

type Stage = GraphQLRequestContext<Context>;
const notHere = () =>
  protocolError('BAD_REQUEST', 'Follow a subscription over WebSocket, or as server-sent events at /graphql/stream.');

/** What is ours between the library's steps: the execution, and the last word on errors. */
function hooks({ execution }: Door, report: (error: unknown) => void) {
  return {
    async didResolveOperation({ operation }: Stage) {
      if (operation?.operation === OperationTypeNode.SUBSCRIPTION) throw notHere();
    },
    async responseForOperation({ document, source, request, contextValue, operation }: Stage) {
      if (!document) return null;
      const faults = execution.faultsIn(document);
      if (faults.length > 0) return asAnswer(execution.refused(faults, contextValue, report));
      if (!operation) return null;
      const { operationName, variables, http } = request;
      const asked = { document, operation, source: source ?? '', operationName, variables };
      const key = http?.headers.get('idempotency-key');
      const shown = await execution.answer({ ...asked, key }, contextValue, report);
      const answer = asAnswer(shown);
      if (shown.replayed) answer.http.headers.set('idempotency-replayed', 'true');
      return answer;
    },
    async willSendResponse({ request, response, contextValue }: Stage) {
      if (response.http.status === 400 && isLegacy(request.http?.headers.get('accept'))) response.http.status = 200;
      if (response.body?.kind !== 'single') return;
      const { singleResult } = response.body;
      const place = { requestId: contextValue.principal.requestId, schema: execution.schema, report };
      const errors = singleResult.errors?.map((error) => named(error, place));
      if (errors) response.body.singleResult = { ...singleResult, errors };
    },
  };
}

/**
 * Whether the caller takes application/json and not what replaced it: to such a one a well-formed answer is 200, whatever it
 * says (GraphQL over HTTP, section 6.4.1).
 */
const isLegacy = (accept = '') => accept.includes('application/json') && !accept.includes('graphql-response+json');

/** An error that the library has made: of syntax, validation or the choice of an operation. Ours have their request already. */
function named(error: GraphQLFormattedError, place: Parameters<typeof shownError>[1]): GraphQLFormattedError {
  if (error.extensions?.requestId !== undefined) return error;
  const { message, locations, path, extensions } = error;
  const known = shownError(new GraphQLError(message, { extensions: extensions ?? null }), place);
  return { message, ...(locations && { locations }), ...(path && { path }), extensions: known.extensions };
}

// The library would log what callers did wrong as its own warnings.
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** What the HTTP server refuses before GraphQL is reached: broken JSON, a wrong media type, a body that is too large. */
function refusal(error: unknown, report: (error: unknown) => void): { status: number; message: string } {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status === 413) return { status, message: `The request is larger than ${bodyLimit} bytes.` };
  if (status === 415) return { status, message: 'Send the body as application/json.' };
  if (status < 500 && error instanceof Error) return { status, message: error.message };
  report(error);
  return { status: 500, message: 'The server made a mistake.' };
}
