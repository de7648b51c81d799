import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import type { FastifyInstance } from 'fastify';

const firstQuery = `# Put your key into the "Headers" tab below: { "Authorization": "Bearer rc_key_..." }
{
  viewer { kind scopes }
  organizations(first: 10) { nodes { id name } }
}
`;

/** Serves the GraphiQL page. It is completely contained in this package and sends no requests to other hosts. */
export async function graphiql(server: FastifyInstance): Promise<void> {
  const page = renderGraphiQL({
    title: 'Rollcall',
    endpoint: '/graphql',
    defaultQuery: firstQuery,
    subscriptionsProtocol: 'WS',
  }).trim();
  const policy = [
    `default-src 'none'`,
    // The page contains its scripts and styles inline, and its editor starts workers from them.
    `script-src 'unsafe-inline' 'unsafe-eval' blob:`,
    `worker-src blob:`,
    `style-src 'unsafe-inline'`,
    `img-src data:`,
    `font-src data:`,
    `connect-src 'self'`,
    `base-uri 'none'`,
    `form-action 'none'`,
    `frame-ancestors 'none'`,
  ].join('; ');
  server.get('/', (_request, reply) => reply.redirect('/graphiql'));
  server.get('/graphiql', { logLevel: 'warn' }, (_request, reply) =>
    reply.header('content-security-policy', policy).type('text/html; charset=utf-8').send(page),
  );
}
