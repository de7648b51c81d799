import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { NewRequest } from '../../../src/directory/requests/provisioning-request.js';
import { RequestLog } from '../../../src/directory/requests/request-log.js';
import { Unavailable } from '../../../src/kernel/errors.js';
import { parseId } from '../../../src/kernel/ids.js';
import type { Session } from '../../../src/storage/session.js';
import { numbered, type Sql } from '../../../src/storage/sql.js';
import { type Anything, eventually, type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
let other: Tenant;
beforeAll(async () => {
  world = await World.shared();
  [tenant, other] = await Promise.all([world.tenant(), world.tenant()]);
});
afterAll(() => world.close());

/** Errors of the database, by the text of a statement's parameter, and the statements that were sent. */
let failure: (entries: string) => Error | null;
let sent: number[];
let lines: Anything[];
let log: RequestLog;
const database = (): Session =>
  Object.assign(Object.create(world.database()), {
    query: async (statement: Sql) => {
      const text = String(numbered(statement).values[0]);
      sent.push(JSON.parse(text).length);
      const error = failure(text);
      if (error) throw error;
      return world.database().query(statement);
    },
  });
const openLog = (intervalMs = 60_000) =>
  new RequestLog(
    database(),
    { error: (facts: object, message: string) => void lines.push({ ...facts, message }) },
    intervalMs,
  );
const sqlState = (code: string) => Object.assign(new Error('a text of the caller'), { code });

afterEach(() => {
  failure = () => null;
  return log.close();
});
beforeEach(() => {
  failure = () => null;
  sent = [];
  lines = [];
  log = openLog();
});

let number = 0;
function entryOf(of: Tenant, more: Partial<NewRequest> = {}): NewRequest {
  const organizationId = parseId('org', of.organizationId);
  const connectionId = parseId('conn', of.connectionId);
  const requestId = `request ${++number}`;
  if (!organizationId || !connectionId) throw new Error('An id is malformed.');
  return {
    organizationId,
    connectionId,
    requestId,
    protocol: 'SCIM',
    method: 'POST',
    path: '/Users',
    status: 200,
    durationMs: 1,
    at: new Date(),
    requestText: null,
    responseText: null,
    error: null,
    quirks: [],
    userId: null,
    firstPosition: null,
    lastPosition: null,
    ...more,
  };
}
const written = async (of: Tenant, path: string) =>
  (
    await world
      .database()
      .query<{ n: number }>(
        'select count(*)::int as n from provisioning_requests where connection_id = $1 and path = $2',
        [of.connectionId, path],
      )
  )[0]?.n;

describe('texts that PostgreSQL cannot store (a NUL, half a surrogate pair)', () => {
  const halved = `x${'😀'.repeat(50_000)}`;
  const texts = {
    'half a pair': 'a\ud83d',
    'the other half': '\ude00b',
    'a NUL': 'a\0b',
    'a pair at the limit': halved,
  };
  const fields: [string, (text: string) => Partial<NewRequest>][] = [
    ['path', (text) => ({ path: text })],
    ['method', (text) => ({ method: text })],
    ['requestText', (requestText) => ({ requestText })],
    ['responseText', (responseText) => ({ responseText })],
    ['error', (error) => ({ error })],
    ['quirks', (text) => ({ quirks: ['lawful', text] })],
  ];
  const cases = fields.flatMap(([field, make]) =>
    Object.entries(texts).map(([name, text]) => [field, name, make(text)] as const),
  );
  test.each(cases)('in %s, %s: do not prevent an entry from being written', async (_field, _name, more) => {
    const path = `/before-${++number}`;
    log.record(entryOf(other, { path }));
    const { id } = log.record(entryOf(tenant, more));
    await log.flush();
    expect(await written(other, path)).toBe(1);
    const [row] = await world.database().query('select * from provisioning_requests where id = $1', [id]);
    expect(JSON.stringify(row)).toContain('\uFFFD');
    expect(lines).toEqual([]);
  });
});

describe('an entry that the database rejects', () => {
  test('is omitted and reported without its text; all others are written once', async () => {
    failure = (text) => (text.includes('/poison') ? sqlState('22P05') : null);
    for (let n = 0; n < 40; n++) log.record(entryOf(n % 2 ? tenant : other, { path: '/beside' }));
    const bad = entryOf(tenant, { path: '/poison', requestText: 'a secret text' });
    log.record(bad);
    for (let n = 0; n < 40; n++) log.record(entryOf(n % 2 ? tenant : other, { path: '/beside' }));
    await log.flush();
    expect([await written(tenant, '/beside'), await written(other, '/beside')]).toEqual([40, 40]);
    expect(lines).toEqual([
      {
        lost: 1,
        code: '22P05',
        organizationId: bad.organizationId,
        connectionId: bad.connectionId,
        requestId: bad.requestId,
        message: expect.stringContaining('rejected'),
      },
    ]);
    failure = () => null;
    sent = [];
    await log.flush();
    expect(sent).toEqual([]);
  });

  test.each(['54000', '22021', '23514', 'XX000'])('with SQLSTATE %s is the only one that is omitted', async (code) => {
    failure = (text) => (text.includes('/poison') ? sqlState(code) : null);
    log.record(entryOf(tenant, { path: '/poison' }));
    await log.flush();
    log.record(entryOf(other, { path: `/after-${code}` }));
    await log.flush();
    expect(await written(other, `/after-${code}`)).toBe(1);
  });

  test('rejected entries are logged as one line for each interval, with their number', async () => {
    log = openLog(200);
    failure = () => sqlState('22P05');
    for (let n = 0; n < 6; n++) log.record(entryOf(tenant));
    await log.flush();
    expect(lines.map(({ lost }) => lost)).toEqual([1]);
    await eventually(() => lines.length === 2);
    expect(lines.map(({ lost }) => lost)).toEqual([1, 5]);
  });
});

describe('while the database is unavailable', () => {
  const outages: [string, () => Error][] = [
    ['no connection', () => new Unavailable()],
    ['a read-only database (25006)', () => sqlState('25006')],
    ['a deadlock (40P01)', () => sqlState('40P01')],
    ['a connection that is being deleted (23503)', () => sqlState('23503')],
  ];
  test.each(outages)('entries wait, and are written once afterwards without another request: %s', async (_n, error) => {
    const path = `/waits-${++number}`;
    failure = error;
    for (let n = 0; n < 3; n++) log.record(entryOf(tenant, { path }));
    await log.flush();
    expect(sent).toEqual([3]);
    expect(lines).toEqual([{ waiting: 3, code: expect.any(String), message: expect.any(String) }]);
    failure = () => null;
    await eventually(async () => (await written(tenant, path)) === 3);
  });

  test('at most 5,000 entries wait; the oldest are dropped, and their number is reported', async () => {
    failure = () => new Unavailable();
    for (let n = 0; n < 5_700; n++) log.record(entryOf(tenant, { path: `/n${n}` }));
    await log.flush();
    expect(sent.length).toBeLessThan(5);
    await log.close();
    const lost = lines.filter(({ message }) => /oldest/.test(message));
    expect(lost.map(({ lost: n }) => n).reduce((sum, n) => sum + n, 0)).toBe(700);
  });

  test('the total size of waiting entries is limited, and they are written in batches', async () => {
    failure = () => new Unavailable();
    const requestText = 'x'.repeat(65_536);
    for (let n = 0; n < 1_200; n++)
      log.record(entryOf(tenant, { path: '/large', requestText, responseText: requestText }));
    await log.flush();
    failure = () => null;
    sent = [];
    await log.flush();
    expect(Math.max(...sent)).toBeLessThan(50);
    const kept = (await written(tenant, '/large')) ?? 0;
    expect(kept).toBeGreaterThan(100);
    expect(kept).toBeLessThan(600);
    await log.close();
    expect(lines.filter(({ message }) => /oldest/.test(message)).reduce((sum, { lost }) => sum + lost, 0)).toBe(
      1_200 - kept,
    );
  });
});

describe('at shutdown', () => {
  test('waiting entries are written', async () => {
    log.record(entryOf(tenant, { path: '/last' }));
    await log.close();
    expect(await written(tenant, '/last')).toBe(1);
    expect(lines).toEqual([]);
  });

  test('entries that cannot be written, and later ones, are reported as lost', async () => {
    failure = () => new Unavailable();
    for (let n = 0; n < 4; n++) log.record(entryOf(tenant));
    await log.close();
    expect(lines.at(-1)).toMatchObject({ lost: 4, message: expect.stringContaining('stop') });
    log.record(entryOf(tenant));
    expect(lines.at(-1)).toMatchObject({ lost: 1 });
  });
});
