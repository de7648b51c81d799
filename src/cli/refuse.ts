import pc from 'picocolors';
import { SecretKeyRefused } from '../access/secret-key.js';
import { ConfigError } from '../config.js';
import { DirectoryInUse } from '../storage/directory-lock.js';

/** Ends the process with the sentence that says what to do. */
export function refuse(error: unknown): never {
  const known = error instanceof ConfigError || error instanceof DirectoryInUse || error instanceof SecretKeyRefused;
  const text = known
    ? error.message
    : `Rollcall cannot start: ${error instanceof Error ? error.message || error.name : String(error)}`;
  process.stderr.write(`${pc.red(text)}\n`);
  process.exit(1);
}
