import { randomUUID } from 'node:crypto';
import { resolveTxt } from 'node:dns/promises';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { LoggerOptions } from 'pino';
import { ApiKey } from './access/api-key.js';
import { Credentials } from './access/credentials.js';
import { bootstrapAdminKey } from './access/keys.js';
import { mayRevoke } from './access/revocations.js';
import { ScimToken } from './access/scim-token.js';
import { openVault } from './access/secret-key.js';
import { SignInSession } from './access/session.js';
import type { Store, TxtResolver } from './access/store.js';
import { Turnstile } from './access/turnstile.js';
import type { Config } from './config.js';
import { Application } from './directory/applications/application.js';
import { Connection } from './directory/connections/connection.js';
import { ScimClient } from './directory/connections/scim-client.js';
import { Group } from './directory/groups/group.js';
import { Domain } from './directory/organizations/domain.js';
import { Organization } from './directory/organizations/organization.js';
import { ProvisioningRequest } from './directory/requests/provisioning-request.js';
import { RequestLog } from './directory/requests/request-log.js';
import { Identity } from './directory/users/identity.js';
import { User } from './directory/users/user.js';
import { currentEpoch } from './events/epoch.js';
import { EventRecord } from './events/event.js';
import { Tails } from './events/tail.js';
import type { Services } from './graphql/context.js';
import { readFacets } from './graphql/facets.js';
import { graphiql } from './graphql/graphiql.js';
import { buildSchema } from './graphql/schema.js';
import { httpTransport } from './graphql/transports/http.js';
import { wsTransport } from './graphql/transports/ws.js';
import { Issuers } from './oidc/issuers.js';
import { outbound } from './outbound/outbound.js';
import { OpenIdProvider } from './provider/open-id-provider.js';
import type { SignOutAtIdp } from './provider/sign-out.js';
import { FairQueue } from './scim/fair-queue.js';
import { oauthRoutes } from './scim/oauth.js';
import { replay } from './scim/replay.js';
import { scimRoutes, sendError } from './scim/routes.js';
import type { Door } from './sso/door.js';
import { providerPages, providerRoutes } from './sso/provider-routes.js';
import { ssoRoutes } from './sso/routes.js';
import { signalRoutes } from './sso/signal-routes.js';
import { signOutAtIdp } from './sso/single-logout.js';
import { Database } from './storage/database.js';
import { migrate } from './storage/migrate.js';
import { type Engine, openEngine } from './storage/open.js';
import { TestIdp, testIdpRoutes, testOpenIdRoutes } from './test-idp/routes.js';
import { jobs } from './timers/jobs.js';
import { Timers } from './timers/timers.js';

const entities = [
  ApiKey,
  Application,
  Connection,
  Domain,
  EventRecord,
  Group,
  Identity,
  Organization,
  ProvisioningRequest,
  ScimClient,
  ScimToken,
  SignInSession,
  User,
];

/** What tests put in the place of the world outside. */
export interface Outside {
  now?: () => Date;
  resolveTxt?: TxtResolver;
}

/** A running server. */
export interface Rollcall {
  /** Where it listens, without a slash at the end. */
  url: string;
  /** The key of the first administrator when it was made by this start: show it once. */
  adminKey: string | null;
  /** The open database, for tests and tools in the same process. */
  database: Database;
  /** Ends sockets, finishes what is in flight, closes the database. A second call waits for the first. */
  close(): Promise<void>;
}

/** The place of the data that the configuration names. */
export const locationOf = (config: Config) =>
  config.DATABASE_URL
    ? { url: config.DATABASE_URL.reveal(), pool: config.DATABASE_POOL }
    : { directory: config.DATA_DIR };

async function openStore(engine: Engine, config: Config, outside: Outside): Promise<Store> {
  const database = new Database(engine, await engine.connect('runtime', entities));
  const now = outside.now ?? (() => new Date());
  const credentials = new Credentials(database, now);
  const tails = new Tails(database);
  tails.heed = (events) => {
    if (mayRevoke(events)) credentials.forget();
  };
  const given = config.ROLLCALL_SECRET_KEY?.reveal() ?? null;
  return {
    database,
    tails,
    turnstile: new Turnstile(Math.max(1, Math.floor(engine.poolSize / 3))),
    credentials,
    vault: await openVault(database, { given, directory: config.DATA_DIR }),
    epoch: await currentEpoch(database),
    now,
    resolveTxt: outside.resolveTxt ?? (async (host) => (await resolveTxt(host)).map((parts) => parts.join(''))),
  };
}

/** Opens the database, migrates it, and serves. @throws what keeps it from starting, with nothing left open */
export async function start(config: Config, outside: Outside = {}): Promise<Rollcall> {
  const engine = await openEngine(locationOf(config));
  try {
    await migrate(engine);
    const store = await openStore(engine, config, outside);
    const given = config.ROLLCALL_ADMIN_KEY?.reveal() ?? null;
    const adminKey = await bootstrapAdminKey(store.database, { given, now: store.now() });
    return { ...(await serve(config, store)), adminKey };
  } catch (error) {
    await engine.close();
    throw error;
  }
}

