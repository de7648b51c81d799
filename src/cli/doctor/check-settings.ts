import { Safelist, SafelistRefused } from '../../adapters/graphql/engine/safelist.js';
import { type Config, readConfig } from '../../config/config.js';
import { ConfigError } from '../../config/config-error.js';
import { broken, type Finding, fine } from '../../config/finding.js';
import { isFile, judgeSettings } from '../../config/judge-settings.js';

/** Checks the settings alone, before anything is opened. */
export function checkSettings(environment: Record<string, string | undefined>): {
  config: Config | null;
  findings: Finding[];
} {
  try {
    const config = readConfig(environment);
    return {
      config,
      findings: [fine('settings', 'All settings are valid.'), ...judgeSettings(config), ...safelist(config)],
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const fix = 'Set it as in the example. docs/configuration.md lists all settings.';
    return { config: null, findings: error.problems.map((problem) => broken('settings', problem, fix)) };
  }
}

function safelist({ GRAPHQL_SAFELIST: path }: Config): Finding[] {
  if (!path) return [];
  try {
    return [fine('GRAPHQL_SAFELIST', `${new Safelist(path).size} operations are listed.`)];
  } catch (error) {
    if (!(error instanceof SafelistRefused)) throw error;
    const fix = 'Set GRAPHQL_SAFELIST to a file of GraphQL documents, or to a directory of *.graphql files.';
    return [broken('GRAPHQL_SAFELIST', error.reason, fix)];
  }
}

/** Checks the directory of the embedded database or the secret key. */
export function checkDirectory({ DATA_DIR }: Config): Finding[] {
  if (isFile(DATA_DIR)) {
    return [broken('DATA_DIR', `${DATA_DIR} is a file.`, 'Set DATA_DIR to a directory.')];
  }
  return [];
}
