import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { Store } from './access/store.js';
import { readFacets } from './adapters/graphql/connections/read-facets.js';
import type { Services } from './adapters/graphql/context.js';
import { DeprecationCounter } from './adapters/graphql/engine/deprecated-uses.js';
import { Execution } from './adapters/graphql/engine/execution.js';
import { servedSchema } from './adapters/graphql/engine/federation.js';
import { Safelist } from './adapters/graphql/engine/safelist.js';
import { buildSchema } from './adapters/graphql/schema.js';
import { graphiql } from './adapters/graphql/transports/graphiql.js';
import { httpTransport } from './adapters/graphql/transports/http.js';
import { Operations } from './adapters/graphql/transports/operations.js';
import { sseTransport } from './adapters/graphql/transports/sse.js';
import { wsTransport } from './adapters/graphql/transports/ws.js';
import { FairQueue } from './adapters/scim/http/fair-queue.js';
import { scimRoutes } from './adapters/scim/http/routes.js';
import { oauthRoutes } from './adapters/scim/oauth/oauth.js';
import { replay } from './adapters/scim/request-log/replay.js';
import { setupRoutes } from './adapters/setup/routes.js';
import type { SsoServices } from './adapters/sso/context.js';
import { refuseHostileUrl } from './adapters/sso/hostile-url.js';
import { providerPages } from './adapters/sso/pages/provider-pages.js';
import { providerRoutes } from './adapters/sso/provider-routes.js';
import { ssoRoutes } from './adapters/sso/routes.js';
import { signalRoutes } from './adapters/sso/signal-endpoints.js';
import { signOutAtIdp } from './adapters/sso/single-logout.js';
import { noTestIdpRoutes, TestIdp, testIdpRoutes, testOpenIdRoutes } from './adapters/test-idp/routes.js';
import { Connections } from './adapters/web/close-connections.js';
import { mostConnections } from './adapters/web/descriptors.js';
import { listen } from './adapters/web/listen.js';
import { type Config, locationOf } from './config/config.js';
import { isLoopback, warnIfExposed } from './config/exposure.js';
import type { ApiKey } from './credentials/api-keys/api-key.js';
import { ensurePlatformKeys } from './credentials/api-keys/platform-keys.js';
import type { Delivering } from './delivery/webhooks/deliver.js';
import { Dispatcher } from './delivery/webhooks/dispatcher.js';
import { securityEvent } from './delivery/webhooks/security-events.js';
import { LiveRequests } from './directory/requests/live-requests.js';
import { RequestLog } from './directory/requests/request-log.js';
import { health } from './health.js';
import { newHttpServer } from './http-server.js';
import { Issuers } from './identity-providers/oidc/issuers.js';
import { hourMs } from './kernel/durations.js';
import { OpenIdProvider } from './openid-provider/open-id-provider.js';
import type { SignOutAtIdp } from './openid-provider/sign-out.js';
import { type Outbound, outbound } from './outbound/outbound.js';
import { serverFacts } from './overview/deployment.js';
import { LiveAttention } from './overview/live-attention.js';
import { startHeartbeat } from './overview/nodes/heartbeat.js';
import { abandon, stop } from './stop.js';
import { migrate } from './storage/migrate.js';
import { openEngine } from './storage/open.js';
import { type Outside, openStore } from './store.js';
import { jobs } from './timers/jobs.js';
import { Timers } from './timers/timers.js';

export type { Outside } from './store.js';

/** Running server. */
export interface Rollcall {
  /** URL of the server, without a trailing slash. */
  url: string;
  /** Administrator key if this start has generated it. It must be shown once. */
  adminKey: string | null;
  /** Platform keys that are valid at startup. */
  platformKeys: readonly ApiKey[];
  /** Open database, for tests and tools in the same process. */
  database: Store['database'];
  /** Ends sockets, completes requests in progress, and closes the database. A second call waits for the first. */
  close(): Promise<void>;
}

/**
 * Opens the database, migrates it, and starts the server. @throws the error that prevents the start, after closing
 * everything
 */
