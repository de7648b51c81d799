import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { SingleBar } from 'cli-progress';
import { type Command, Option } from 'commander';
import { type Client, ImportUsersDocument } from '../../client/index.js';
import { type ApiOptions, clientOf, exitCodes, overApi, print, said } from '../api.js';
import { type FileFormat, type FileRow, formatOf, readRows } from '../import-file.js';

interface Import extends ApiOptions {
  organization: string;
  connection?: string;
  format?: FileFormat;
  dryRun?: boolean;
  report?: string;
  restart?: boolean;
}

const batch = 500;
const atOnce = 2;

/** `rollcall import`. */
export function importCommand(program: Command): void {
  overApi(program.command('import <file>'))
    .description('Bring people in from a CSV file or JSON lines. The same file again changes nothing.')
    .requiredOption('--organization <id>', 'the organization')
    .option('--connection <id>', 'the connection whose IdP knows the people by the column externalId')
    .addOption(new Option('--format <format>', 'without it the ending of the file says it').choices(['csv', 'jsonl']))
    .option('--dry-run', 'say what would become of each row, and change nothing')
    .option('--report <file>', 'write each refused row, with its line and its fault, as JSON lines')
    .option('--restart', 'begin with the first row, also where an earlier run was interrupted')
    .addHelpText(
      'after',
      `
The first line of a CSV file names the columns: userName, email, displayName, givenName, familyName, title, department,
employeeNumber, locale, timezone, roles (separated by ";"), externalId; any other is a custom attribute. JSON lines have
the fields of ImportUserInput. What a row leaves out stays as it is. An interrupted run goes on where it was.

Examples:
  rollcall import people.csv --organization org_... --dry-run
  rollcall import people.csv --organization org_... --report refused.jsonl

Exits with 1 when a row was refused.`,
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
  const client = await clientOf(options);
  const progress = await Progress.of(file, options);
  const total = await countRows(file, options);
  const bar = new SingleBar({
    format: '{bar} {percentage}% {value}/{total} rows, {refused} refused',
    stream: process.stderr,
    clearOnComplete: true,
    noTTYOutput: false,
  });
  const totals: Totals = { created: 0, updated: 0, unchanged: 0, refused: 0 };
  const report = options.report ? createWriteStream(options.report) : null;
  bar.start(total, progress.done, { refused: 0 });
  try {
    for await (const group of groupsOf(readRows(file, formatOf(file, options.format), progress.done), batch * atOnce)) {
      const parts = Array.from({ length: Math.ceil(group.length / batch) }, (_, n) =>
        group.slice(n * batch, (n + 1) * batch),
      );
      const faults = await Promise.all(parts.map((rows) => send(client, rows, { options, totals })));
      for (const fault of faults.flat()) tell(fault, report);
      await progress.reached(group.length);
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

interface Fault {
  line: number;
  userName: string | null;
  code: string;
  field: string | null;
  message: string;
}

function tell(fault: Fault, report: WriteStream | null): void {
  if (report) report.write(`${JSON.stringify(fault)}\n`);
  else process.stderr.write(`line ${fault.line}: ${fault.message} (${fault.code})\n`);
}

/** Sends some rows, and gives back what was wrong with which. */
async function send(
  client: Client,
  rows: readonly FileRow[],
  { options, totals }: { options: Import; totals: Totals },
): Promise<Fault[]> {
  const broken = rows.filter(({ fault }) => fault !== null);
  const sound = rows.filter(({ fault }) => fault === null);
  totals.refused += broken.length;
  const faults: Fault[] = broken.map(({ line, fault }) => ({
    line,
    userName: null,
    code: 'BAD_INPUT',
    field: null,
    message: fault ?? '',
  }));
  if (sound.length === 0) return faults;
  const { organization: organizationId, connection: connectionId, dryRun = false } = options;
  const input = { organizationId, connectionId, users: sound.map(({ user }) => user) };
  const { importUsers } = await client.request(ImportUsersDocument, { input: input as never, dryRun });
  for (const name of ['created', 'updated', 'unchanged', 'refused'] as const) totals[name] += importUsers[name];
  for (const { row, outcome, code, field, message } of importUsers.rows) {
    if (outcome !== 'REFUSED') continue;
    const { line = 0, user } = sound[row] ?? {};
    const userName = String(user?.userName ?? '');
    faults.push({ line, userName, code: code ?? '', field: field ?? null, message: message ?? '' });
  }
  return faults;
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

async function countRows(file: string, options: Import): Promise<number> {
  let count = 0;
  for await (const _row of readRows(file, formatOf(file, options.format), 0)) count++;
  return count;
}

/** How far a run has come, in a file beside the imported one, so that an interrupted run goes on. */
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
    // Another file under the name begins anew.
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
