import pg from 'pg';
import { RoleLost, roleLost } from './access-lost.js';
import type { Ask } from './ask.js';
import type { Database } from './database.js';
import { DatabaseRefused } from './database-refused.js';
import type { Engine } from './engine.js';
import { explainConnection } from './explain-connection.js';
import { type Lacking, lackingOf } from './rights.js';

const { escapeIdentifier: quoted } = pg;

/** Maximum number of names or statements in a message. */
const maxShown = 5;

const restart = 'A restart of the server grants them too, if its user may.';

/** Returns what the server lacks in its database, with the statement that repairs it; null if it lacks nothing. */
export async function whyLacking(ask: Ask, { role, schema }: Pick<Engine, 'role' | 'schema'>): Promise<string | null> {
  // Tools use a database without migrating it.
  if (schema === null) return null;
  const found = await lackingOf(ask, { role, schema });
  return found ? textOf(found, role, schema) : null;
}

function textOf(
  { user, hasSchema, mayTakeRole, gone, grants }: Lacking,
  role: string | null,
  schema: string,
): string | null {
  const restore = 'Restore it from a backup, or rename it back.';
  if (!hasSchema) return `The schema ${quoted(schema)} does not exist. ${restore}`;
  if (role !== null && !mayTakeRole) return roleLost(user, role);
  if (gone.length > 0) {
    const names = gone.slice(0, maxShown);
    const more = gone.length > maxShown ? ` and ${gone.length - maxShown} more` : '';
    return `The schema ${quoted(schema)} lacks: ${names.join(', ')}${more}. ${restore}`;
  }
  if (grants.length === 0) return null;
  const shown = grants.slice(0, maxShown).map((statement) => `${statement};`);
  const more = grants.length > maxShown ? ` And ${grants.length - maxShown} more.` : '';
  return `The server, as ${quoted(role ?? user)}, lacks rights. Run as the owner of the tables: ${shown.join(' ')}${more} ${restart}`;
}

/**
 * Returns why no session could be opened, with the fix. It uses a connection without a role to find what new sessions
 * lack.
 */
export async function whyRefused({ engine }: Pick<Database, 'engine'>, error: unknown): Promise<string> {
  if (error instanceof RoleLost || error instanceof DatabaseRefused) return error.message;
  const client = engine.direct?.();
  if (!client) return refusalOf(error);
  // Without a listener, the end of the connection would end the process. The statement fails.
  client.on('error', () => {});
  try {
    await client.connect();
    const why = await whyLacking(async (sql, values) => (await client.query(sql, values)).rows, engine);
    return why ?? refusalOf(error);
  } catch (failure) {
    return refusalOf(failure);
  } finally {
    await client.end().catch(() => {
      // The cause is already returned.
    });
  }
}

function refusalOf(error: unknown): string {
  const explanation = explainConnection(error);
  if (explanation) return `PostgreSQL cannot be used. ${explanation.reason} ${explanation.fix}`;
  const text = error instanceof Error ? error.message : String(error);
  return `The database refuses the server: ${text}. Restart the server: it grants missing rights, or names the statement.`;
}