export async function start(config: Config, outside: Outside = {}): Promise<Rollcall> {
  const server = newHttpServer(config);
  const engine = await openEngine(locationOf(config));
  // In the order of opening. A running server closes all of them itself.
  let undo = [() => engine.close()];
  try {
    await migrate(engine, ({ text, fix }) => server.log.warn({ fix }, text));
    const store = await openStore(engine, config, { outside, log: server.log });
    undo.push(() => abandon(server, store));
    const rollcall = await serve(server, config, store);
    undo = [rollcall.close];
    const given = config.ROLLCALL_ADMIN_KEY?.reveal() ?? null;
    // Runs after the port is bound: the key is shown only once, so a start that fails must not generate it.
    const { keys, made } = await ensurePlatformKeys(store.database, { given, now: store.now() });
    return { ...rollcall, adminKey: made, platformKeys: keys };
  } catch (error) {
    for (const close of undo.reverse()) await close();
    throw error;
  }
}

async function serve(
  server: FastifyInstance,
  config: Config,
  store: Store,
): Promise<Omit<Rollcall, 'adminKey' | 'platformKeys'>> {
  const connections = new Connections(server.server);
  server.server.maxConnections = mostConnections(store.database.engine) ?? Number.POSITIVE_INFINITY;
  const log = server.log as FastifyBaseLogger;
  let url = '';
  const publicUrl = () => config.PUBLIC_URL ?? url;
  const isLocal = isLoopback(config.HOST) && (!config.PUBLIC_URL || isLoopback(new URL(config.PUBLIC_URL).hostname));
  const client = outbound({
    allowPrivate: isLocal,
    networks: config.OUTBOUND_ALLOW ?? [],
    proxy: proxyOf(config),
    onWithheld: (err) =>
      log.warn({ err, host: err.host }, 'a host whose errors are hidden from callers cannot be reached'),
  });
  const [issuers, requests] = [new Issuers(client), new RequestLog(store.database, log)];
  const atIdp: SignOutAtIdp = (session, returnTo) => signOutAtIdp(sso, session, returnTo);
  const provider = new OpenIdProvider(store, { publicUrl, outbound: client, pages: providerPages(store), atIdp });
  const sso: SsoServices = { store, requests, issuers, outbound: client, provider, publicUrl };
  const testIdp = (config.TEST_IDP ?? (isLocal ? 'on' : 'off')) === 'on' ? new TestIdp(store, publicUrl) : null;
  const services: Services = {
    store,
    issuers,
    outbound: client,
    facetsOf: (input, of) =>
      readFacets(input, { provider: of, outbound: client, testIdp: testIdp && ((how) => testIdp.facets(how)) }),
    publicUrl,
    requests,
    live: { requests: new LiveRequests(store, requests), attention: new LiveAttention(store) },
    server: serverFacts(config),
    deprecations: new DeprecationCounter(store.now, log),
    replay: (read, asked) => replay({ store, requests, publicUrl, report: scimReport(log) }, read, asked),
  };
  let closing: Promise<void> | undefined;
  health(server, store, () => closing !== undefined);
  await registerScim(server, { store, requests, publicUrl });
  await server.register(async (scope) => {
    scope.addHook('onRequest', refuseHostileUrl);
    await registerSignIn(scope, sso, testIdp);
    await scope.register((pages) => setupRoutes(pages, services), { prefix: '/setup' });
  });
  const closeFollowers = await registerGraphql(server, services, config);
  server.addHook('onSend', (_request, reply, payload, done) => {
    reply.header('x-content-type-options', 'nosniff');
    if (publicUrl().startsWith('https:')) reply.header('strict-transport-security', 'max-age=31536000');
    done(null, payload);
  });
  // Many new connections can wait to be accepted: with the default, the 512th would be refused.
  await listen(server, { port: config.PORT, host: config.HOST, backlog: 4_096 });
  warnIfExposed(config, log);
  url = addressOf(server);
  const dispatcher = dispatch(config, { store, outbound: client, issuer: provider.issuer, log });
  const heartbeat = await startHeartbeat(store, services.server.version, server.server);
  const timers = new Timers(jobs(store, config, provider, heartbeat), store.failures);
  const limits = { drainMs: 1_000 * config.DRAIN_SECONDS, limitMs: 1_000 * config.SHUTDOWN_SECONDS };
  const running = { server, connections, closeFollowers, dispatcher, timers, requests, heartbeat, store };
  return { url, database: store.database, close: () => (closing ??= stop(running, limits)) };
}

