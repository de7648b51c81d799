import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import pg from 'pg';
import type { Recorded } from './trace.js';

// The baseline: only node:http and pg, with the statements that the product sends for the same request.
const [, , file = '', url = ''] = process.argv;
const { traces, sample } = JSON.parse(readFileSync(file, 'utf8')) as {
  traces: Record<string, Recorded[]>;
  sample: { id: string; name: string };
};
const pool = new pg.Pool({ connectionString: url, max: 10 });
const named = new Map<string, string>();

function swapped(value: unknown, id: string, name: string): unknown {
  if (typeof value === 'string') return value.replaceAll(sample.id, id).replaceAll(sample.name, name);
  return Array.isArray(value) ? value.map((item) => swapped(item, id, name)) : value;
}

async function play(statements: readonly Recorded[], id: string, name: string): Promise<unknown[]> {
  const client = await pool.connect();
  let rows: unknown[] = [];
  try {
    for (const { text, values } of statements) {
      const label = named.get(text) ?? `f${named.size}`;
      named.set(text, label);
      const result = await client.query({ name: label, text, values: values.map((value) => swapped(value, id, name)) });
      if (result.rows.length > 0) rows = result.rows;
    }
    return rows;
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const { searchParams, pathname } = new URL(request.url ?? '/', 'http://floor');
    if (chunks.length > 0) JSON.parse(Buffer.concat(chunks).toString());
    play(traces[pathname.slice(1)] ?? [], searchParams.get('id') ?? '', searchParams.get('name') ?? '').then(
      (rows) => response.setHeader('content-type', 'application/json').end(JSON.stringify(rows)),
      (error) => response.writeHead(500).end(String(error)),
    );
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`listens on http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}\n`);
});
