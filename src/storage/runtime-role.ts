import pg from 'pg';
import type { Ask } from './ask.js';
import type { Warning } from './database-refused.js';
import { codeOf } from './error-code.js';
import { logTable } from './schema-objects.js';

const { escapeIdentifier: quoted } = pg;

/** Role that the server can work as. */
export interface Candidate {
  name: string;
  /** User that connects. */
  user: string;
  exists: boolean;
  /** True if the user can work as the role. */
  isUsable: boolean;
  /** True if the user can make itself a member. */
  isAdmin: boolean;
  hasMembers: boolean;
  /** True if the role has the server's rights to the event log of this database. */
  hasRights: boolean;
}

// Roles belong to the cluster. The second name is for a database whose user is not a member of the first role: sharing
// that role would give each user access to the other database.
const look = `select c.name, current_user as user, r.oid is not null as exists,
    coalesce(pg_has_role(current_user, r.oid,
      case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end), false) as "isUsable",
    coalesce(pg_has_role(current_user, r.oid, 'MEMBER WITH ADMIN OPTION'), false) as "isAdmin",
    exists (select from pg_auth_members where roleid = r.oid) as "hasMembers",
    exists (select from pg_class, aclexplode(relacl) where oid = to_regclass('${logTable}') and grantee = r.oid) as "hasRights"
  from unnest(array['rollcall_runtime', left('rollcall_runtime_' || current_database(), 63)]) with ordinality as c (name, n)
  left join pg_roles r on r.rolname = c.name order by c.n`;

/** Returns the two possible roles of the server, existing or not: that of the cluster, then that of the database. */
export const candidatesOf = async (ask: Ask): Promise<Candidate[]> => ask<Candidate>(look);

/** Returns the role that the server works as, if any: the role of this database is preferred to that of the cluster. */
export const usableOf = (candidates: readonly Candidate[]): string | null =>
  [...candidates].reverse().find(({ isUsable }) => isUsable)?.name ?? null;

/** Returns the names of existing roles that the server does not work as. They must have no rights in this database. */
export const othersOf = (candidates: readonly Candidate[], role: string | null): string[] =>
  candidates.filter(({ name, exists }) => exists && name !== role).map(({ name }) => name);

/**
 * Returns the role that the server works as. Creates it if there is none and the user has the right; null if that
 * fails.
 */
export async function ensureRole(ask: Ask): Promise<string | null> {
  const candidates = await candidatesOf(ask);
  const usable = usableOf(candidates);
  if (usable !== null) return usable;
  for (const candidate of candidates.filter(({ exists, isAdmin }) => !exists || isAdmin))
    if (await join(ask, candidate)) return candidate.name;
  // A server of another database in the cluster can have created the role concurrently.
  return usableOf(await candidatesOf(ask));
}

const notPermitted = '42501';
/** Codes of errors after another process has done the same concurrently. */
const concurrent = /^(42710|23505|XX000)$/;

async function join(ask: Ask, { name, user, exists }: Candidate): Promise<boolean> {
  const create = exists ? '' : `create role ${quoted(name)} nologin; `;
  try {
    await ask(`${create}grant ${quoted(name)} to ${quoted(user)}`);
    return true;
  } catch (error) {
    if (codeOf(error) !== notPermitted && !concurrent.test(codeOf(error))) throw error;
    return false;
  }
}

/**
 * Returns the role that has the server's rights here although the user cannot work as it, such as after a REVOKE; null
 * if there is none.
 */
export const takenOf = (candidates: readonly Candidate[]): Candidate | null =>
  candidates.find(({ exists, isUsable, hasRights }) => exists && !isUsable && hasRights) ?? null;

/** Returns true if a start could create a role for the user. `mayCreate`: the user can create roles. */
export const isMakeable = (candidates: readonly Candidate[], mayCreate: boolean): boolean =>
  candidates.some(({ exists, isAdmin }) => (exists ? isAdmin : mayCreate));

/** Returns the warning about a revoked membership, with the statement that repairs it. */
export function roleTaken({ name, user }: Candidate): Warning {
  return {
    text: `The user ${quoted(user)} may not work as the role ${quoted(name)}, which has the rights of the server in this database. The membership was revoked: servers that are running answer 503.`,
    fix: `Run as a superuser, and start again: grant ${quoted(name)} to ${quoted(user)};`,
  };
}

/** Returns the warning for a server that works as the user that connects. */
export function withoutRole(candidates: readonly Candidate[]): Warning {
  const [first, second] = candidates;
  // A role without members was created for this user, and the grant was forgotten.
  const free =
    takenOf(candidates) ?? candidates.find(({ exists, hasMembers }) => !exists || !hasMembers) ?? second ?? first;
  const { name = '', user = '', exists = false } = free ?? {};
  const grant = `grant ${quoted(name)} to ${quoted(user)};`;
  const text = `The event log is not protected against changes: the user ${quoted(user)} may work as no role with fewer rights, so the server has those of its own.`;
  const statements = exists ? grant : `create role ${quoted(name)} nologin; ${grant}`;
  return { text, fix: `Run as a superuser, and start again: ${statements}` };
}
