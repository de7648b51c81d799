import { type Figures, load, type Options, type Shot } from './load.js';

/** The most frequent list: a page of fifty users with their groups. */
export const pageQuery =
  'query($id: ID!, $after: Cursor) { organization(id: $id) { users(first: 50, after: $after) { nodes { id userName displayName status groups(first: 20) { nodes { id displayName } } } pageInfo { endCursor } } } }';

/** The equivalent query on the tables for PostGraphile. */
const theirQuery = `query($id: String!) { allUsers(first: 50, condition: { organizationId: $id }) { nodes {
  rowId userName displayName active suspendedAt deletedAt invitedAt
  membershipsByOrganizationIdAndUserId(first: 20) { nodes { groupByOrganizationIdAndGroupId { rowId displayName } } } }
  pageInfo { endCursor } } }`;

interface Servers {
  product: string;
  floor: string;
  /** Null if the packages of bench/ are not installed. */
  postgraphile: string | null;
  key: string;
  organizationId: string;
  /** An older version with the same data, and the id of its organization. */
  older: { url: string; organizationId: string } | null;
}

const post = (url: string, query: string, variables: object, headers: Record<string, string> = {}): Shot => ({
  method: 'POST',
  url,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ query, variables }),
});

/** Warm-up of each program, which is not measured: a server in production runs for days. */
const warmUp = { clients: 16, ms: 4_000 };
const rounds = 3;

/**
 * Prints the cost of a page, compared with the baseline, PostGraphile and an older version. They are measured in turn;
 * the result is the median of three rounds.
 */
export async function graphqlPages(total: number, servers: Servers, options: Options): Promise<void> {
  const { product, floor, postgraphile, key, organizationId: id, older } = servers;
  const authorization = { authorization: `Bearer ${key}` };
  const pageOf = (url: string, of: string) => (after: string | null) =>
    post(`${url}/graphql`, pageQuery, { id: of, after }, authorization);
  const page = pageOf(product, id);
  const deep = await cursorOfPage(999, page);
  const olderPage = older && pageOf(older.url, older.organizationId);
  const shots: Record<string, Shot> = {
    'first page': page(null),
    'page 1,000': page(deep),
    floor: { ...post(`${floor}/page?id=x&name=x`, pageQuery, { id }) },
    ...(postgraphile && { PostGraphile: post(`${postgraphile}/graphql`, theirQuery, { id }) }),
    ...(olderPage && {
      'older first': olderPage(null),
      'older 1,000': olderPage(await cursorOfPage(999, olderPage)),
    }),
  };
  if (shots.PostGraphile) await check(shots.PostGraphile);
  for (const shot of Object.values(shots)) await load(() => shot, warmUp);
  const measured: Record<string, Figures[]> = {};
  for (let round = 0; round < rounds; round++) {
    for (const [name, shot] of Object.entries(shots)) {
      measured[name] = [...(measured[name] ?? []), await load(() => shot, options)];
    }
  }
  print(total, measured);
}

async function check({ url, method, headers, body }: Shot): Promise<void> {
  const answer = (await (await fetch(url, { method, headers, body } as RequestInit)).json()) as {
    data?: { allUsers: { nodes: unknown[] } };
  };
  if (answer.data?.allUsers.nodes.length !== 50)
    throw new Error(`PostGraphile: ${JSON.stringify(answer).slice(0, 500)}`);
}

async function cursorOfPage(number: number, page: (after: string | null) => Shot): Promise<string> {
  let after: string | null = null;
  for (let n = 0; n < number; n++) {
    const { url, method, headers, body } = page(after);
    const answer = await fetch(url, { method, headers, body } as RequestInit);
    const { data } = (await answer.json()) as {
      data: { organization: { users: { pageInfo: { endCursor: string | null } } } };
    };
    // Ten thousand users are two hundred pages: in that case, use the last page.
    const next = data.organization.users.pageInfo.endCursor;
    if (next === null) break;
    after = next;
  }
  return after ?? '';
}

const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

function print(total: number, measured: Record<string, Figures[]>): void {
  const of = (name: string, figure: keyof Figures) => median((measured[name] ?? []).map((each) => each[figure]));
  const write = (line: string) => process.stdout.write(`${line}\n`);
  write(`\n${total.toLocaleString('en')} users, a page of 50 with their groups`);
  write(`${''.padEnd(16)}${'per s'.padStart(8)}${'p50 ms'.padStart(9)}${'p99 ms'.padStart(9)}`);
  for (const name of Object.keys(measured)) {
    const columns = [of(name, 'perSecond').toFixed(0).padStart(8), of(name, 'p50').toFixed(2).padStart(9)];
    const failed = of(name, 'failed') > 0 ? `  (${of(name, 'failed')} failed)` : '';
    write(`${name.padEnd(16)}${columns.join('')}${of(name, 'p99').toFixed(2).padStart(9)}${failed}`);
  }
  const ratio = (a: string, b: string) => (of(a, 'perSecond') / of(b, 'perSecond')).toFixed(2);
  const others = ['floor', 'PostGraphile', 'older first'].filter((name) => measured[name]);
  write(
    `first page, requests per second: ${others.map((name) => `${ratio('first page', name)} of ${name}`).join(', ')}`,
  );
  write(`page 1,000 costs ${(of('page 1,000', 'p50') / of('first page', 'p50')).toFixed(2)} of the first`);
}
