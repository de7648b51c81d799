import { randomUUID } from 'node:crypto';
import { resolveTxt } from 'node:dns/promises';
import type { FastifyBaseLogger } from 'fastify';
import { ApiKey } from './access/api-key.js';
import { Credentials } from './access/credentials.js';
import { mayRevoke } from './access/revocations.js';
import { ScimToken } from './access/scim-token.js';
import { openVault } from './access/secret-key.js';
import { SignInSession } from './access/session.js';
import type { Store, TxtResolver } from './access/store.js';
import { Turnstile } from './access/turnstile.js';
import type { Config } from './config.js';
import { Consumer } from './delivery/consumers/consumer.js';
import { WebhookEndpoint } from './delivery/webhooks/endpoint.js';
import { Application } from './directory/applications/application.js';
import { ApplicationSecret } from './directory/applications/application-secret.js';
import { Connection } from './directory/connections/connection.js';
import { ScimClient } from './directory/connections/scim-client.js';
import { Group } from './directory/groups/group.js';
import { Domain } from './directory/organizations/domain.js';
import { Organization } from './directory/organizations/organization.js';
import { ProvisioningRequest } from './directory/requests/provisioning-request.js';
import { Identity } from './directory/users/identity.js';
import { User } from './directory/users/user.js';
import { Bus } from './events/bus.js';
import { EventRecord } from './events/event.js';
import { History } from './events/history.js';
import { Tails } from './events/tails.js';
import { natsWire } from './events/wires/nats.js';
import { postgresWire } from './events/wires/postgres.js';
import { Failures } from './failures.js';
import { Clock } from './storage/clock.js';
import { Database } from './storage/database.js';
import { checkDurable } from './storage/durable.js';
import type { Engine } from './storage/open.js';

const entities = [
  ApiKey,
  Application,
  ApplicationSecret,
  Connection,
  Consumer,
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
  WebhookEndpoint,
];

/** What tests put in the place of the world outside. */
export interface Outside {
  now?: () => Date;
  resolveTxt?: TxtResolver;
  /** Interval of the progress of followers, in milliseconds (default: 15,000). */
  progressMs?: number;
}

/** Everything that outlives a request, over a database that has been migrated. */
export async function openStore(
  engine: Engine,
  config: Config,
  { outside, log }: { outside: Outside; log: Pick<FastifyBaseLogger, 'warn'> },
): Promise<Store> {
  const failures = new Failures(log);
  const database = new Database(engine, await engine.connect('runtime', entities));
  if (!engine.embedded && config.DATABASE_DURABLE === 'required') await checkDurable(database);
  const clock = outside.now ? null : await Clock.start(database, { log, failures });
  const now = outside.now ?? (() => (clock as Clock).now());
  const credentials = new Credentials(database, { now, failures });
  const given = config.ROLLCALL_SECRET_KEY?.reveal() ?? null;
  const vault = await openVault(database, { given, directory: config.DATA_DIR });
  const history = await new History(database, vault.derive('event cursors'), failures).open();
  const tails = new Tails(database, history, failures);
  // Another history has other events, and other credentials.
  history.onChange = () => {
    tails.drop();
    credentials.forget();
  };
  tails.heed = (events) => {
    if (mayRevoke(events)) credentials.forget();
  };
  return {
    database,
    tails,
    bus: await joinBus(engine, config, { credentials, tails, failures }),
    turnstile: new Turnstile(Math.max(1, Math.floor(engine.poolSize / 3))),
    credentials,
    vault,
    history,
    now,
    failures,
    close: () => {
      clock?.close();
      failures.close();
    },
    progressMs: outside.progressMs ?? 15_000,
    resolveTxt: outside.resolveTxt ?? (async (host) => (await resolveTxt(host)).map((parts) => parts.join(''))),
  };
}

/** The way to the other nodes: NATS where the operator has one, else PostgreSQL itself. An embedded database has none. */
async function joinBus(
  engine: Engine,
  config: Config,
  { credentials, tails, failures }: Pick<Store, 'credentials' | 'tails' | 'failures'>,
): Promise<Bus> {
  const bus = new Bus(randomUUID());
  bus.hear((hint) => (hint === 'credentials' ? credentials.forget() : tails.wake(hint)));
  const nats = config.NATS_URL?.reveal();
  if (engine.direct) await bus.join(nats ? natsWire(nats, failures) : postgresWire(engine.direct, failures));
  return bus;
}
