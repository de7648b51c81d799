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
 * Counts the round trips of the transaction that sends a statement with `pattern` while `work` runs: the times that its
 * session receives statements while it has no others.
 */
export async function countRoundTrips(work: () => Promise<unknown>, pattern: RegExp): Promise<number> {
  const original = pg.Client.prototype.query;
  const sessions = new Map<pg.Client, { waiting: number; trips: number; isMarked: boolean; isOver: boolean }>();
  pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
    const answer = (original as (...all: unknown[]) => unknown).apply(this, given);
    const text = (given[0] as { text?: string }).text ?? '';
    if (text === 'begin') sessions.set(this, { waiting: 0, trips: 0, isMarked: false, isOver: false });
    const session = sessions.get(this);
    if (!session || !(answer instanceof Promise)) return answer;
    if (session.waiting === 0 && !session.isOver) session.trips++;
    session.isOver ||= text === 'commit';
    session.waiting++;
    session.isMarked ||= pattern.test(text);
    const done = () => {
      session.waiting--;
    };
    answer.then(done, done);
    return answer;
  } as typeof original;
  try {
    await work();
  } finally {
    pg.Client.prototype.query = original;
  }
  return [...sessions.values()].find(({ isMarked }) => isMarked)?.trips ?? 0;
}
