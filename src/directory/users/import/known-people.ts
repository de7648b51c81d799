import type { Tx } from '../../../access/write.js';
import { fold } from '../../../fold.js';
import type { UserId } from '../../../ids.js';

/** What of the rows is there already, and how new ones may come in. */
export interface Existing {
  /** Live accounts by folded userName. */
  byName: Map<string, UserId>;
  /** Accounts by what the connection's IdP calls them. */
  byExternalId: Map<string, UserId>;
  /** Folded names that somebody waits for as a manager. */
  awaited: Set<string>;
  /** Whether the organization's seats are limited. */
  isLimited: boolean;
}

interface Row {
  profile: { userName: string };
  externalId: string | null;
}

/** Looks a whole batch up at once. */
export async function existingFor(tx: Tx, rows: readonly Row[], connectionId: string | null): Promise<Existing> {
  const names = rows.map(({ profile }) => fold(profile.userName));
  const externalIds = rows.flatMap(({ externalId }) => externalId ?? []);
  const users = await tx.session.query<{ id: UserId; key: string }>(
    `select id, user_name_key as key from users
     where organization_id = $1 and user_name_key = any($2) and deleted_at is null`,
    [tx.organizationId, names],
  );
  const identities = await tx.session.query<{ id: UserId; key: string }>(
    `select user_id as id, external_id as key from identities
     where organization_id = $1 and connection_id = $2 and external_id = any($3)`,
    [tx.organizationId, connectionId, externalIds],
  );
  const awaited = await tx.session.query<{ name: string }>(
    'select distinct manager_id as name from users where organization_id = $1 and manager_id = any($2)',
    [tx.organizationId, [...names, ...externalIds.map(fold)]],
  );
  const [limit] = await tx.session.query<{ seat_limit: number | null }>(
    'select seat_limit from organizations where id = $1',
    [tx.organizationId],
  );
  return {
    byName: new Map(users.map(({ key, id }) => [key, id])),
    byExternalId: new Map(identities.map(({ key, id }) => [key, id])),
    awaited: new Set(awaited.map(({ name }) => name)),
    isLimited: limit?.seat_limit != null,
  };
}

/** Returns true if the manager of the user has this id or userName: the form in which an export names managers. */
export async function isManagedBy(tx: Tx, userId: string, manager: string): Promise<boolean> {
  const found = await tx.session.query(
    `select 1 from users u join users m on m.organization_id = u.organization_id and m.id = u.manager_id
     where u.organization_id = $1 and u.id = $2 and (m.id = $3 or m.user_name_key = $4)`,
    [tx.organizationId, userId, manager, fold(manager)],
  );
  return found.length > 0;
}
