import { randomUUID } from 'node:crypto';
import { ApolloServer } from '@apollo/server';
import { unwrapResolverError } from '@apollo/server/errors';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import { PublicError } from '../../errors.js';
import { Context, principalOf, type Services } from '../context.js';
import { publicError, shownError } from '../errors.js';
import { limits, withinLimits } from '../limits.js';

const bodyLimit = 1_048_576;

/** GraphQL over HTTP: POST with a JSON body, one operation a request. */
export async function httpTransport(
  server: FastifyInstance,
  { schema, services }: { schema: GraphQLSchema; services: Services },
) {
  const apollo = new ApolloServer<Context>({
    schema,
    // Cache hints would wrap every field of every answer, and nothing here is cacheable.
    plugins: [fastifyApolloDrainPlugin(server), ApolloServerPluginCacheControlDisabled()],
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    validationRules: [withinLimits],
    parseOptions: { maxTokens: limits.tokens },
    logger: quiet,
    formatError: (formatted, error) => {
      const cause = unwrapResolverError(error);
      if (!(error instanceof GraphQLError) || cause === error) return formatted;
      const original = cause instanceof Error ? cause : undefined;
      const named = new GraphQLError(error.message, { nodes: error.nodes, path: error.path, originalError: original });
      return shownError(named, (fault) => server.log.error({ err: fault }, 'a GraphQL resolver failed')).toJSON();
    },
  });
  await apollo.start();
  server.setErrorHandler((error, request, reply) => {
    const { status, message } = refusal(error, request.log);
    return reply
      .code(status)
      .send({ errors: [{ message, extensions: { code: status === 500 ? 'INTERNAL' : 'BAD_REQUEST' } }] });
  });
  server.route({
    method: 'POST',
    url: '/graphql',
    bodyLimit,
    handler: fastifyApolloHandler(apollo, {
      context: async ({ headers, id }) => {
        try {
          return new Context(services, await principalOf(services.store, headers.authorization, id || randomUUID()));
        } catch (error) {
          throw error instanceof PublicError ? publicError(error) : error;
        }
      },
    }),
  });
}

// Apollo would log what callers did wrong as its own warnings.
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** What the HTTP server refuses before GraphQL is reached: broken JSON, a wrong media type, a body that is too large. */
function refusal(error: unknown, log: FastifyBaseLogger): { status: number; message: string } {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status === 413) return { status, message: `The request is larger than ${bodyLimit} bytes.` };
  if (status === 415) return { status, message: 'Send the body as application/json.' };
  if (status < 500 && error instanceof Error) return { status, message: error.message };
  log.error({ err: error }, 'a GraphQL request failed');
  return { status: 500, message: 'The server made a mistake.' };
}
