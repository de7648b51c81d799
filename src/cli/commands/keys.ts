import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  type Client,
  CreateApiKeyDocument,
  ListApiKeysDocument,
  type ListApiKeysQuery,
  ListOrganizationApiKeysDocument,
  RevokeApiKeyDocument,
  RollcallError,
  type Scope,
} from '../../client/index.js';
import { type ApiOptions, clientOf, overApi, print, said } from '../api.js';

const scopes: Scope[] = ['DIRECTORY_READ', 'DIRECTORY_WRITE', 'EVENTS_READ', 'CONNECTIONS_MANAGE', 'SIGN_IN', 'ADMIN'];

interface Create extends ApiOptions {
  name: string;
  scopes: Scope[];
  organization?: string;
  expiresInDays?: number;
}

interface List extends ApiOptions {
  organization?: string;
}

/** Adds `rollcall keys create`, `rollcall keys list` and `rollcall keys revoke`. */
export function keys(program: Command): void {
  const group = program.command('keys').description('Manage API keys.');
  overApi(group.command('create'))
    .description('Create an API key and print its secret. The secret is not shown again.')
    .requiredOption('--name <name>', 'name of the key')
    .addOption(
      new Option('--scopes <scope...>', `scopes of the key, separated by commas or spaces: ${scopes.join(', ')}`)
        .argParser(scopesIn)
        .makeOptionMandatory(),
    )
    .option('--organization <id>', 'organization of the key (default: platform key)')
    .option('--expires-in-days <n>', 'days after which the key expires (default: never)', Number)
    .addHelpText(
      'after',
      '\nExample:\n  rollcall keys create --name billing --scopes DIRECTORY_READ EVENTS_READ --organization org_...',
    )
    .action(said(create));
  overApi(group.command('list'))
    .description('List API keys without their secrets.')
    .option('--organization <id>', 'organization of the keys (default: organization of the caller, or the platform)')
    .addHelpText('after', '\nExample:\n  rollcall keys list --organization org_...')
    .action(said(list));
  overApi(group.command('revoke <id>'))
    .description('Revoke an API key. All nodes reject it within one second.')
    .addHelpText('after', '\nExample:\n  rollcall keys revoke key_...')
    .action(
      said(async (id: string, options: ApiOptions) => {
        const { revokeApiKey } = await (await clientOf(options)).request(RevokeApiKeyDocument, { id });
        print({ revoked: revokeApiKey.deletedId }, options);
      }),
    );
}

/** Adds the scopes of one argument to those of the arguments before it. @throws InvalidArgumentError */
function scopesIn(text: string, before: Scope[] = []): Scope[] {
  const isScope = (name: string): name is Scope => scopes.some((scope) => scope === name);
  const names = text.split(',').filter((name) => name !== '');
  const known = names.filter(isScope);
  if (known.length < names.length) throw new InvalidArgumentError(`Allowed scopes are ${scopes.join(', ')}.`);
  return [...before, ...known];
}

async function create(options: Create): Promise<void> {
  const { name, organization: organizationId, expiresInDays } = options;
  const expiresAt = expiresInDays ? new Date(Date.now() + expiresInDays * 86_400_000).toISOString() : null;
  const input = { name, scopes: options.scopes, organizationId, expiresAt };
  const { createApiKey } = await (await clientOf(options)).request(CreateApiKeyDocument, { input });
  const { apiKey, secret } = createApiKey;
  print({ id: apiKey.id, secret, scopes: apiKey.scopes.join(' '), expiresAt: apiKey.expiresAt }, options);
}

type Key = ListApiKeysQuery['apiKeys']['nodes'][number];

async function list(options: List): Promise<void> {
  const client = await clientOf(options);
  const found = await (options.organization ? keysOf(client, options.organization) : ownKeys(client));
  if (options.json) {
    print({ keys: found }, options);
    return;
  }
  const shown = found.map(({ id, hint, scopes: allowed, name, expiresAt, lastUsedAt }) => [
    id,
    hint,
    `last used ${shownTime(lastUsedAt)}`,
    `expires ${shownTime(expiresAt)}`,
    allowed.join(' '),
    name,
  ]);
  for (const cells of shown) process.stdout.write(`${cells.join('  ')}\n`);
}

// Milliseconds would only make the line harder to read.
const shownTime = (time: string | null | undefined): string => time?.replace(/\.\d+Z$/, 'Z') ?? 'never';

/** Returns the keys of the caller's organization, or of the platform. */
const ownKeys = (client: Client): Promise<Key[]> =>
  allPages(async (after) => (await client.request(ListApiKeysDocument, { after })).apiKeys);

const keysOf = (client: Client, organizationId: string): Promise<Key[]> =>
  allPages(async (after) => {
    const { organization } = await client.request(ListOrganizationApiKeysDocument, { organizationId, after });
    if (!organization?.keys) throw new RollcallError('The organization was not found. Check the id.', 'NOT_FOUND', []);
    return organization.keys;
  });

async function allPages(pageAfter: (after: string | null) => Promise<ListApiKeysQuery['apiKeys']>): Promise<Key[]> {
  const found: Key[] = [];
  for (let after: string | null = null; ; ) {
    const { nodes, pageInfo } = await pageAfter(after);
    found.push(...nodes);
    after = pageInfo.endCursor;
    if (!pageInfo.hasNextPage) return found;
  }
}
