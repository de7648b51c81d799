import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Safelist, SafelistRefused } from '../../adapters/graphql/engine/safelist.js';
import { type Config, readConfig } from '../../config/config.js';
import { ConfigError } from '../../config/config-error.js';
import { isLoopback } from '../../config/exposure.js';
import { broken, doubtful, type Finding, fine } from './finding.js';

/** Checks the settings alone, before anything is opened. */
export function checkSettings(environment: Record<string, string | undefined>): {
  config: Config | null;
  findings: Finding[];
} {
  try {
    const config = readConfig(environment);
    return { config, findings: [fine('settings', 'All settings are valid.'), ...judgements(config)] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const fix = 'Set it as in the example. docs/configuration.md lists all settings.';
    return { config: null, findings: error.problems.map((problem) => broken('settings', problem, fix)) };
  }
}

function judgements(config: Config): Finding[] {
  return [publicUrl(config), secretKey(config), testIdp(config), safelist(config)].flat();
}

function publicUrl({ HOST, PUBLIC_URL }: Config): Finding[] {
  const check = 'PUBLIC_URL';
  if (isLoopback(HOST) && !PUBLIC_URL) return [fine(check, 'The server accepts connections from this machine only.')];
  if (!PUBLIC_URL) {
    const description = `PUBLIC_URL is unset, so the addresses for IdPs start with ${HOST}, which other machines cannot reach.`;
    return [broken(check, description, 'Set PUBLIC_URL to the URL at which IdPs and browsers reach the server.')];
  }
  if (PUBLIC_URL.startsWith('http:') && !isLoopback(new URL(PUBLIC_URL).hostname)) {
    const description = 'PUBLIC_URL starts with http: tokens and sign-ins are not encrypted, and most IdPs reject it.';
    return [
      broken(check, description, 'Put a proxy with TLS in front of the server, and set PUBLIC_URL to its https URL.'),
    ];
  }
  return [fine(check, PUBLIC_URL)];
}

function secretKey({ DATABASE_URL, ROLLCALL_SECRET_KEY, DATA_DIR }: Config): Finding[] {
  if (ROLLCALL_SECRET_KEY) return [fine('secret key', 'ROLLCALL_SECRET_KEY is set.')];
  // The finding about DATA_DIR already contains the first step.
  if (isFile(DATA_DIR)) return [];
  const isMissing = !existsSync(join(DATA_DIR, 'secret.key'));
  // For an existing database, the check of the database reports the missing key.
  if (!DATABASE_URL && isMissing)
    return [fine('secret key', `The first start with a new database creates the key in ${DATA_DIR}/secret.key.`)];
  if (!DATABASE_URL) return [fine('secret key', `The key is stored in ${DATA_DIR}/secret.key.`)];
  const description = `The key is stored only in ${DATA_DIR}/secret.key on this machine. Another node, or this one with a new disk, cannot decrypt the secrets of the database.`;
  return [doubtful('secret key', description, 'Set ROLLCALL_SECRET_KEY to the content of that file on every node.')];
}

function testIdp({ TEST_IDP, HOST, PUBLIC_URL }: Config): Finding[] {
  if (TEST_IDP !== 'on' || (isLoopback(HOST) && !PUBLIC_URL)) return [];
  const description =
    'The test identity provider is enabled and other machines can reach the server: anyone can sign in as any user.';
  return [broken('TEST_IDP', description, 'Set TEST_IDP=off.')];
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

const isFile = (path: string): boolean => existsSync(path) && !statSync(path).isDirectory();

/** Checks the directory of the embedded database or the secret key. */
export function checkDirectory({ DATA_DIR }: Config): Finding[] {
  if (isFile(DATA_DIR)) {
    return [broken('DATA_DIR', `${DATA_DIR} is a file.`, 'Set DATA_DIR to a directory.')];
  }
  return [];
}
