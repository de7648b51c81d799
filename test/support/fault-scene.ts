import { administer } from './database.js';
import { type ServerProcess, spawnServer } from './process.js';
import { type Answer, oktaUser, type Tenant, World } from './world.js';

/** A server in a separate process, with one tenant. */
export interface Scene {
  server: ServerProcess;
  world: World;
  tenant: Tenant;
}

export async function serve(settings: Record<string, string>): Promise<Scene> {
  const server = await spawnServer({ DATABASE_DURABLE: 'not required', ...settings });
  const world = new World({ url: server.url, adminKey: null, close: async () => {} });
  return { server, world, tenant: await world.tenant() };
}

export const isReady = async ({ url }: { url: string }): Promise<boolean> => {
  try {
    return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) })).ok;
  } catch {
    return false;
  }
};

/** Responses that writers have received. */
export interface Ledger {
  created: Map<string, string>;
  statuses: Map<number, number>;
  /** Durations of the 503 responses, in milliseconds. */
  refusedMs: number[];
  /** Responses that a caller must never receive, or only with `Retry-After`. */
  wrong: string[];
}
export const newLedger = (): Ledger => ({ created: new Map(), statuses: new Map(), refusedMs: [], wrong: [] });

/** Records a response. 503 requires `Retry-After`; any other 5xx is wrong. */
export function note(ledger: Ledger, answer: Answer | null, what: string): void {
  const status = answer?.status ?? 0;
  ledger.statuses.set(status, (ledger.statuses.get(status) ?? 0) + 1);
  if (status === 503 && !answer?.headers.get('retry-after')) ledger.wrong.push(`${what}: 503 without Retry-After`);
  if (status >= 500 && status !== 503) ledger.wrong.push(`${what}: ${status} ${JSON.stringify(answer?.body)}`);
}

/** Creates users in sequence until `isOver`. A request without a response has the status 0. */
export async function write(
  tenant: Pick<Tenant, 'scim'>,
  ledger: Ledger,
  name: string,
  isOver: (n: number) => boolean,
): Promise<void> {
  for (let n = 0; !isOver(n); n++) {
    const userName = `${name}-${n}@acme.com`;
    const since = performance.now();
    const answer = await tenant.scim('POST', '/Users', oktaUser(userName)).catch(() => {
      // The server was stopped, or killed.
    });
    note(ledger, answer ?? null, `POST ${userName}`);
    if (answer?.status === 503) ledger.refusedMs.push(performance.now() - since);
    if (answer?.status === 201) ledger.created.set(userName, answer.body.id);
  }
}

/**
 * Compares a database with the ledger and with its own log. Returns the differences: an acknowledged account that is
 * missing, an account without its event, an event without its account, a gap or a repeat in the positions.
 */
export async function disagreements(url: string, { created }: Ledger): Promise<string[]> {
  const [users = [], provisioned = [], positions = []] = await administer(
    url,
    'select id, user_name from users',
    `select user_id as id, count(*)::int as n from events where type = 'user.provisioned' group by 1`,
    'select organization_id, count(*)::int as n, count(distinct position)::int as distinct, min(position)::int as first, max(position)::int as last from events group by 1',
  );
  const found: string[] = [];
  const rows = users as { id: string; user_name: string }[];
  const names = new Map(rows.map((row) => [row.user_name, row.id]));
  for (const [userName, id] of created)
    if (names.get(userName) !== id) found.push(`${userName} was answered with ${id}, and is ${names.get(userName)}`);
  const events = new Map((provisioned as { id: string; n: number }[]).map((row) => [row.id, row.n]));
  for (const { id } of rows)
    if (events.get(id) !== 1) found.push(`${id} has ${events.get(id) ?? 0} events of its creation`);
  if (events.size !== rows.length) found.push(`${events.size} accounts in the log, ${rows.length} in the directory`);
  for (const row of positions as { n: number; distinct: number; first: number; last: number }[])
    if (row.first !== 1 || row.last !== row.n || row.distinct !== row.n)
      found.push(`positions: ${JSON.stringify(row)}`);
  return found;
}

/** Returns the quantile of the values for this share. */
export const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;

/** Prints a line. */
export const say = (line: string): void => void process.stdout.write(`${line}\n`);
