import pg from 'pg';
import { Unavailable } from '../kernel/errors.js';
import { DatabaseRefused } from './database-refused.js';
import { codeOf } from './error-code.js';

const { escapeIdentifier: quoted } = pg;

// 42501: a right. 42P01, 42703, 3F000 and 3D000: a table, a column, the schema, the database. 42809: an index has the
// name of a table. 42704: a role that was dropped during its session. 28: the user or its password. 0LP01: a grant.
const codes = /^(42501|42P01|42703|42809|42704|3F000|3D000|28000|28P01|0LP01)$/;

/**
 * Returns true if the database refuses the user or role of the server, no longer has its tables, or cannot be used in
 * its current state.
 */
export const isAccessLost = (error: unknown): boolean =>
  error instanceof AccessLost || error instanceof DatabaseRefused || codes.test(codeOf(error));

/**
 * The database refuses the server, or lacks its tables. Nothing was written. Requests succeed again after the repair.
 */
export class AccessLost extends Unavailable {
  constructor(
    message = 'The database refuses the server. Nothing was changed. The operator of the server has to repair the database: /readyz names the cause.',
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A new session could not take the role of the server. */
export class RoleLost extends Error {
  readonly code = '42501';
  constructor(user: string, role: string, options?: ErrorOptions) {
    super(roleLost(user, role), options);
  }
}

/** Returns the sentence and the statement for a user that can no longer take the role of the server. */
export const roleLost = (user: string, role: string): string =>
  `The user ${quoted(user)} may not work as the role ${quoted(role)}, or the role was dropped. Run as a superuser: grant ${quoted(role)} to ${quoted(user)}; If the role was dropped, restart the server instead: it creates the role, or names the statement.`;
