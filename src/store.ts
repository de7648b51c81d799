import { randomUUID } from 'node:crypto';
import { resolveTxt } from 'node:dns/promises';
import type { FastifyBaseLogger } from 'fastify';
import type pg from 'pg';
import type { Store, TxtResolver } from './access/store.js';
import { WriterLimit } from './access/writer-limit.js';
import { CredentialCache } from './authentication/credential-cache.js';
import { mayRevoke } from './authentication/revocations.js';
import type { Config } from './config/config.js';
import { openVault } from './credentials/secret-key.js';
import { entities } from './entities.js';
import { Bus } from './events/bus.js';
import { History } from './events/history.js';
import { Tails } from './events/tails.js';
import { natsWire } from './events/wires/nats.js';
import { postgresWire } from './events/wires/postgres.js';
import { Failures } from './kernel/failures.js';
import { isAccessLost } from './storage/access-lost.js';
import { Clock } from './storage/clock.js';
import { Database } from './storage/database.js';
import { checkDurable } from './storage/durable.js';
import type { Engine } from './storage/engine.js';

/** External dependencies that tests replace. */
export interface Outside {
  now?: () => Date;
  resolveTxt?: TxtResolver;
  /** Interval of the progress of followers, in milliseconds (default: 15,000). */
  progressMs?: number;
}

/**
 * Opens the long-lived objects over a migrated database. @throws the error that prevents this, after closing them again
 */
export async function openStore(
  engine: Engine,
  config: Config,
  { outside, log }: { outside: Outside; log: Pick<FastifyBaseLogger, 'warn'> },
): Promise<Store> {
  const dataSource = await engine.connect('runtime', entities);
  const undo: Undo = [() => dataSource.destroy()];
  try {
    return await fill(new Database(engine, dataSource), config, { outside, log, undo });
  } catch (error) {
    for (const close of undo.reverse()) await close();
    throw error;
  }
}

const refusal = 'the database refuses the server; /readyz shows the fix';

/** Functions that close the opened parts. They are run in reverse order. */
type Undo = (() => unknown)[];

async function fill(
  database: Database,
  config: Config,
  { outside, log, undo }: { outside: Outside; log: Pick<FastifyBaseLogger, 'warn'>; undo: Undo },
): Promise<Store> {
  const { engine } = database;
  // If the database refuses the server, all jobs fail with the same cause.
  const failures = new Failures(log, (error) => (isAccessLost(error) ? refusal : null));
  undo.push(() => failures.close());
  database.onRefusal = (error) => failures.note(refusal, error);
  if (!engine.embedded && config.DATABASE_DURABLE === 'required') await checkDurable(database);
  const clock = outside.now ? null : await Clock.start(database, { log, failures });
  undo.push(() => clock?.close());
  const now = outside.now ?? (() => (clock as Clock).now());
  const credentials = new CredentialCache(database, { now, failures });
  undo.push(() => credentials.close());
  const given = config.ROLLCALL_SECRET_KEY?.reveal() ?? null;
  const vault = await openVault(database, { given, directory: config.DATA_DIR });
  const history = await new History(database, vault.derive('event cursors'), failures).open();
  const tails = new Tails(database, history, failures);
  undo.push(() => tails.close());
  // Another history has other events and credentials.
  history.onChange = () => {
    tails.drop();
    credentials.forget();
  };
  tails.onEvents = (events) => {
    if (mayRevoke(events)) credentials.forget();
  };
  return {
    database,
    tails,
    bus: await joinBus(engine, config, { credentials, tails, failures }),
    writerLimit: new WriterLimit(Math.max(1, Math.floor(engine.poolSize / 3))),
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

/**
 * Connects to the other nodes, through NATS if it is configured, else through PostgreSQL. An embedded database has no
 * other nodes.
 */
async function joinBus(
  engine: Engine,
  config: Config,
  { credentials, tails, failures }: Pick<Store, 'credentials' | 'tails' | 'failures'>,
): Promise<Bus> {
  const bus = new Bus(randomUUID());
  bus.subscribe((hint) => {
    if (hint === 'credentials') credentials.forget();
    else if ('position' in hint) tails.wake(hint);
  });
  const nats = config.NATS_URL?.reveal();
  const { direct: connect } = engine;
  const verify = (client: pg.Client) => engine.verify(client);
  if (connect) await bus.join(nats ? natsWire(nats, failures) : postgresWire({ connect, verify }, failures));
  return bus;
}
