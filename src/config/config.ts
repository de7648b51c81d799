import type { z } from 'zod';
import { ConfigError } from './config-error.js';
import { Secret } from './setting-parsers.js';
import { settings } from './settings.js';

export { Secret };

type Settings = typeof settings;
type Value<K extends keyof Settings> = z.output<Settings[K]['parse']>;
/** Validated configuration. A setting without a default is undefined if it is absent. */
export type Config = {
  readonly [K in keyof Settings]: Settings[K] extends { fallback: string } ? Value<K> : Value<K> | undefined;
};

/**
 * Reads the configuration from `environment`. An empty variable counts as absent.
 *
 * @throws ConfigError with all problems, before anything was opened
 */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const problems: string[] = [];
  const config: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(settings)) {
    const text = environment[name] || ('fallback' in setting ? setting.fallback : undefined);
    if (text === undefined) continue;
    const result = setting.parse.safeParse(text);
    if (result.success) config[name] = result.data;
    else
      problems.push(`${name} ${result.error.issues[0]?.message ?? 'is invalid'}. Example: ${name}=${setting.example}`);
  }
  const { EVENT_RETENTION_DAYS: kept = 0, EVENT_CEILING_DAYS: ceiling = kept } = config as Partial<Config>;
  if (ceiling < kept)
    problems.push(
      `EVENT_CEILING_DAYS is ${ceiling}, less than EVENT_RETENTION_DAYS. Example: EVENT_CEILING_DAYS=${kept}`,
    );
  if (problems.length > 0) throw new ConfigError(problems);
  return config as Config;
}

/** Returns the location of the data from the configuration. */
export const locationOf = (config: Config) =>
  config.DATABASE_URL
    ? { url: config.DATABASE_URL.reveal(), pool: config.DATABASE_POOL }
    : { directory: config.DATA_DIR };
