import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Safelist, SafelistRefused } from '../../adapters/graphql/engine/safelist.js';
import { type Config, readConfig } from '../../config/config.js';
import { ConfigError } from '../../config/config-error.js';
import { broken, doubtful, type Finding, fine } from './finding.js';

const isLoopback = (host: string) => /^(127\.|localhost$|\[?::1\]?$)/.test(host);

/** Checks the settings alone, before anything is opened. */
export function checkSettings(environment: Record<string, string | undefined>): {
  config: Config | null;
  findings: Finding[];
} {
  try {
    const config = readConfig(environment);
    return { config, findings: [fine('settings', 'Every setting can be read.'), ...judgements(config)] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const mend = 'Set it as the example shows; docs/configuration.md has every setting.';
    return { config: null, findings: error.problems.map((problem) => broken('settings', problem, mend)) };
  }
}

function judgements(config: Config): Finding[] {
  return [publicUrl(config), secretKey(config), testIdp(config), safelist(config)].flat();
}

function publicUrl({ HOST, PUBLIC_URL }: Config): Finding[] {
  const check = 'PUBLIC_URL';
  if (isLoopback(HOST) && !PUBLIC_URL) return [fine(check, 'The server answers this machine only.')];
  if (!PUBLIC_URL) {
    const says = `The server listens on ${HOST}, and IdPs are told addresses that begin so.`;
    return [broken(check, says, 'Set PUBLIC_URL to the address by which IdPs and browsers reach it.')];
  }
  if (PUBLIC_URL.startsWith('http:') && !isLoopback(new URL(PUBLIC_URL).hostname)) {
    const says = 'It begins with http: tokens and sign-ins would travel in the clear, and most IdPs refuse it.';
    return [broken(check, says, 'Put a proxy with TLS before the server, and set PUBLIC_URL to its https address.')];
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
    return [fine('secret key', `The first start with a new database creates it in ${DATA_DIR}/secret.key.`)];
  if (!DATABASE_URL) return [fine('secret key', `It is kept in ${DATA_DIR}/secret.key.`)];
  const says = `It is kept in ${DATA_DIR}/secret.key, on this machine alone: another node, or a new disk, could open no secret of the database.`;
  return [doubtful('secret key', says, 'Set ROLLCALL_SECRET_KEY to the content of that file, on every node.')];
}

function testIdp({ TEST_IDP, HOST, PUBLIC_URL }: Config): Finding[] {
  if (TEST_IDP !== 'on' || (isLoopback(HOST) && !PUBLIC_URL)) return [];
  const says = 'The test IdP is on, as which anybody can be anybody, and the server can be reached from elsewhere.';
  return [broken('TEST_IDP', says, 'Set TEST_IDP=off.')];
}

function safelist({ GRAPHQL_SAFELIST: path }: Config): Finding[] {
  if (!path) return [];
  try {
    return [fine('GRAPHQL_SAFELIST', `${new Safelist(path).size} operations are listed.`)];
  } catch (error) {
    if (!(error instanceof SafelistRefused)) throw error;
    const mend = 'Set it to a file of GraphQL documents, or to a directory of *.graphql files.';
    return [broken('GRAPHQL_SAFELIST', error.reason, mend)];
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
