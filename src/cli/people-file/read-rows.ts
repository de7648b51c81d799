import { csvRows } from './csv-rows.js';
import type { Encoding } from './decode.js';
import type { FileRow } from './file-row.js';
import { jsonRows } from './json-rows.js';

export const fileFormats = ['csv', 'jsonl'] as const;
export type FileFormat = (typeof fileFormats)[number];

/** File to import. */
export interface PeopleFile {
  path: string;
  format: FileFormat;
  /** Encoding of the file (default: UTF-8). */
  encoding?: Encoding;
}

/** Returns the given format, or that of the file name's extension. @throws Error if neither determines it */
export function formatOf(file: string, named: FileFormat | undefined): FileFormat {
  if (named) return named;
  if (/\.csv$/i.test(file)) return 'csv';
  if (/\.(jsonl|ndjson)$/i.test(file)) return 'jsonl';
  throw new Error('The format is not clear from the file name. Add --format csv or --format jsonl.');
}

/**
 * Yields the rows of a file, without the first `skip`. Keeps one row in memory.
 *
 * @throws Error with the fix if the file has another encoding, or an invalid first line
 */
export async function* readRows({ path, format, encoding }: PeopleFile, skip = 0): AsyncGenerator<FileRow> {
  let row = 0;
  const rows = format === 'csv' ? csvRows(path, encoding) : jsonRows(path, encoding);
  for await (const each of rows) if (++row > skip) yield each;
}
