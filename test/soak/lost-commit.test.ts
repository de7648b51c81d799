import { randomUUID } from 'node:crypto';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { administer } from '../support/database.js';
import { freshDatabase, startServer } from '../support/server.js';
import { type Anything, eventually, type Tenant, World } from '../support/world.js';

/** A TCP proxy to PostgreSQL that cuts connections after it has forwarded a COMMIT, and refuses new ones until it is reset. */
class CommitCutter {
  armed = false;
  isCut = false;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  constructor(readonly target: URL) {
    this.#server = createServer((near) => this.#join(near));
  }

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const url = new URL(this.target.href);
    url.host = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return url.href;
  }

  #join(near: Socket): void {
    if (this.isCut) return void near.destroy();
    const far = connect({ host: this.target.hostname, port: Number(this.target.port || 5432) });
    // Prepared statements are bound by name later, so the names of COMMIT are learned from Parse messages.
    const commits: string[] = [];
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.on('data', (chunk) => {
      const text = chunk.toString('latin1');
      for (const [, name = ''] of text.matchAll(/P[\s\S]{4}(q\d+)\0commit\0/g)) commits.push(name);
      const isCommit = commits.some((name) => text.includes(`\0${name}\0`) || text.includes(`${name}\0commit\0`));
      if (!this.armed || !isCommit) return void far.write(chunk);
      this.armed = false;
      this.isCut = true;
      near.destroy();
      far.end(chunk);
      for (const socket of this.#sockets) if (socket !== far) socket.destroy();
    });
    far.on('data', (chunk) => void near.write(chunk));
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}

let cutter: CommitCutter;
let direct: string;
let world: World;
let tenant: Tenant;
beforeAll(async () => {
  const settings = await freshDatabase();
  direct = settings.DATABASE_URL ?? '';
  cutter = new CommitCutter(new URL(direct));
  world = new World(await startServer({}, { ...settings, DATABASE_URL: await cutter.open(), LOG_LEVEL: 'silent' }));
  tenant = await world.tenant();
}, 60_000);
afterAll(async () => {
  cutter.isCut = false;
  await world.close();
  cutter.close();
});
beforeEach(() => {
  cutter.isCut = false;
  return eventually(async () => (await fetch(`${world.url}/readyz`)).status === 200);
});

async function createGroup(displayName: string, headers = {}) {
  const answer = await fetch(`${world.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tenant.key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({
      query: 'mutation($i: CreateGroupInput!) { createGroup(input: $i) { group { id } } }',
      variables: { i: { organizationId: tenant.organizationId, displayName } },
    }),
  });
  const { errors } = (await answer.json()) as Anything;
  return [answer.status, errors?.[0].extensions.code, answer.headers.get('retry-after')];
}
const groups = async (name: string) =>
  (await administer(direct, `select id from groups where display_name = '${name}'`))[0]?.length;
const consumeTrip = async () => {
  cutter.isCut = false;
  await eventually(async () => (await fetch(`${world.url}/readyz`)).status === 200);
};

describe('the connection is cut after COMMIT was sent', () => {
  test('and PostgreSQL is reachable soon: the status of the transaction is read, and the response is a success', async () => {
    cutter.armed = true;
    const answer = createGroup('soon');
    await eventually(() => cutter.isCut);
    cutter.isCut = false;
    expect(await answer).toEqual([200, undefined, null]);
    expect(await groups('soon')).toBe(1);
  });

  test('and PostgreSQL stays unreachable: OUTCOME_UNKNOWN, and a repeat with the same Idempotency-Key creates no second group', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    cutter.armed = true;
    expect(await createGroup('away', headers)).toEqual([503, 'OUTCOME_UNKNOWN', null]);
    await consumeTrip();
    expect((await createGroup('away', headers)).slice(0, 2)).toEqual([409, 'IDEMPOTENCY_ANSWER_LOST']);
    expect(await groups('away')).toBe(1);
  }, 60_000);

  test('and PostgreSQL stays unreachable: SCIM answers 503 with Retry-After, and the repeated POST is 409', async () => {
    cutter.armed = true;
    const answer = await tenant.scim('POST', '/Users', { userName: 'away@acme.com' });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    await consumeTrip();
    expect((await tenant.scim('POST', '/Users', { userName: 'away@acme.com' })).status).toBe(409);
  }, 60_000);
});
