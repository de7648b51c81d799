import pg from 'pg';
import type { Ask } from './ask.js';
import type { Warning } from './database-refused.js';
import type { Repair } from './rights.js';
import { logTable } from './schema-objects.js';

const { escapeIdentifier: quoted } = pg;

interface Power {
  isSuperuser: boolean;
  owner: string;
  owns: boolean;
  /** Roles with the right that it is a member of. */
  through: string[];
}

const power = `select r.rolsuper as "isSuperuser", pg_get_userbyid(c.relowner)::text as owner,
    pg_has_role(r.oid, c.relowner, 'usage') as owns,
    array(select g.rolname::text from pg_roles g where g.oid <> r.oid and pg_has_role(r.oid, g.oid, 'usage')
      and (g.rolname = 'pg_write_all_data' or has_table_privilege(g.oid, c.oid, 'update, delete, truncate'))) as through
  from pg_roles r, pg_class c where r.rolname = $1 and c.oid = to_regclass($2)
    and (has_table_privilege(r.oid, c.oid, 'update, delete, truncate') or has_any_column_privilege(r.oid, c.oid, 'update'))`;

const unprotected = (why: string, statement: string): Warning => ({
  text: `The event log is not protected against changes: ${why}.`,
  fix: `Run as a superuser, and start again: ${statement};`,
});

/** Returns why the role of the server can change or delete events; null if it cannot. */
export async function powerOverLog(ask: Ask, role: string): Promise<Warning | null> {
  const [found] = await ask<Power>(power, [role, logTable]);
  if (!found) return null;
  const server = `the role of the server, ${quoted(role)},`;
  if (found.isSuperuser) return unprotected(`${server} is a superuser`, `alter role ${quoted(role)} nosuperuser`);
  if (found.owner === role)
    return unprotected(`${server} owns its table`, `alter table ${logTable} owner to ANOTHER_USER`);
  if (found.owns)
    return unprotected(
      `${server} is a member of ${quoted(found.owner)}, which owns its table`,
      `revoke ${quoted(found.owner)} from ${quoted(role)}`,
    );
  const through = found.through.map(quoted).join(', ');
  if (through !== '')
    return unprotected(
      `${server} is a member of ${through}, which may change it`,
      `revoke ${through} from ${quoted(role)}`,
    );
  const statement = `revoke update, delete, truncate on ${logTable} from public, ${quoted(role)} cascade`;
  return unprotected(`${server} has rights that the user of DATABASE_URL could not revoke`, statement);
}

/** Returns warnings about repaired rights: ones that were granted manually, or that a restore did not contain. */
export function mended(repairs: readonly Repair[]): Warning[] {
  const excess = repairs.filter(({ kind }) => kind === 'excess').map(({ statement }) => `${statement};`);
  const others = repairs.filter(({ kind }) => kind === 'other').map(({ statement }) => `${statement};`);
  const missing = repairs.filter(({ kind }) => kind === 'missing').length;
  const warnings: Warning[] = [];
  if (excess.length > 0)
    warnings.push({
      text: 'The event log was not protected against changes: rights had been granted that the server must not have.',
      fix: `They were revoked: ${excess.join(' ')} Check who granted them, and whether events were changed.`,
    });
  if (others.length > 0)
    warnings.push({
      text: 'A role that the server does not work as had rights to its tables.',
      fix: `They were revoked: ${others.join(' ')}`,
    });
  if (missing > 0)
    warnings.push({
      text: 'The role of the server lacked rights, as after a restore without privileges.',
      fix: `${missing} rights were granted again. Nothing is left to do.`,
    });
  return warnings;
}
