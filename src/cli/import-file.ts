import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { CsvError, parse } from 'csv-parse';

export type FileFormat = 'csv' | 'jsonl';

/** One row of a file: a person, or what is wrong with the row. */
export interface FileRow {
  /** Of the file, from 1. */
  line: number;
  user: Record<string, unknown>;
  fault: string | null;
}

/** The format that was named, or that the ending of the file's name says. @throws for neither */
export function formatOf(file: string, named: FileFormat | undefined): FileFormat {
  if (named) return named;
  if (/\.csv$/i.test(file)) return 'csv';
  if (/\.(jsonl|ndjson)$/i.test(file)) return 'jsonl';
  throw new Error('The ending of the file says no format: give --format csv or --format jsonl.');
}

/** The rows of a file, from the one after `skip` on. Nothing holds the whole file. */
export async function* readRows(file: string, format: FileFormat, skip: number): AsyncGenerator<FileRow> {
  let row = 0;
  for await (const each of format === 'csv' ? csvRows(file) : jsonRows(file)) if (++row > skip) yield each;
}

const known = new Set([
  'userName',
  'displayName',
  'givenName',
  'familyName',
  'title',
  'department',
  'employeeNumber',
  'locale',
  'timezone',
  'externalId',
]);

async function* csvRows(file: string): AsyncGenerator<FileRow> {
  const parser = createReadStream(file).pipe(
    parse({ bom: true, columns: true, info: true, skip_empty_lines: true, relax_column_count: true, trim: true }),
  );
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: Record<string, string>;
      info: { lines: number };
    }>) {
      if (!('userName' in record)) throw new Error('The first line must name the columns, userName among them.');
      yield { line: info.lines, user: userOf(record), fault: null };
    }
  } catch (error) {
    if (error instanceof CsvError) throw new Error(`The file is no CSV: ${error.message}`);
    throw error;
  }
}

// Columns of an export that only the directory may say.
const told = new Set(['id', 'status', 'origin']);

function objectIn(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** The columns as the API names them. An empty cell says nothing. */
function userOf(record: Record<string, string>): Record<string, unknown> {
  const user: Record<string, unknown> = {};
  const attributes: Record<string, unknown> = {};
  for (const [column, value] of Object.entries(record)) {
    if (value === '' || value === undefined || told.has(column)) continue;
    if (known.has(column)) user[column] = value;
    else if (column === 'email') user.emails = [{ value, primary: true }];
    else if (column === 'roles')
      user.roles = value
        .split(';')
        .map((role) => role.trim())
        .filter(Boolean);
    else if (column === 'attributes') Object.assign(attributes, objectIn(value));
    else attributes[column] = value;
  }
  user.userName ??= '';
  return Object.keys(attributes).length > 0 ? { ...user, attributes } : user;
}

const fields = new Set([...known, 'emails', 'roles', 'managerId', 'attributes']);

async function* jsonRows(file: string): AsyncGenerator<FileRow> {
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    line++;
    if (text.trim() === '') continue;
    yield { line, ...personIn(text) };
  }
}

/** A line of `rollcall export` can be imported as it is: what only the directory may say is left out. */
function personIn(text: string): Pick<FileRow, 'user' | 'fault'> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('not an object');
    const entries = Object.entries(value).filter(([name, each]) => fields.has(name) && each !== null);
    const user = Object.fromEntries(entries);
    if (typeof user.userName !== 'string') return { user, fault: '"userName" must be there, and a string.' };
    return { user, fault: null };
  } catch {
    return { user: {}, fault: 'The line is no JSON object.' };
  }
}
