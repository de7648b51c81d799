import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config.js';
import { isLoopback } from './exposure.js';
import { broken, doubtful, type Finding, fine } from './finding.js';

/** Returns findings about valid settings: addresses, secrets and the test identity provider. */
export const judgeSettings = (config: Config): Finding[] =>
  [publicUrl(config), secretKey(config), testIdp(config)].flat();

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

/** Returns true if a file is at the path, and not a directory. */
export const isFile = (path: string): boolean => existsSync(path) && !statSync(path).isDirectory();
