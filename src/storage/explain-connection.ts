import { codeOf } from './error-code.js';

/** Reason why a connection to PostgreSQL failed, and the fix. */
export interface Explanation {
  reason: string;
  fix: string;
}

type Reason = readonly [reason: string, fix: string];

const unknownCa: Reason = [
  'Its TLS certificate is not signed by a certificate authority that this machine trusts.',
  'Add sslrootcert=FILE to DATABASE_URL: a PEM file with the certificate of the authority that signed it.',
];

const closed: Reason = [
  'It closed the connection without a response.',
  'Check that PostgreSQL, and no other program, listens on the host and port of DATABASE_URL, and read its log.',
];

const byCode: Record<string, Reason> = {
  ECONNREFUSED: ['No program listens on its address.', 'Start PostgreSQL, or correct host and port in DATABASE_URL.'],
  ENOTFOUND: ['Its host name does not exist.', 'Correct the host in DATABASE_URL.'],
  EAI_AGAIN: ['Its host name cannot be resolved right now.', 'Check the DNS of this machine.'],
  '28P01': ['It rejects the password.', 'Correct user and password in DATABASE_URL.'],
  '28000': ['It rejects the user.', 'Correct the user in DATABASE_URL, or allow it in pg_hba.conf.'],
  '3D000': ['The database does not exist.', 'Create it: createdb NAME'],
  ECONNRESET: closed,
  EPIPE: closed,
  '53300': ['It has no free connection.', 'Increase max_connections, or reduce DATABASE_POOL on every node.'],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownCa,
  UNABLE_TO_GET_ISSUER_CERT: unknownCa,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownCa,
  SELF_SIGNED_CERT_IN_CHAIN: unknownCa,
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownCa,
  CERT_SIGNATURE_FAILURE: unknownCa,
  CERT_HAS_EXPIRED: [
    'Its TLS certificate, or that of its certificate authority, has expired.',
    'Renew the certificate, then reload it in PostgreSQL: select pg_reload_conf().',
  ],
  CERT_NOT_YET_VALID: [
    'Its TLS certificate is not valid yet.',
    'Check the clock of this machine and the dates of the certificate.',
  ],
};

// Errors without a code, or with a code that is too general.
const byText: readonly [pattern: RegExp, ...Reason][] = [
  [
    /does not support SSL connections/,
    'It does not offer TLS, which sslmode in DATABASE_URL requires.',
    'Enable TLS in PostgreSQL (ssl = on), or set sslmode=disable if the network between the server and PostgreSQL is trusted.',
  ],
  [/Connection terminated unexpectedly/, ...closed],
  [
    /permission denied for database/,
    'It does not allow the user to connect to the database.',
    'Run as the owner of the database or as a superuser: grant connect on database NAME to USER.',
  ],
  [
    /requires a valid client certificate|certificate authentication failed/,
    'It requires a client certificate.',
    'Add sslcert=FILE and sslkey=FILE to DATABASE_URL.',
  ],
  [
    /no pg_hba\.conf entry.*(no encryption|SSL off)/,
    'It rejects connections without TLS.',
    'Add sslmode=verify-full and sslrootcert=FILE to DATABASE_URL, or allow the user in pg_hba.conf.',
  ],
  [
    /unsupported startup parameter/,
    'A connection pooler such as PgBouncer rejects a parameter of DATABASE_URL.',
    'Remove "options" from DATABASE_URL and use ALTER ROLE ... SET instead, or use the address of PostgreSQL itself.',
  ],
];

/** Address of PostgreSQL, as the driver has parsed it. */
export interface Address {
  host: string;
  port: number;
  user?: string;
}

/** Replaces NAME and USER by the database that PostgreSQL's message contains, and the user. */
function withNames(fix: string, text: string, address: Address | undefined): string {
  const [, name] = /database "(.+?)"/.exec(text) ?? [];
  const { user } = address ?? {};
  return fix
    .replace(/\bNAME\b/, (word) => (name === undefined ? word : `"${name}"`))
    .replace(/\bUSER\b/, (word) => (user === undefined ? word : `"${user}"`));
}

/** Returns why an attempt to connect to PostgreSQL failed with `error`; null if it is unknown. */
export function explainConnection(error: unknown, address?: Address): Explanation | null {
  const code = codeOf(error);
  const text = error instanceof Error ? error.message : '';
  const found = byText.find(([pattern]) => pattern.test(text))?.slice(1) ?? byCode[code];
  if (found) return { reason: found[0] as string, fix: withNames(found[1] as string, text, address) };
  return ofFile(error) ?? ofNames(error) ?? ofHandshake(code, text) ?? ofSilence(code, text, address);
}

/** Explains a timeout. The driver has no code for an address that accepts or drops connections and does not respond. */
function ofSilence(code: string, text: string, address: Address | undefined): Explanation | null {
  if (code !== 'ETIMEDOUT' && !/^(timeout expired|Query read timeout)$/.test(text)) return null;
  const where = address
    ? `The host "${address.host}" did not respond on port ${address.port} in time`
    : 'It did not respond in time';
  return {
    reason: `${where}, or accepted the connection and then sent nothing.`,
    fix: 'Check host and port in DATABASE_URL, that PostgreSQL, and no other program, listens there and responds, and that no firewall blocks the connection.',
  };
}

/** Explains unreadable files of DATABASE_URL, which are read before the connection is made. */
function ofFile(error: unknown): Explanation | null {
  const { path, syscall } = error as { path?: unknown; syscall?: unknown };
  if (!['open', 'read'].includes(String(syscall)) || !/^(ENOENT|EACCES|EISDIR|ENOTDIR)$/.test(codeOf(error)))
    return null;
  const name = path === undefined ? 'a file' : `the file ${path}`;
  return {
    reason: `DATABASE_URL names ${name}, which cannot be read (${codeOf(error)}).`,
    fix: 'Correct sslrootcert, sslcert or sslkey, and check that this process may read the file.',
  };
}

function ofNames(error: unknown): Explanation | null {
  if (codeOf(error) !== 'ERR_TLS_CERT_ALTNAME_INVALID') return null;
  const { host, cert } = error as { host?: string; cert?: { subjectaltname?: string; subject?: { CN?: string } } };
  const names = cert?.subjectaltname ?? cert?.subject?.CN ?? 'none';
  return {
    reason: `Its TLS certificate is not for ${host}. It is for: ${names}.`,
    fix: 'Use one of these names as the host in DATABASE_URL, or give PostgreSQL a certificate for that host.',
  };
}

function ofHandshake(code: string, text: string): Explanation | null {
  if (code !== 'EPROTO' && !/^ERR_(SSL|TLS|OSSL)/.test(code)) return null;
  return {
    reason: `TLS with it failed: ${text.trim()}.`,
    fix: 'Check sslrootcert, sslcert and sslkey in DATABASE_URL, and the versions of TLS that PostgreSQL allows.',
  };
}
