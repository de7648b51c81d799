import pg from 'pg';

/** One statement that the product has sent. */
export interface Recorded {
  text: string;
  values: unknown[];
}

/** Records every statement that this process sends while `work` runs. The baseline repeats them unchanged. */
export async function record(work: () => Promise<unknown>): Promise<Recorded[]> {
  const statements: Recorded[] = [];
  const original = pg.Client.prototype.query;
  pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
    const [query] = given;
    if (typeof query === 'object' && query !== null && 'text' in query) {
      const { text, values = [] } = query as { text: string; values?: unknown[] };
      statements.push({ text, values: values.map(plain) });
    }
    return (original as (...all: unknown[]) => unknown).apply(this, given);
  } as typeof original;
  try {
    await work();
  } finally {
    pg.Client.prototype.query = original;
  }
  return statements.filter(({ text }) => !/scim_tokens|api_keys|webhook_endpoints|'user\.deprovisioned'/.test(text));
}

const plain = (value: unknown) =>
  value instanceof Date ? value.toISOString() : Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : value;

/**
 * Counts the round trips to PostgreSQL while `work` runs: the times that a session without work receives statements.
 * Notifications and the request log are sent apart.
 */
export async function countRoundTrips(work: () => Promise<unknown>): Promise<number> {
  const original = pg.Client.prototype.query;
  const busy = new Map<pg.Client, number>();
  let trips = 0;
  pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
    const answer = (original as (...all: unknown[]) => unknown).apply(this, given);
    const [query] = given;
    const text = typeof query === 'string' ? query : ((query as { text?: string }).text ?? '');
    if (/provisioning_requests|scim_tokens|pg_notify/.test(text) || !(answer instanceof Promise)) return answer;
    const before = busy.get(this) ?? 0;
    if (before === 0) trips++;
    busy.set(this, before + 1);
    const done = () => busy.set(this, (busy.get(this) ?? 1) - 1);
    answer.then(done, done);
    return answer;
  } as typeof original;
  try {
    await work();
  } finally {
    pg.Client.prototype.query = original;
  }
  return trips;
}
