import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { open, readFile, rm, writeFile } from 'node:fs/promises';
import { SingleBar } from 'cli-progress';
import { type Command, Option } from 'commander';
import { type Client, type ImportUserInput, ImportUsersDocument } from '../../client/index.js';
import { type ApiOptions, clientOf, exitCodes, overApi, print, said } from '../api.js';
import { type Encoding, encodings } from '../people-file/decode.js';
import type { FileRow } from '../people-file/file-row.js';
import { type FileFormat, fileFormats, formatOf, type PeopleFile, readRows } from '../people-file/read-rows.js';
import { CannotRun } from '../refuse.js';

interface Import extends ApiOptions {
  organization: string;
  connection?: string;
  format?: FileFormat;
  encoding?: Encoding;
  dryRun?: boolean;
  report?: string;
  restart?: boolean;
}

/** Limits of one request: rows, and bytes of their JSON. A request body can have 1 MiB. */
const batch = { rows: 500, bytes: 900_000 };
const atOnce = 2;

/** Adds `rollcall import`. */
export function importCommand(program: Command): void {
  overApi(program.command('import <file>'))
    .description('Import users from a CSV file or JSON lines. Importing the same file again changes nothing.')
    .requiredOption('--organization <id>', 'id of the organization')
    .option('--connection <id>', 'connection to which the column externalId belongs')
    .addOption(new Option('--format <format>', 'format of the file (default: from the file name)').choices(fileFormats))
    .addOption(new Option('--encoding <encoding>', 'encoding of the file (default: utf-8)').choices(encodings))
    .option('--dry-run', 'show the result of each row without changing anything')
    .option('--report <file>', 'file for the rejected rows, with line and error, as JSON lines')
    .option('--restart', 'start with the first row, even if an earlier run was interrupted')
    .addHelpText(
      'after',
      `
The first line of a CSV file names the columns: userName, email, displayName, givenName, familyName, title, department,
employeeNumber, locale, timezone, managerId (userName of the manager), roles (separated by ";"), externalId. Each other column
is a custom attribute. Columns are separated by commas, semicolons or tabs. The columns emails and attributes of
\`rollcall export\` are read too. Rows are matched by userName: the column id is not read, and a row with another userName is
another user. A row whose status differs from that of the user is rejected. Spreadsheets execute cells that begin with = + - or @, so an export writes a quote (') before
them, and an import removes this quote. JSON lines have the fields of ImportUserInput. An empty cell or absent field leaves the
value unchanged. An interrupted run continues at the row where it stopped.

Examples:
  rollcall import people.csv --organization org_... --dry-run
  rollcall import people.csv --organization org_... --report refused.jsonl

Exits with 1 if a row was rejected.`,
    )
    .action(said(run));
}

interface Totals {
  created: number;
  updated: number;
  unchanged: number;
  refused: number;
}

async function run(file: string, options: Import): Promise<void> {
  await requireReadable(file);
  const client = await clientOf(options);
  const source: PeopleFile = { path: file, format: formatOf(file, options.format), encoding: options.encoding };
  const progress = await Progress.of(file, options);
  // Reads the whole file, so that a wrong encoding in its last line is found before the first row is sent.
  const total = await countRows(source);
  const bar = new SingleBar({
    format: '{bar} {percentage}% {value}/{total} rows, {refused} rejected',
    stream: process.stderr,
    clearOnComplete: true,
    noTTYOutput: false,
  });
  const totals: Totals = { created: 0, updated: 0, unchanged: 0, refused: 0 };
  const report = options.report ? createWriteStream(options.report) : null;
  bar.start(total, progress.done, { refused: 0 });
  try {
    for await (const parts of groupsOf(batchesOf(readRows(source, progress.done)), atOnce)) {
      const refused = await Promise.all(parts.map((rows) => send(client, rows, { options, totals })));
      for (const row of refused.flat()) reportRow(row, report);
      await progress.reached(parts.flat().length);
      bar.update(progress.done, { refused: totals.refused });
    }
    await progress.finished();
  } finally {
    bar.stop();
    report?.end();
  }
  print({ ...(options.dryRun ? { dryRun: true } : {}), rows: total, ...totals }, options);
  if (totals.refused > 0) process.exitCode = exitCodes.failed;
}

