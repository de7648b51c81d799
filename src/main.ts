import pc from 'picocolors';
import { SecretKeyRefused } from './access/secret-key.js';
import { ConfigError, readConfig } from './config.js';
import { start } from './server.js';
import { DirectoryInUse } from './storage/directory-lock.js';

const graceMs = 30_000;

/** Starts the server by the environment, says where it is, and stops it in good order on SIGTERM and SIGINT. */
export async function main(environment: Record<string, string | undefined>): Promise<void> {
  try {
    const config = readConfig(environment);
    const rollcall = await start(config);
    greet(
      rollcall.url,
      rollcall.adminKey,
      config.DATABASE_URL ? 'PostgreSQL' : `the embedded database in ${config.DATA_DIR}`,
    );
    const stop = () => {
      setTimeout(() => process.exit(1), graceMs).unref();
      rollcall.close().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  } catch (error) {
    refuse(error);
  }
}

/** Ends the process with the sentence that says what to do. */
export function refuse(error: unknown): never {
  const known = error instanceof ConfigError || error instanceof DirectoryInUse || error instanceof SecretKeyRefused;
  const text = known
    ? error.message
    : `Rollcall cannot start: ${error instanceof Error ? error.message || error.name : String(error)}`;
  process.stderr.write(`${pc.red(text)}\n`);
  process.exit(1);
}

function greet(url: string, adminKey: string | null, where: string): void {
  const lines = [`Rollcall listens on ${pc.bold(url)}, with ${where}.`, `GraphiQL: ${url}/graphiql`];
  if (adminKey) {
    lines.push(
      '',
      'The platform key of the first administrator, shown this once:',
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
    lines.push('', 'Next: open GraphiQL, or follow "A first success" in the README.');
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}
