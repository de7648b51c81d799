import { authorize } from '../../access/authorize.js';
import type { Tx } from '../../access/write.js';
import { BadInput, MembershipCycle, UnknownMember } from '../../errors.js';
import { parseId } from '../../ids.js';
import { type Group, subjectOf } from './group.js';

const maximum = 10_000;

/**
 * Adds users and groups to a locked group; those that are in it already change nothing. The cost depends on the number
 * of `ids`, never on the size of the group. Members that were deleted are passed over.
 *
 * @throws Forbidden, BadInput for too many, UnknownMember for an id that never was one here, MembershipCycle
 */
export async function addMembers(tx: Tx, group: Group, ids: readonly string[]): Promise<void> {
  authorize(tx, 'group.update', group);
  const { users, groups } = await known(tx, ids);
  const added = await tx.session.query<{ id: string }>(
    `insert into memberships (organization_id, group_id, user_id, created_at)
     select $1, $2, id, $4 from unnest($3::text[]) id on conflict do nothing returning user_id as id`,
    [tx.organizationId, group.id, users, tx.now],
  );
  const nested = groups.length > 0 ? await nest(tx, group, groups) : [];
  await told(tx, group, 'group.member_added', added, nested);
}

async function nest(tx: Tx, group: Group, children: readonly string[]): Promise<{ id: string }[]> {
  // Two nestings at once could close a circle that neither of them sees.
  await tx.session.query('select pg_advisory_xact_lock(hashtextextended($1, 3))', [tx.organizationId]);
  const circle = await tx.session.query(
    `with recursive below(id) as (
       select unnest($2::text[]) collate "C" union
       select n.child_group_id from group_nestings n join below on below.id = n.group_id where n.organization_id = $1
     ) select 1 from below where id = $3`,
    [tx.organizationId, children, group.id],
  );
  if (circle.length > 0) throw new MembershipCycle();
  return tx.session.query<{ id: string }>(
    `insert into group_nestings (organization_id, group_id, child_group_id, created_at)
     select $1, $2, id, $4 from unnest($3::text[]) id on conflict do nothing returning child_group_id as id`,
    [tx.organizationId, group.id, children, tx.now],
  );
}

/** Takes users and groups out of a locked group; those that are not in it change nothing. @throws Forbidden, BadInput */
export async function removeMembers(tx: Tx, group: Group, ids: readonly string[]): Promise<void> {
  authorize(tx, 'group.update', group);
  checkNumber(ids);
  await take(tx, group, 'user_id = any($3)', 'child_group_id = any($3)', [ids]);
}

/** Makes `ids` the members of a locked group: the difference is computed where the members are. */
export async function replaceMembers(tx: Tx, group: Group, ids: readonly string[]): Promise<void> {
  authorize(tx, 'group.update', group);
  const { users, groups } = await known(tx, ids);
  const keep = [...users, ...groups];
  await take(tx, group, 'not user_id = any($3)', 'not child_group_id = any($3)', [keep]);
  await addMembers(tx, group, keep);
}

/** Empties a locked group, one event a member. */
export async function removeAllMembers(tx: Tx, group: Group): Promise<void> {
  await take(tx, group, 'true', 'true', []);
}

async function take(tx: Tx, group: Group, ofUsers: string, ofGroups: string, values: unknown[]): Promise<void> {
  const scope = 'where organization_id = $1 and group_id = $2';
  const bound = [tx.organizationId, group.id, ...values];
  const users = await tx.session.query<{ id: string }>(
    `delete from memberships ${scope} and ${ofUsers} returning user_id as id`,
    bound,
  );
  const groups = await tx.session.query<{ id: string }>(
    `delete from group_nestings ${scope} and ${ofGroups} returning child_group_id as id`,
    bound,
  );
  await told(tx, group, 'group.member_removed', users, groups);
}

type Ids = { id: string }[];
async function told(
  tx: Tx,
  group: Group,
  type: 'group.member_added' | 'group.member_removed',
  users: Ids,
  groups: Ids,
) {
  if (users.length + groups.length === 0) return;
  const about = { type, subject: subjectOf(group), connectionId: group.connectionId };
  const state = { groupId: group.id, displayName: group.displayName, externalId: group.externalId };
  for (const { id } of users) tx.emit({ ...about, userId: id, data: { ...state, userId: id } });
  for (const { id } of groups) tx.emit({ ...about, data: { ...state, memberGroupId: id } });
  // The ETag follows the members too.
  group.revision++;
  group.updatedAt = tx.now;
  await tx.session.query('update groups set revision = $3, updated_at = $4 where organization_id = $1 and id = $2', [
    tx.organizationId,
    group.id,
    group.revision,
    group.updatedAt,
  ]);
}

/** Which ids are live users and groups that the caller may put into its groups. */
async function known(tx: Tx, ids: readonly string[]): Promise<{ users: string[]; groups: string[] }> {
  checkNumber(ids);
  const unique = [...new Set(ids)];
  const userIds = unique.filter((id) => parseId('user', id));
  const connectionId = tx.principal.kind === 'scim' ? tx.principal.connectionId : null;
  const found = await tx.session.query<{ id: string; live: boolean }>(
    `select id, deleted_at is null as live from users where organization_id = $1 and id = any($2)
       and ($3::text is null or scim_connection_id is null or scim_connection_id = $3)
     union all
     select id, true from groups where organization_id = $1 and id = any($4) and ($3::text is null or connection_id = $3)`,
    [tx.organizationId, userIds, connectionId, unique.filter((id) => parseId('group', id))],
  );
  const live = new Map(found.map(({ id, live: isLive }) => [id, isLive]));
  const unknown = unique.find((id) => !live.has(id));
  if (unknown !== undefined) throw new UnknownMember(unknown.slice(0, 100));
  const usable = unique.filter((id) => live.get(id));
  return { users: usable.filter((id) => parseId('user', id)), groups: usable.filter((id) => parseId('group', id)) };
}

function checkNumber(ids: readonly string[]): void {
  if (ids.length > maximum)
    throw new BadInput(`A request may name ${maximum} members at most; this one names ${ids.length}.`);
}
