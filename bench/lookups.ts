import { type Figures, load, type Options } from './load.js';
import { numbered } from './seed.js';

interface Target {
  connectionId: string;
  token: string;
}

/** Measures the lookups and paging of IdPs. The duration of each must not depend on the number of users. */
export async function lookups(
  product: string,
  total: number,
  { connectionId, token }: Target,
  options: Options,
): Promise<Map<string, Figures>> {
  const base = `${product}/scim/v2/${connectionId}`;
  const headers = { authorization: `Bearer ${token}` };
  const any = () => numbered(1 + Math.floor(Math.random() * total));
  const get = (path: string) => ({ method: 'GET', url: `${base}${path}`, headers });
  const find = (filter: string, resource = 'Users') =>
    get(`/${resource}?filter=${encodeURIComponent(filter)}&excludedAttributes=members`);
  const deep = await cursorAfter(`${base}/Users?count=100`, headers, Math.min(40, total / 200));
  const soon = new Date(Date.now() + 3_600_000).toISOString();
  const shots = {
    'GET by id': () => get(`/Users/${any().id}`),
    'userName eq': () => find(`userName eq "${any().name}@acme.test"`),
    'externalId eq': () => find(`externalId eq "ext-${1 + Math.floor(Math.random() * total)}"`),
    'emails.value eq': () => find(`emails.value eq "${any().name}@acme.test"`),
    'emails[type eq "work"].value eq': () => find(`emails[type eq "work"].value eq "${any().name}@acme.test"`),
    'meta.lastModified gt': () => find(`meta.lastModified gt "${soon}"`),
    'displayName eq (groups)': () => find(`displayName eq "Group ${Math.floor(Math.random() * 10)}"`, 'Groups'),
    'members.value eq (groups)': () => find(`members.value eq "${any().id}"`, 'Groups'),
    'first page of 100': () => get('/Users?count=100&attributes=userName'),
    'deep page by cursor': () => get(`/Users?count=100&attributes=userName&cursor=${deep}`),
    'userName eq, nobody': () => find('userName eq "nobody@nowhere.test"'),
  };
  const figures = new Map<string, Figures>();
  for (const [name, shot] of Object.entries(shots)) {
    await load(shot, { clients: 4, ms: 500 });
    figures.set(name, await load(shot, options));
  }
  return figures;
}

async function cursorAfter(url: string, headers: Record<string, string>, pages: number): Promise<string> {
  let cursor = '';
  for (let page = 0; page < pages; page++) {
    const answer = await fetch(`${url}&attributes=userName&cursor=${cursor}`, { headers });
    const { nextCursor } = (await answer.json()) as { nextCursor?: string };
    cursor = nextCursor ?? cursor;
  }
  return cursor;
}

let first: Map<string, Figures> | undefined;

/** Prints the figures of one size, with the ratio to the size before. */
export function compare(total: number, figures: Map<string, Figures>): void {
  process.stdout.write(`\n${total.toLocaleString('en')} users\n`);
  process.stdout.write(
    `${'look-up'.padEnd(34)}${'per s'.padStart(8)}${'p50 ms'.padStart(9)}${'p99 ms'.padStart(9)}${'p50 ratio'.padStart(11)}\n`,
  );
  for (const [name, { perSecond, p50, p99, failed }] of figures) {
    const before = first?.get(name);
    const ratio = before ? (p50 / before.p50).toFixed(2) : '';
    const failures = failed > 0 ? `  (${failed} failed)` : '';
    process.stdout.write(
      `${name.padEnd(34)}${perSecond.toFixed(0).padStart(8)}${p50.toFixed(2).padStart(9)}${p99.toFixed(2).padStart(9)}${ratio.padStart(11)}${failures}\n`,
    );
  }
  first ??= figures;
}
