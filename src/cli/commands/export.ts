import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { type Command, Option } from 'commander';
import { stringify } from 'csv-stringify/sync';
import {
  type Client,
  ExportGroupsDocument,
  ExportMembersDocument,
  ExportUsersDocument,
  type ExportUsersQuery,
  RollcallError,
} from '../../client/index.js';
import { type ApiOptions, clientOf, overApi, said } from '../api.js';
import { guarded, isOnePlainAddress, listCell } from '../people-file/cells.js';
import { CannotRun } from '../refuse.js';

interface Export extends ApiOptions {
  organization: string;
  what: 'users' | 'groups';
  format: 'csv' | 'jsonl';
  output?: string;
}

/** Adds `rollcall export`. */
export function exportCommand(program: Command): void {
  overApi(program.command('export'))
    .description('Export the users of an organization, or its groups with their members.')
    .requiredOption('--organization <id>', 'id of the organization')
    .addOption(new Option('--what <what>', 'records to export').choices(['users', 'groups']).default('users'))
    .addOption(new Option('--format <format>', 'format of the file').choices(['csv', 'jsonl']).default('jsonl'))
    .option('--output <file>', 'file to write to (default: standard output)')
    .addHelpText(
      'after',
      `
\`rollcall import\` reads an exported file of users. Imported into the same organization, it changes nothing. In CSV, a cell that
a spreadsheet would execute as a formula has a leading quote ('), which an import removes.

Examples:
  rollcall export --organization org_... --format csv --output people.csv
  rollcall export --organization org_... --what groups | jq .displayName`,
    )
    .action(said(run));
}

async function run(options: Export): Promise<void> {
  const client = await clientOf(options);
  const to: Writable = options.output ? await fileAt(options.output) : process.stdout;
  const rows = options.what === 'users' ? users(client, options.organization) : groups(client, options.organization);
  let count = 0;
  const columns = columnsOf[options.what];
  if (options.format === 'csv') to.write(csvLine(columns));
  for await (const row of rows) {
    const cells = options.format === 'csv' ? cellsOf(row) : null;
    const line = cells ? csvLine(columns.map((name) => guarded(cells[name] ?? ''))) : `${JSON.stringify(row)}\n`;
    if (!to.write(line)) await once(to, 'drain');
    count++;
  }
  if (options.output) {
    to.end();
    await once(to, 'finish');
    process.stderr.write(`${count} ${options.what} written to ${options.output}\n`);
  }
}

/** Opens the file before any data is read. @throws CannotRun if it cannot be opened */
async function fileAt(path: string): Promise<Writable> {
  const file = createWriteStream(path);
  try {
    await once(file, 'open');
  } catch (error) {
    throw new CannotRun(`${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
  return file;
}

type Exported = NonNullable<ExportUsersQuery['organization']>['users']['nodes'][number];

interface PageOf<T> {
  nodes: T[];
  pageInfo: { hasNextPage: boolean; endCursor?: string | null };
}

async function* pages<T>(next: (after: string | null) => Promise<PageOf<T> | undefined>): AsyncGenerator<T> {
  for (let after: string | null = null; ; ) {
    const page: PageOf<T> | undefined = await next(after);
    if (!page) throw new RollcallError('The organization was not found. Check --organization.', 'NOT_FOUND', []);
    yield* page.nodes;
    if (!page.pageInfo.hasNextPage) return;
    after = page.pageInfo.endCursor ?? null;
  }
}

/** An exported user: its fields in the input of an import, with its id and origin. */
type Person = Omit<Exported, 'manager' | 'access'> & {
  managerId: string | null;
  origin: string | null;
  roles: string[];
  attributes: unknown;
};

async function* users(client: Client, organizationId: string): AsyncGenerator<Person> {
  const all = pages<Exported>(
    async (after) => (await client.request(ExportUsersDocument, { organizationId, after })).organization?.users,
  );
  // Ids differ between organizations, userNames do not.
  for await (const { manager, access, ...person } of all) {
    // Roles of groups and of the IdP are not exported: an import assigns roles directly.
    const { origin = null, assignedRoles: roles = [], attributes = {} } = access ?? {};
    yield { ...person, origin, managerId: manager?.userName ?? null, roles, attributes };
  }
}

async function* groups(client: Client, organizationId: string): AsyncGenerator<Record<string, unknown>> {
  const all = pages(
    async (after) => (await client.request(ExportGroupsDocument, { organizationId, after })).organization?.groups,
  );
  for await (const group of all) {
    const members: string[] = [];
    const found = pages(
      async (after) => (await client.request(ExportMembersDocument, { groupId: group.id, after })).group?.members,
    );
    for await (const { userName } of found) members.push(userName);
    yield { ...group, members };
  }
}

const columnsOf: Record<Export['what'], readonly string[]> = {
  users: [
    'id',
    'userName',
    'status',
    'origin',
    'email',
    'emails',
    'displayName',
    'givenName',
    'familyName',
    'title',
    'department',
    'employeeNumber',
    'locale',
    'timezone',
    'managerId',
    'roles',
    'attributes',
  ],
  groups: ['id', 'displayName', 'externalId', 'origin', 'roles', 'memberCount', 'members'],
};

/** Returns the cells of a row by column: lists separated by ";", custom attributes and multiple addresses as JSON. */
function cellsOf(row: object): Record<string, string> {
  const { emails, attributes, ...rest } = row as { emails?: Person['emails']; attributes?: object };
  const cells: Record<string, string> = {};
  for (const [name, value] of Object.entries(rest)) {
    cells[name] = Array.isArray(value) ? listCell(value.map(String)) : String(value ?? '');
  }
  if (emails) {
    cells.email = (emails.find(({ primary }) => primary) ?? emails[0])?.value ?? '';
    cells.emails = isOnePlainAddress(emails) ? '' : JSON.stringify(emails);
  }
  if (attributes) cells.attributes = Object.keys(attributes).length > 0 ? JSON.stringify(attributes) : '';
  return cells;
}

// CSV readers trim unquoted cells, and some treat a single carriage return as the end of a row.
const csvLine = (cells: readonly string[]): string => stringify([[...cells]], { quoted_match: /^\s|\s$|[\r\n]/ });
