import pg from 'pg';

const cut = (text: string) => `replace(${text}, $2, 'bench-' || n)`;
const changed: Record<string, string> = {
  id: `'user_0' || lpad(n::text, 25, '0')`,
  user_name: cut('u.user_name'),
  user_name_key: cut('u.user_name_key'),
  email: cut('u.email'),
  email_key: cut('u.email_key'),
  email_keys: `array[${cut('u.email_key')}]`,
  profile: `${cut('u.profile::text')}::jsonb`,
  folded: `${cut('u.folded::text')}::jsonb`,
};

/**
 * Inserts numbered copies of the sample user directly into the tables, each in two of ten groups, until there are
 * `total`.
 */
export async function seed(
  url: string,
  { sampleId, sampleName, from, total }: { sampleId: string; sampleName: string; from: number; total: number },
): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query(
      `select column_name as name from information_schema.columns where table_name = 'users' order by ordinal_position`,
    );
    const names = rows.map(({ name }) => String(name));
    const values = names.map((name) => changed[name] ?? `u.${name}`);
    await client.query(
      `insert into users (${names.join(', ')}) select ${values.join(', ')}
       from users u, generate_series(${from}, ${total}) n where u.id = $1`,
      [sampleId, sampleName],
    );
    await client.query(
      `insert into identities (organization_id, connection_id, user_id, external_id, origin, created_at)
       select i.organization_id, i.connection_id, 'user_0' || lpad(n::text, 25, '0'), 'ext-' || n, i.origin, i.created_at
       from identities i, generate_series(${from}, ${total}) n where i.user_id = $1`,
      [sampleId],
    );
    // Update the statistics: the foreign keys of memberships are checked by plans that depend on the sizes of the
    // tables.
    await client.query('analyze');
    await client.query(
      `insert into memberships (organization_id, group_id, user_id, created_at)
       select g.organization_id, g.id, 'user_0' || lpad(n::text, 25, '0'), g.created_at
       from generate_series(${from}, ${total}) n
       join (select g.*, row_number() over (order by id) - 1 as k from groups g) g on g.k in (n % 10, (n + 3) % 10)`,
    );
    await client.query('update groups g set member_count = (select count(*) from memberships where group_id = g.id)');
    await client.query(
      `insert into managed_counts select organization_id, scim_connection_id, 'User', $2 from users where id = $1`,
      [sampleId, total - from + 1],
    );
    await client.query('vacuum analyze');
    await client.query('checkpoint');
  } finally {
    await client.end();
  }
}

/** Returns the id and the name of a numbered user. */
export const numbered = (n: number) => ({ id: `user_0${String(n).padStart(25, '0')}`, name: `bench-${n}` });
