import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { administer } from './support/database.js';
import { freshDatabase, onPostgres, startServer } from './support/server.js';
import { eventually } from './support/world.js';

let settings: Record<string, string>;
let other: Server;
let taken = 0;
beforeAll(async () => {
  settings = await freshDatabase();
  // The first start stores a check value of the secret key in the database.
  await (await startServer({}, settings)).close();
  other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  taken = (other.address() as { port: number }).port;
});
afterAll(() => void other.close());

/** Handles that keep the process running. */
const open = () =>
  process
    .getActiveResourcesInfo()
    .filter((name) => !/FSReq|Immediate/.test(name))
    .sort();
const sessions = async (): Promise<number> => {
  if (!onPostgres) return 0;
  const statement = 'select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()';
  return ((await administer(settings.DATABASE_URL ?? '', statement))[0] ?? []).length;
};

describe('a start that fails leaves nothing open', () => {
  test.each<[string, () => Record<string, string>, RegExp]>([
    ['the port is in use', () => ({ PORT: String(taken) }), /EADDRINUSE/],
    ['the secret key is another one', () => ({ ROLLCALL_SECRET_KEY: 'x'.repeat(40) }), /encrypted with another/],
    ['a file of settings is not there', () => ({ GRAPHQL_SAFELIST: '/nowhere' }), /nowhere/],
  ])('%s', async (_what, more, text) => {
    const before = open();
    // Twice: anything that the first start leaves open would block the second, or add up.
    for (let n = 0; n < 2; n++) await expect(startServer({}, { ...settings, ...more() })).rejects.toThrow(text);
    await eventually(async () => (await sessions()) === 0);
    await eventually(() => open().length <= before.length);
    const next = await startServer({}, settings);
    expect((await fetch(`${next.url}/readyz`)).status).toBe(200);
    await next.close();
  });
});

test('the start reports host, port and a remedy if PostgreSQL accepts connections and does not respond', async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => void sockets.push(socket));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as { port: number };
  const started = startServer({}, { DATABASE_URL: `postgres://someone@127.0.0.1:${port}/base` });
  await expect(started).rejects.toThrow(
    `PostgreSQL cannot be used. The host "127.0.0.1" did not respond on port ${port} in time, or accepted the connection and then sent nothing. Check host and port`,
  );
  for (const socket of sockets) socket.destroy();
  silent.close();
});
