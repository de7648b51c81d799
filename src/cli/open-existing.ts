import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, locationOf } from '../config/config.js';
import type { Engine } from '../storage/engine.js';
import { CannotRun } from './refuse.js';

/** Returns true if the embedded database has been created in the directory. */
export const hasDatabase = (directory: string): boolean => existsSync(join(directory, 'database', 'PG_VERSION'));

/**
 * Opens the existing database of a command that creates none.
 *
 * @throws CannotRun if DATA_DIR contains no database: a mistyped directory would get a new one
 */
export async function openExisting(config: Config): Promise<Engine> {
  if (!config.DATABASE_URL && !hasDatabase(config.DATA_DIR))
    throw new CannotRun(
      `${config.DATA_DIR} contains no database, and this command does not create one. Set DATA_DIR or DATABASE_URL to the value of the server, or run \`rollcall migrate\` or \`rollcall start\` to create a database.`,
    );
  const { openEngine } = await import('../storage/open.js');
  return openEngine(locationOf(config));
}
