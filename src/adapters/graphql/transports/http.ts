import { randomUUID } from 'node:crypto';
import { ApolloServer, type GraphQLRequestContext, HeaderMap } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify';
import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import { GraphQLError, type GraphQLFormattedError, OperationTypeNode } from 'graphql';
import { PublicError } from '../../../kernel/errors.js';
import { Context, principalOf, type Services } from '../context.js';
import { Documents } from '../engine/documents.js';
import type { GraphQLCode } from '../engine/error-codes.js';
import { protocolError, publicError, shownError } from '../engine/errors.js';
import type { Execution, Shown } from '../engine/execution.js';
import { limits } from '../engine/limits.js';
import { isRetryable } from '../engine/outcomes.js';
import { refusals, refuseOptions, retryAfterSeconds, withRequestId } from './refusals.js';

const bodyLimit = 1_048_576;

interface HttpParts {
  execution: Execution;
  services: Services;
  origins: string[];
}

/**
 * Registers GraphQL over HTTP at the prefix of `server`: one operation per request, with POST, or with GET for queries.
 */
export async function httpTransport(server: FastifyInstance, parts: HttpParts) {
  const { execution, services } = parts;
  const report = (fault: unknown) => server.log.error({ err: fault }, 'a GraphQL resolver failed');
  const apollo = new ApolloServer<Context>({
    schema: execution.schema,
    plugins: [
      fastifyApolloDrainPlugin(server),
      // Cache hints would wrap each field of each response, and no response is cacheable.
      ApolloServerPluginCacheControlDisabled(),
      // It would load scripts from another host. This server serves GraphiQL at /graphiql.
      ApolloServerPluginLandingPageDisabled(),
      { requestDidStart: async () => hooks(parts, report) },
    ],
    // A page of another origin cannot send this header without a CORS preflight, so a request that has it is not
    // forged.
    csrfPrevention: { requestHeaders: ['authorization', 'apollo-require-preflight', 'x-apollo-operation-name'] },
    allowBatchedHttpRequests: false,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    // Documents are validated with the other checks before execution, once for all callers.
    dangerouslyDisableValidation: true,
    documentStore: new Documents((document) => execution.faultsIn(document).length === 0),
    parseOptions: { maxTokens: limits.tokens },
    stringifyResult: (value) => JSON.stringify(value),
    logger: quiet,
  });
  await apollo.start();
  refuseOptions(server, report);
  if (parts.origins.length > 0) await server.register(cors, corsFor(parts.origins));
  refusals(server, report);
  server.route({
    method: ['GET', 'POST'],
    url: '/',
    exposeHeadRoute: false,
    bodyLimit,
    onSend: async ({ id }, { statusCode }, body) =>
      statusCode === 400 && typeof body === 'string' ? withRequestId(body, id) : body,
    handler: fastifyApolloHandler(apollo, {
      context: async ({ headers, id }) => {
        const requestId = id || randomUUID();
        try {
          return new Context(services, await principalOf(services.store, headers.authorization, requestId));
        } catch (error) {
          if (error instanceof PublicError) throw withRetryAfter(publicError(error, requestId));
          report(error);
          throw protocolError('INTERNAL', 'Internal error.', { requestId });
        }
      },
    }),
  });
}

/** Adds Retry-After to an error that occurs before the library has a response. */
function withRetryAfter(error: GraphQLError): GraphQLError {
  const extensions: Record<string, unknown> = error.extensions;
  const { http } = extensions;
  if (typeof http === 'object' && isRetryable({ errors: [error] }))
    extensions.http = { ...http, headers: new HeaderMap([['retry-after', retryAfterSeconds]]) };
  return error;
}

/** CORS settings for pages of other origins. */
const corsFor = (origin: string[]) => ({
  origin,
  methods: ['GET', 'POST'],
  allowedHeaders: ['authorization', 'content-type', 'graphql-cost', 'idempotency-key', 'last-event-id'],
  exposedHeaders: ['idempotency-replayed', 'retry-after'],
  maxAge: 600,
});

/** Returns the response in the library's format. */
const asAnswer = ({ result, status }: Shown) => ({
  http: {
    headers: new HeaderMap(status === 503 && isRetryable(result) ? [['retry-after', retryAfterSeconds]] : []),
    ...(status !== 200 && { status }),
  },
  body: { kind: 'single' as const, singleResult: result },
});

type Stage = GraphQLRequestContext<Context>;
const notHere = () =>
  protocolError('BAD_REQUEST', 'Follow a subscription over WebSocket, or as server-sent events at /graphql/stream.');

/** Returns the hooks that replace the library's execution and format its errors. */
function hooks({ execution }: HttpParts, report: (error: unknown) => void) {
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
      const showsCost = http?.headers.get('graphql-cost') === 'on';
      const shown = await execution.answer({ ...asked, key, showsCost }, contextValue, report);
      const answer = asAnswer(shown);
      if (shown.replayed) answer.http.headers.set('idempotency-replayed', 'true');
      return answer;
    },
    async willSendResponse({ request, response, contextValue }: Stage) {
      if (response.http.status === 400 && isLegacy(request.http?.headers.get('accept'))) response.http.status = 200;
      if (response.body?.kind !== 'single') return;
      const { singleResult } = response.body;
      const place = { requestId: contextValue.principal.requestId, report };
      const errors = singleResult.errors?.map((error) => named(error, place));
      if (errors) response.body.singleResult = { ...singleResult, errors };
    },
  };
}

/**
 * Returns true if the caller accepts application/json but not its successor. A well-formed response then has status
 * 200, including errors (GraphQL over HTTP, section 6.4.1).
 */
const isLegacy = (accept = '') => accept.includes('application/json') && !accept.includes('graphql-response+json');

/**
 * Adds the code and request id to an error of the library: of syntax, validation or operation choice. Rollcall's own
 * errors already have them.
 */
function named(error: GraphQLFormattedError, place: Parameters<typeof shownError>[1]): GraphQLFormattedError {
  if (error.extensions?.requestId !== undefined) return error;
  const { message: given, locations, path, extensions } = error;
  const { message = given, ...code } = extensions?.code === internal ? ofLibrary(given, place.report) : {};
  const known = shownError(new GraphQLError(message, { extensions: { ...extensions, ...code } }), place);
  return { message, ...(locations && { locations }), ...(path && { path }), extensions: known.extensions };
}

const internal = 'INTERNAL_SERVER_ERROR';

/**
 * Returns the code for an error of the library, which has no code of its own. Other errors are internal, and their text
 * is not shown.
 */
function ofLibrary(message: string, report: (error: unknown) => void): { code: GraphQLCode; message?: string } {
  if (message === 'provided sha does not match query') {
    return {
      code: 'PERSISTED_QUERY_HASH_MISMATCH',
      message: '"extensions.persistedQuery.sha256Hash" must be the SHA-256 hash of "query", in lower-case hexadecimal.',
    };
  }
  if (message === 'Unsupported persisted query version') {
    return { code: 'BAD_REQUEST', message: '"extensions.persistedQuery.version" must be 1.' };
  }
  report(new Error(message));
  return { code: 'INTERNAL', message: 'Internal error.' };
}

// The library would log errors of callers as warnings.
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
