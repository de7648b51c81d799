import { existsSync } from 'node:fs';

/** The process's environment, with `.env` of the working directory below it. The one place that reads it. */
export function environment(): Record<string, string | undefined> {
  if (existsSync('.env')) process.loadEnvFile('.env');
  // biome-ignore lint/style/noProcessEnv: the configuration starts here and nowhere else.
  return process.env;
}
