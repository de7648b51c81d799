import pg from 'pg';
import type { Ask } from './ask.js';
import type { Warning } from './database-refused.js';
import type { Engine } from './engine.js';
import { powerOverLog } from './log-protection.js';
import { refuseIncomplete } from './missing-objects.js';
import { isNeeded, type Repair, repairsOf } from './rights.js';
import {
  type Candidate,
  candidatesOf,
  isMakeable,
  othersOf,
  roleTaken,
  takenOf,
  usableOf,
  withoutRole,
} from './runtime-role.js';
import { refuseReadOnly, refuseUnlessOwner, schemaState } from './schema-state.js';

/** Findings of a check before the next start. */
export interface Inspection {
  /** Names of the pending migrations. */
  pending: string[];
  /** Defects that make a running server answer 503. The start fixes them, or fails. */
  problems: Warning[];
  /** Defects that do not stop the server, or that the start would fix. */
  warnings: Warning[];
}

/**
 * Returns the findings of `migrate` without changing anything. @throws DatabaseRefused if it would refuse the database
 */
export async function inspect(engine: Engine): Promise<Inspection> {
  const owner = await engine.connect('owner');
  const ask: Ask = (sql, values) => owner.query(sql, values);
  try {
    const state = await schemaState(ask, owner.migrations);
    refuseReadOnly(state);
    if (state.pending.length > 0) refuseUnlessOwner(state);
    else await refuseIncomplete(ask);
    const candidates = await candidatesOf(ask);
    const role = usableOf(candidates);
    const repairs = await repairsOf(ask, role, othersOf(candidates, role));
    return {
      pending: state.pending,
      // A migration creates tables that have no rights yet.
      problems: state.pending.length > 0 ? [] : [...taken(candidates), ...lacking(role, repairs)],
      warnings: [...(await ofRole(ask, candidates)), ...excessive(repairs), ...ofOthers(candidates, repairs)],
    };
  } finally {
    await owner.destroy();
  }
}

async function ofRole(ask: Ask, candidates: readonly Candidate[]): Promise<Warning[]> {
  const role = usableOf(candidates);
  if (role !== null) return [await powerOverLog(ask, role)].filter((warning) => warning !== null);
  const [user] = await ask<{ mayCreate: boolean }>(
    'select rolcreaterole or rolsuper as "mayCreate" from pg_roles where rolname = current_user',
  );
  return isMakeable(candidates, user?.mayCreate ?? false) ? [] : [withoutRole(candidates)];
}

function taken(candidates: readonly Candidate[]): Warning[] {
  const candidate = takenOf(candidates);
  return candidate ? [roleTaken(candidate)] : [];
}

function lacking(role: string | null, repairs: readonly Repair[]): Warning[] {
  const needed = repairs.filter(isNeeded).map(({ statement }) => `${statement};`);
  if (needed.length === 0) return [];
  return [
    {
      text: `${role === null ? 'The server' : `The role ${pg.escapeIdentifier(role)}, as which the server works,`} lacks rights in the database.`,
      fix: `Restart the server: it grants them, if the user of DATABASE_URL may. Or run as the owner of the tables or as a superuser: ${needed.join(' ')}`,
    },
  ];
}

function excessive(repairs: readonly Repair[]): Warning[] {
  const excess = repairs.filter(({ kind }) => kind === 'excess').map(({ statement }) => `${statement};`);
  if (excess.length === 0) return [];
  return [
    {
      text: 'The event log is not protected against changes: rights were granted that the server must not have.',
      fix: `The next start revokes them: ${excess.join(' ')}`,
    },
  ];
}

/**
 * Returns warnings about rights of other roles. None if the role was revoked from the user, which is a separate
 * problem.
 */
function ofOthers(candidates: readonly Candidate[], repairs: readonly Repair[]): Warning[] {
  const others = repairs.filter(({ kind }) => kind === 'other').map(({ statement }) => `${statement};`);
  if (others.length === 0 || takenOf(candidates)) return [];
  return [
    {
      text: 'A role that the server does not work as has rights to its tables.',
      fix: `The next start revokes them: ${others.join(' ')}`,
    },
  ];
}
