import type { Client, ClientBase } from 'pg';
import { DatabaseRefused } from './database-refused.js';
import { isSilent } from './unavailable.js';

const remedy =
  'Set DATABASE_URL to the address of PostgreSQL itself, or set pool_mode = session for this database in the pooler.';
const shared = `The address in DATABASE_URL leads to a connection pooler that gives each transaction another session, such as PgBouncer in transaction mode. Rollcall needs sessions that stay: for its role, its limits, prepared statements and notifications. ${remedy}`;
const single = `The address in DATABASE_URL leads to a connection pooler that gives one session at a time, such as PgBouncer with pool_size = 1. Raise its pool_size above DATABASE_POOL, or set DATABASE_URL to the address of PostgreSQL itself.`;

/**
 * Rejects an address on which a connection does not keep its session. A pooler does not identify itself, so this
 * compares the sessions of two connections, one of them inside a transaction.
 *
 * @returns true if there is a pooler that keeps the session of each connection
 * @throws DatabaseRefused, or the error of a connection
 */
export async function refuseSharedSessions(connect: () => Client): Promise<boolean> {
  const clients: Client[] = [];
  const open = async () => {
    const client = connect();
    clients.push(client);
    // Without a listener, the end of the connection would end the process. The next statement fails.
    client.on('error', () => {});
    await client.connect();
    return client;
  };
  try {
    const first = await open();
    const second = await open().catch(onlyOne);
    if (await isShared(first, second)) throw new DatabaseRefused(shared);
    return (await pidOf(first)) !== processOf(first);
  } finally {
    const ends = clients.map((client) =>
      client.end().catch(() => {
        // The result is already known, or the error is already thrown.
      }),
    );
    await Promise.all(ends);
  }
}

// One round detects an idle pooler. Concurrent use of the pooler can hide it in one round, but not in all.
const rounds = 20;

async function isShared(first: Client, second: Client): Promise<boolean> {
  const [own, other] = [new Set<number>(), new Set<number>()];
  try {
    for (let round = 0; round < rounds; round++) {
      own.add(await pidOf(first));
      await second.query('begin').catch(onlyOne);
      // A pooler that shares sessions assigns the free session of the first connection to the second, or then another
      // one to the first.
      other.add(await pidOf(second));
      if (own.size > 1 || other.size > 1 || [...own].some((pid) => other.has(pid))) return true;
      own.add(await pidOf(first));
      await second.query('rollback');
    }
    return own.size > 1;
  } catch (error) {
    if (error instanceof Error && error.message.includes('statement pooling mode')) return true;
    throw error;
  }
}

function onlyOne(error: unknown): never {
  if (isSilent(error) || (error instanceof Error && error.message.includes('query_wait_timeout')))
    throw new DatabaseRefused(single);
  throw error;
}

/** Returns the process id that the server sent at the start of the connection. A pooler sends a different number. */
export const processOf = (client: ClientBase): number => ('processID' in client ? Number(client.processID) : 0);

async function pidOf(client: Client): Promise<number> {
  const { rows } = await client.query('select pg_backend_pid() as pid');
  return rows[0].pid;
}
