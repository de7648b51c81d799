import pc from 'picocolors';
import { readConfig } from './config/config.js';
import { type Rollcall, start } from './server.js';

/**
 * Starts the server with the environment's configuration, prints its address, and stops it cleanly on SIGTERM and
 * SIGINT.
 * @throws the error that prevents the start
 */
export async function main(environment: Record<string, string | undefined>): Promise<void> {
  const config = readConfig(environment);
  const rollcall = await start(config);
  // Registered before the address is printed, because a supervisor can stop the server as soon as it has read the
  // address.
  const stop = () => {
    setTimeout(() => process.exit(1), 1_000 * (config.DRAIN_SECONDS + config.SHUTDOWN_SECONDS)).unref();
    rollcall.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  greet(rollcall, config.DATABASE_URL ? 'PostgreSQL' : `the embedded database in ${config.DATA_DIR}`);
}

/** Maximum number of keys that the start lists. */
const mostKeys = 10;

function listOf(keys: Rollcall['platformKeys']): string {
  const names = keys.slice(0, mostKeys).map(({ id, name, hint, fromEnvironment }) => {
    const origin = fromEnvironment ? ', from ROLLCALL_ADMIN_KEY' : '';
    return `"${name}" ${id} (${hint}${origin})`;
  });
  const more = keys.length > mostKeys ? ` and ${keys.length - mostKeys} more` : '';
  return `Valid platform keys: ${names.join(', ')}${more}. Revoke one with "rollcall keys revoke ID".`;
}

function greet({ url, adminKey, platformKeys }: Rollcall, where: string): void {
  const lines = [`Rollcall listens on ${pc.bold(url)}, with ${where}.`, `GraphiQL: ${url}/graphiql`];
  lines.push(listOf(platformKeys));
  if (adminKey) {
    lines.push(
      '',
      'The platform key of the first administrator, shown only once:',
      `  ${pc.bold(adminKey)}`,
      '',
      'Try:',
    );
    lines.push(
      `  curl -s ${url}/graphql -H 'authorization: Bearer ${adminKey}' -H 'content-type: application/json' \\`,
    );
    lines.push(
      `    -d '{"query":"mutation { createOrganization(input: { name: \\"Acme\\" }) { organization { id } } }"}'`,
    );
  } else {
    lines.push('', 'Next: open GraphiQL, or follow "Quick start" in the README.');
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}