const scimReport = (log: FastifyBaseLogger) => (err: unknown) => log.error({ err }, 'a SCIM request failed');

const proxyOf = ({ HTTPS_PROXY: url, NO_PROXY: bypass = [], OUTBOUND_PROXY_RESOLVES: resolves }: Config) =>
  url ? { url: url.reveal(), bypass, resolves: resolves === 'on' } : null;

function dispatch(
  config: Config,
  {
    store,
    outbound: client,
    issuer,
    log,
  }: { store: Store; outbound: Outbound; issuer: string; log: FastifyBaseLogger },
): Dispatcher {
  const delivering: Delivering = {
    store,
    outbound: client,
    failingAfterMs: config.WEBHOOK_FAILING_HOURS * hourMs,
    securityEvent: (endpoint, event) => securityEvent(store, issuer, endpoint, event),
  };
  return new Dispatcher(delivering, log);
}

async function registerScim(
  server: FastifyInstance,
  sso: Pick<SsoServices, 'store' | 'requests' | 'publicUrl'>,
): Promise<void> {
  // Requests beyond the capacity of the database wait in this fair queue instead of the pool.
  const queue = new FairQueue(Math.max(4, sso.store.database.engine.poolSize));
  await server.register((scope) => scimRoutes(scope, { ...sso, queue }), { prefix: '/scim/v2/:connectionId' });
  await server.register((scope) => oauthRoutes(scope, sso), { prefix: '/scim/v2/:connectionId/oauth' });
}

/**
 * Registers GraphQL over HTTP, server-sent events and WebSocket. Returns a function that closes open streams and
 * sockets.
 */
async function registerGraphql(server: FastifyInstance, services: Services, config: Config) {
  const log = server.log as FastifyBaseLogger;
  const subgraph = config.FEDERATION === 'on' ? { prefix: config.FEDERATION_PREFIX ?? '' } : null;
  const { schema, prefix } = servedSchema(buildSchema(), subgraph);
  const safelist = config.GRAPHQL_SAFELIST ? new Safelist(config.GRAPHQL_SAFELIST) : null;
  const execution = new Execution(schema, {
    safelist,
    debug: config.GRAPHQL_DEBUG === 'on',
    introspection: config.INTROSPECTION === 'on',
    prefix,
  });
  const operations = new Operations(execution);
  const origins = config.CORS_ORIGINS ?? [];
  let closeStreams = () => {};
  await server.register(
    async (scope) => {
      await httpTransport(scope, { execution, services, origins });
      closeStreams = sseTransport(scope, { operations, services });
    },
    { prefix: '/graphql' },
  );
  const closeSockets = wsTransport(server.server, { operations, services, log, origins });
  await server.register(graphiql);
  return async () => {
    closeStreams();
    await closeSockets();
  };
}

/** Registers the sign-in routes: the provider for applications, sign-in at IdPs, and the test IdP. */
async function registerSignIn(server: FastifyInstance, sso: SsoServices, testIdp: TestIdp | null): Promise<void> {
  await server.register((scope) => providerRoutes(scope, sso));
  await server.register((scope) => ssoRoutes(scope, sso), { prefix: '/sso' });
  await server.register((scope) => signalRoutes(scope, sso), { prefix: '/sso' });
  if (!testIdp) return void (await server.register(noTestIdpRoutes));
  await server.register((scope) => testIdpRoutes(scope, testIdp), { prefix: '/test-idp' });
  await server.register((scope) => testOpenIdRoutes(scope, testIdp));
}

function addressOf({ server }: FastifyInstance): string {
  const address = server.address();
  if (address === null || typeof address === 'string') return '';
  return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
}
