import { idpConnectionOf } from '../../access/principal.js';
import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import { BadInput, UnknownMember } from '../../kernel/errors.js';
import { type GroupId, parseId, type UserId } from '../../kernel/ids.js';
import { sql } from '../../storage/sql.js';

const maximum = 10_000;

/** Ids of members by kind: live users, live groups and deleted users. */
export interface KnownMembers {
  users: UserId[];
  groups: GroupId[];
  pending: UserId[];
}

/**
 * Sorts ids of members by kind. An IdP can name its own users and groups, and unmanaged users. A deleted group is
 * skipped and noted, because it cannot be restored.
 *
 * @throws BadInput for too many ids, UnknownMember for a value that never was an id in the organization
 */
export async function knownMembers(tx: Tx, ids: readonly string[]): Promise<KnownMembers> {
  checkNumber(ids.length, 'memberIds');
  const unique = [...new Set(ids)];
  const userIds = unique.flatMap((id) => parseId('user', id) ?? []);
  const groupIds = unique.flatMap((id) => parseId('group', id) ?? []);
  const connectionId = idpConnectionOf(tx.principal);
  const found = [
    ...(userIds.length > 0 ? await lockUsers(tx, userIds, connectionId) : []),
    ...(groupIds.length > 0 ? await findGroups(tx, groupIds, connectionId) : []),
  ];
  const live = new Map(found.map((row) => [row.id, row.live]));
  const unknown = unique.filter((id) => !live.has(id));
  if (unknown.length > 0) await passOver(tx, unknown, connectionId);
  return {
    users: userIds.filter((id) => live.get(id)),
    groups: groupIds.filter((id) => live.get(id)),
    pending: userIds.filter((id) => live.get(id) === false),
  };
}

interface Found {
  id: string;
  live: boolean;
}

/** Reads the users, locked: one that is being deleted or restored is read as it is afterwards. */
const lockUsers = (tx: Tx, ids: readonly UserId[], connectionId: string | null): Promise<Found[]> =>
  tx.session.query<Found>(sql`
    select id, deleted_at is null as live from users
    where organization_id = ${scopeOf(tx)} and id = any(${ids})
      and (${connectionId}::text is null or scim_connection_id is null or scim_connection_id = ${connectionId})
    order by id for key share`);

const findGroups = (tx: Tx, ids: readonly GroupId[], connectionId: string | null): Promise<Found[]> =>
  tx.session.query<Found>(sql`
    select id, true as live from groups
    where organization_id = ${scopeOf(tx)} and id = any(${ids})
      and (${connectionId}::text is null or connection_id = ${connectionId})`);

async function passOver(tx: Tx, ids: readonly string[], connectionId: string | null): Promise<void> {
  const gone = await tx.session.query<{ id: string }>(sql`
    select subject_id as id from events
    where organization_id = ${scopeOf(tx)} and type = 'group.deleted' and subject_id = any(${ids})
      and (${connectionId}::text is null or connection_id = ${connectionId})`);
  const deleted = new Set(gone.map(({ id }) => id));
  const never = ids.find((id) => !deleted.has(id));
  if (never !== undefined) throw new UnknownMember(never.slice(0, 100));
  for (const id of ids) tx.note(`deletedMember ${id}`);
}

/** Checks the number of members that a request names. @throws BadInput if it is too large */
export function checkNumber(named: number, field: 'memberIds' | 'userIds'): void {
  if (named > maximum)
    throw new BadInput(`A request can contain at most ${maximum} members; this request has ${named}.`, field);
}
