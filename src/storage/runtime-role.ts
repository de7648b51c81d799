import pg from 'pg';
import type { Ask } from './ask.js';
import type { Warning } from './database-refused.js';
import { codeOf } from './error-code.js';
import { logTable } from './schema-objects.js';

const { escapeIdentifier: quoted } = pg;

/** A role that the server can work as. */
export interface Candidate {
  name: string;
  /** The user that connects. */
  user: string;
  exists: boolean;
  /** Whether the user may work as the role. */
  isUsable: boolean;
  /** Whether the user may make itself a member. */
  isAdmin: boolean;
  hasMembers: boolean;
  /** Whether it has rights to the event log of this database, as the role of the server has. */
  hasRights: boolean;
}

// Roles belong to the cluster. The second name is for a database whose user has no part in the first role: sharing it would
// open each database to the user of the other.
const look = `select c.name, current_user as user, r.oid is not null as exists,
    coalesce(pg_has_role(current_user, r.oid,
      case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end), false) as "isUsable",
    coalesce(pg_has_role(current_user, r.oid, 'MEMBER WITH ADMIN OPTION'), false) as "isAdmin",
    exists (select from pg_auth_members where roleid = r.oid) as "hasMembers",
    exists (select from pg_class, aclexplode(relacl) where oid = to_regclass('${logTable}') and grantee = r.oid) as "hasRights"
  from unnest(array['rollcall_runtime', left('rollcall_runtime_' || current_database(), 63)]) with ordinality as c (name, n)
  left join pg_roles r on r.rolname = c.name order by c.n`;

/** The names that the role of the server can have in this database. */
export const candidatesOf = async (ask: Ask): Promise<Candidate[]> => ask<Candidate>(look);

/** Returns the role that the server works as, if there is one: that of this database before that of the cluster. */
export const usableOf = (candidates: readonly Candidate[]): string | null =>
  [...candidates].reverse().find(({ isUsable }) => isUsable)?.name ?? null;

/** Returns the names of the roles that exist and that the server does not work as: they have no rights in this database. */
export const othersOf = (candidates: readonly Candidate[], role: string | null): string[] =>
  candidates.filter(({ name, exists }) => exists && name !== role).map(({ name }) => name);

/** Returns the role that the server works as, and creates it if there is none and the user may; null if there is none then. */
export async function ensureRole(ask: Ask): Promise<string | null> {
  const candidates = await candidatesOf(ask);
  const usable = usableOf(candidates);
  if (usable !== null) return usable;
  for (const candidate of candidates.filter(({ exists, isAdmin }) => !exists || isAdmin))
    if (await join(ask, candidate)) return candidate.name;
  // Another database of the cluster can have been faster.
  return usableOf(await candidatesOf(ask));
}

const notPermitted = '42501';
/** Somebody else did the same at the same time. */
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

/** Returns the role that has the rights of the server here, while the user may not work as it, as after a REVOKE; null if there is none. */
export const takenOf = (candidates: readonly Candidate[]): Candidate | null =>
  candidates.find(({ exists, isUsable, hasRights }) => exists && !isUsable && hasRights) ?? null;

/** Returns true if a start could make a role for the user. `mayCreate`: the user may create roles. */
export const isMakeable = (candidates: readonly Candidate[], mayCreate: boolean): boolean =>
  candidates.some(({ exists, isAdmin }) => (exists ? isAdmin : mayCreate));

/** Returns what a REVOKE has done to running servers, with the statement that repairs it. */
export function roleTaken({ name, user }: Candidate): Warning {
  return {
    text: `The user ${quoted(user)} may not work as the role ${quoted(name)}, which has the rights of the server in this database. The membership was revoked: servers that are running answer 503.`,
    fix: `Run as a superuser, and start again: grant ${quoted(name)} to ${quoted(user)};`,
  };
}

/** What there is to say of a server that works as the user that connects. */
export function withoutRole(candidates: readonly Candidate[]): Warning {
  const [first, second] = candidates;
  // A role that nobody has was made for this user, and the grant was forgotten.
  const free =
    takenOf(candidates) ?? candidates.find(({ exists, hasMembers }) => !exists || !hasMembers) ?? second ?? first;
  const { name = '', user = '', exists = false } = free ?? {};
  const grant = `grant ${quoted(name)} to ${quoted(user)};`;
  const text = `The event log is not protected against changes: the user ${quoted(user)} may work as no role with fewer rights, so the server has those of its own.`;
  const statements = exists ? grant : `create role ${quoted(name)} nologin; ${grant}`;
  return { text, fix: `Run as a superuser, and start again: ${statements}` };
}
