import pc from 'picocolors';
import { SafelistRefused } from '../adapters/graphql/engine/safelist.js';
import { PrefixRefused } from '../adapters/graphql/engine/type-prefix.js';
import { ListenRefused } from '../adapters/web/listen.js';
import { ConfigError } from '../config/config-error.js';
import { SecretKeyRefused } from '../credentials/secret-key.js';
import { DatabaseRefused } from '../storage/database-refused.js';
import { DirectoryInUse } from '../storage/directory-lock.js';
import { DirectoryUnusable } from '../storage/make-directory.js';

/** The command cannot run. The message contains what to do first. */
export class CannotRun extends Error {}

const saysWhatToDo = [
  CannotRun,
  ConfigError,
  DatabaseRefused,
  DirectoryInUse,
  DirectoryUnusable,
  ListenRefused,
  PrefixRefused,
  SafelistRefused,
  SecretKeyRefused,
];
/** Ends the process with a message that contains what to do. */
export function refuse(error: unknown): never {
  process.stderr.write(`${pc.red(textOf(error))}\n`);
  process.exit(1);
}

function textOf(error: unknown): string {
  if (saysWhatToDo.some((kind) => error instanceof kind)) return (error as Error).message;
  const { code, address, port } = error as { code?: unknown; address?: unknown; port?: unknown };
  if (code === 'EADDRINUSE')
    return `Rollcall cannot start: another program uses port ${port} of ${address}. Stop it, or set PORT to a free port.`;
  if (code === 'ECONNREFUSED')
    return `Rollcall cannot start: nothing accepts connections at ${address}:${port}. Check DATABASE_URL, and that PostgreSQL is running.`;
  return `Rollcall cannot start: ${error instanceof Error ? error.message || error.name : String(error)}`;
}