const reasons: Record<string, string> = {
  ENOENT: 'the file does not exist',
  ENOTDIR: 'the file does not exist',
  EACCES: 'the user of the process lacks read permission',
  EISDIR: 'the path is a directory',
};

/** Checks that the file can be read. @throws CannotRun if it cannot */
async function requireReadable(file: string): Promise<void> {
  try {
    const handle = await open(file);
    // A directory can be opened, but not read.
    await handle.read(Buffer.alloc(1), 0, 1, 0).finally(() => handle.close());
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = reasons[code ?? ''] ?? message;
    throw new CannotRun(`The file "${file}" cannot be read: ${reason}. Nothing was imported. Check the path.`);
  }
}

interface RefusedRow {
  line: number;
  userName: string | null;
  code: string;
  field: string | null;
  message: string;
}

function reportRow(row: RefusedRow, report: WriteStream | null): void {
  if (report) report.write(`${JSON.stringify(row)}\n`);
  else process.stderr.write(`line ${row.line}: ${row.message} (${row.code})\n`);
}

/** Sends a batch of rows and returns the refused ones. */
async function send(
  client: Client,
  rows: readonly FileRow[],
  { options, totals }: { options: Import; totals: Totals },
): Promise<RefusedRow[]> {
  const broken = rows.filter(({ error }) => error !== null);
  const sound = rows.filter(({ error }) => error === null);
  totals.refused += broken.length;
  const refused: RefusedRow[] = broken.map(({ line, error }) => ({
    line,
    userName: null,
    code: 'BAD_INPUT',
    field: fieldIn(error ?? ''),
    message: error ?? '',
  }));
  if (sound.length === 0) return refused;
  const { organization: organizationId, connection: connectionId, dryRun = false } = options;
  const input = { organizationId, connectionId, users: sound.map(({ user }) => user as ImportUserInput) };
  const { importUsers } = await client.request(ImportUsersDocument, { input: input, dryRun });
  for (const name of ['created', 'updated', 'unchanged', 'refused'] as const) totals[name] += importUsers[name];
  for (const { row, outcome, code, field, message } of importUsers.rows) {
    if (outcome !== 'REFUSED') continue;
    const { line = 0, user } = sound[row] ?? {};
    const userName = String(user?.userName ?? '');
    refused.push({ line, userName, code: code ?? '', field: field ?? null, message: message ?? '' });
  }
  return refused;
}

const fieldIn = (message: string): string | null => /^"([\w.]+)" must/.exec(message)?.[1] ?? null;

/** Yields rows in batches that fit into one request. */
async function* batchesOf(rows: AsyncIterable<FileRow>): AsyncGenerator<FileRow[]> {
  let group: FileRow[] = [];
  let bytes = 0;
  for await (const row of rows) {
    const size = Buffer.byteLength(JSON.stringify(row.user));
    if (group.length > 0 && (group.length >= batch.rows || bytes + size > batch.bytes)) {
      yield group;
      group = [];
      bytes = 0;
    }
    const isTooLarge = size > batch.bytes && row.error === null;
    group.push(isTooLarge ? { ...row, user: {}, error: `The row is larger than ${batch.bytes} bytes.` } : row);
    bytes += isTooLarge ? 0 : size;
  }
  if (group.length > 0) yield group;
}

async function* groupsOf<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let group: T[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

async function countRows(source: PeopleFile): Promise<number> {
  let count = 0;
  for await (const _row of readRows(source)) count++;
  return count;
}

/** Progress of an import, stored in a file next to the imported one, so that an interrupted import can resume. */
class Progress {
  private constructor(
    readonly path: string,
    readonly identity: string,
    public done: number,
    readonly isKept: boolean,
  ) {}

  static async of(file: string, { organization, dryRun = false, restart }: Import): Promise<Progress> {
    const hash = createHash('sha256').update(organization);
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
    const identity = hash.digest('hex');
    const path = `${file}.progress`;
    const text = restart || dryRun ? '' : await readFile(path, 'utf8').catch(() => '');
    const [known, done] = text.split(' ');
    // Another file with this name starts from the beginning.
    return new Progress(path, identity, known === identity ? Number(done) : 0, !dryRun);
  }

  async reached(rows: number): Promise<void> {
    this.done += rows;
    if (this.isKept) await writeFile(this.path, `${this.identity} ${this.done}`);
  }

  async finished(): Promise<void> {
    if (this.isKept) await rm(this.path, { force: true });
  }
}
