import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { itemsIn, jsonIn, unguarded } from './cells.js';
import { readHeader } from './columns.js';
import { type Encoding, linesOf } from './decode.js';
import { exportedOnly, textFields } from './field-names.js';
import type { FileRow } from './file-row.js';
import { personError } from './person.js';

/**
 * Yields the rows of a CSV file (RFC 4180; separated by commas, semicolons or tabs). @throws Error if no row can be
 * read
 */
export async function* csvRows(file: string, encoding: Encoding | undefined): AsyncGenerator<FileRow> {
  const lines = linesOf(file, encoding);
  const { first, skipped } = await firstLine(lines);
  const { separator, columns } = readHeader(/^[^\r\n]*/.exec(first)?.[0] ?? '');
  const parser = parse({
    delimiter: separator,
    info: true,
    skip_empty_lines: true,
    relax_column_count: true,
    trim: true,
    from: 2,
  });
  // An error of the source ends the parser, and the loop below throws it.
  pipeline(Readable.from(joined(first, lines)), parser, () => {});
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      yield { line: info.lines + skipped, ...rowOf(record, columns) };
    }
  } catch (error) {
    if (error instanceof CsvError) throw new Error(`The file is not valid CSV: ${error.message}`);
    throw error;
  }
}

async function* joined(first: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield first;
  yield* rest;
}

/** Returns the first non-empty line. Excel's line "sep=;" before it is skipped, because the separator is detected. */
async function firstLine(lines: AsyncGenerator<string>): Promise<{ first: string; skipped: number }> {
  for (let skipped = 0; ; skipped++) {
    const { value, done } = await lines.next();
    if (done) return { first: '', skipped };
    if (value.trim() !== '' && !/^sep=.\r?\n$/i.test(value)) return { first: value, skipped };
  }
}

function rowOf(record: readonly string[], columns: readonly string[]): Pick<FileRow, 'user' | 'error'> {
  const surplus = record.slice(columns.length).some((cell) => cell !== '');
  if (surplus) {
    const error = `The row has ${record.length} cells, and the first line names ${columns.length} columns. Put a cell that contains the separator in double quotes.`;
    return { user: {}, error };
  }
  const cells = columns.map((column, n) => [column, unguarded(record[n] ?? '')] as const);
  return userOf(cells.filter(([, cell]) => cell !== ''));
}

const texts: readonly string[] = textFields;
const ignored: readonly string[] = exportedOnly;

/** Returns the columns under the names of the API. An empty cell leaves the field unchanged. */
function userOf(cells: readonly (readonly [column: string, cell: string])[]): Pick<FileRow, 'user' | 'error'> {
  const user: Record<string, unknown> = { userName: '' };
  const custom: Record<string, unknown> = {};
  for (const [column, cell] of cells) {
    if (ignored.includes(column)) continue;
    if (texts.includes(column)) user[column] = cell;
    else if (column === 'roles') user.roles = itemsIn(cell);
    else if (column === 'emails' || column === 'attributes') user[column] = jsonIn(cell) ?? null;
    else if (column !== 'email') custom[column] = cell;
  }
  const error = personError(user);
  if (error) return { user, error };
  const email = cells.find(([column]) => column === 'email')?.[1];
  if (email !== undefined) user.emails = withPrimary(user.emails as Address[] | undefined, email);
  if (Object.keys(custom).length > 0) user.attributes = { ...(user.attributes as object | undefined), ...custom };
  return { user, error: null };
}

interface Address {
  value: string;
  primary?: boolean | null;
}

/** Returns the addresses with this one as the primary. The column `emails` contains the others and all types. */
function withPrimary(emails: readonly Address[] | undefined, value: string): Address[] {
  if (!emails || emails.length === 0) return [{ value, primary: true }];
  const at = Math.max(
    0,
    emails.findIndex(({ primary }) => primary),
  );
  return emails.map((email, n) => (n === at ? { ...email, value } : email));
}
