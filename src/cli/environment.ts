import { existsSync } from 'node:fs';

/**
 * Returns the environment of the process, with defaults from `.env` in the working directory. Only this function reads
 * it.
 */
export function environment(): Record<string, string | undefined> {
  if (existsSync('.env')) process.loadEnvFile('.env');
  // biome-ignore lint/style/noProcessEnv: the configuration starts here and nowhere else.
  return process.env;
}