function newServer(config: Config): FastifyInstance {
  // Ids and outcomes only: bodies and query strings hold people's data.
  const logger: LoggerOptions = {
    level: config.LOG_LEVEL,
    serializers: {
      req: ({ method, url }) => ({ method, path: String(url).split('?')[0] }),
      res: ({ statusCode }) => ({ statusCode }),
    },
  };
  return Fastify({
    logger: config.LOG_LEVEL === 'silent' ? false : logger,
    genReqId: () => randomUUID(),
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: 512 },
    requestTimeout: 60_000,
    trustProxy: config.TRUST_PROXY.split(',').map((one) => one.trim()),
    // A path that cannot be decoded reaches no route, and so no door's own error form.
    frameworkErrors: (error, request, reply) =>
      void refuseUnread(error, request as FastifyRequest, reply as FastifyReply),
    return503OnClosing: true,
  }) as FastifyInstance;
}

function refuseUnread(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (request.url.startsWith('/scim/')) return sendError(error, request, reply);
  return reply.code(error.statusCode ?? 400).send({ error: error.message });
}

/** Whether only this machine is meant: behind a proxy on it the public address says otherwise. */
const isLoopback = (host: string) => /^(127\.|localhost$|\[?::1\]?$)/.test(host);

async function serve(config: Config, store: Store): Promise<Omit<Rollcall, 'adminKey'>> {
  const server = newServer(config);
  let url = '';
  const publicUrl = () => config.PUBLIC_URL ?? url;
  const isLocal = isLoopback(config.HOST) && (!config.PUBLIC_URL || isLoopback(new URL(config.PUBLIC_URL).hostname));
  const client = outbound({ allowPrivate: isLocal });
  const issuers = new Issuers(client);
  const requests = new RequestLog(store.database);
  const atIdp: SignOutAtIdp = (session, returnTo) => signOutAtIdp(door, session, returnTo);
  const provider = new OpenIdProvider(store, { publicUrl, outbound: client, pages: providerPages, atIdp });
  const door: Door = { store, requests, issuers, outbound: client, provider, publicUrl };
  const testIdp = (config.TEST_IDP ?? (isLocal ? 'on' : 'off')) === 'on' ? new TestIdp(store, publicUrl) : null;
  const report = (err: unknown) => server.log.error({ err }, 'a SCIM request failed');
  const services: Services = {
    store,
    issuers,
    facetsOf: (input, of) =>
      readFacets(input, { provider: of, outbound: client, testIdp: testIdp && ((how) => testIdp.facets(how)) }),
    publicUrl,
    requests,
    replay: (read, request) => replay({ store, requests, publicUrl, report }, read, request),
  };
  const schema = buildSchema();
  // Work beyond what the database can take at once waits here, in turn, and not in the pool.
  const queue = new FairQueue(Math.max(4, store.database.engine.poolSize));
  health(server, store);
  await server.register((scope) => scimRoutes(scope, { store, requests, queue, publicUrl }), {
    prefix: '/scim/v2/:connectionId',
  });
  await server.register((scope) => oauthRoutes(scope, { store, publicUrl }), {
    prefix: '/scim/v2/:connectionId/oauth',
  });
  await signInDoors(server, door, testIdp);
  await server.register((scope) => httpTransport(scope, { schema, services }));
  await server.register(graphiql);
  server.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
    if (publicUrl().startsWith('https:')) reply.header('strict-transport-security', 'max-age=31536000');
  });
  const closeSockets = wsTransport(server.server, { schema, services, log: server.log as FastifyBaseLogger });
  await server.listen({ port: config.PORT, host: config.HOST });
  url = addressOf(server);
  const timers = new Timers(jobs(store, config, provider), server.log as FastifyBaseLogger);
  let closing: Promise<void> | undefined;
  const shut = async () => {
    await closeSockets();
    await server.close();
    store.tails.close();
    store.credentials.close();
    await timers.stop();
    await requests.flush();
    await store.database.close();
  };
  return { url, database: store.database, close: () => (closing ??= shut()) };
}

/** The doors that people come in by: the provider for applications, the way to IdPs, and the IdP that stands in for them. */
async function signInDoors(server: FastifyInstance, door: Door, testIdp: TestIdp | null): Promise<void> {
  await server.register((scope) => providerRoutes(scope, door));
  await server.register((scope) => ssoRoutes(scope, door), { prefix: '/sso' });
  await server.register((scope) => signalRoutes(scope, door), { prefix: '/sso' });
  if (!testIdp) return;
  await server.register((scope) => testIdpRoutes(scope, testIdp), { prefix: '/test-idp' });
  await server.register((scope) => testOpenIdRoutes(scope, testIdp));
}

function addressOf({ server }: FastifyInstance): string {
  const address = server.address();
  if (address === null || typeof address === 'string') return '';
  return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
}

// Probes come every few seconds and would fill the log.
const quiet = { logLevel: 'warn' } as const;

function health(server: FastifyInstance, { database }: Store): void {
  server.get('/healthz', quiet, () => ({ status: 'ok' }));
  server.get('/readyz', quiet, async (request, reply) => {
    try {
      await database.query('select 1');
      return { status: 'ready' };
    } catch (error) {
      request.log.warn({ err: error }, 'not ready');
      return reply
        .code(503)
        .header('retry-after', '5')
        .send({ status: 'unavailable', why: 'The database does not answer.' });
    }
  });
}
