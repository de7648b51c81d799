import type { Tx } from '../../../access/write.js';
import {
  addMembers,
  removeAllMembers,
  removeMembers,
  replaceMembers,
} from '../../../directory/groups/change-members.js';
import type { Group } from '../../../directory/groups/group.js';
import { checkNumber } from '../../../directory/groups/known-members.js';
import { type Member, membersOf, pendingOf } from '../../../directory/groups/queries/find-groups.js';
import { compact } from '../../../directory/users/profile.js';
import { isObject } from '../../../kernel/json.js';
import { attributeIn } from '../../../scim-model/definition.js';
import type { Filter } from '../../../scim-model/filter.js';
import { groupType } from '../../../scim-model/group-schema.js';
import { matchesElement } from '../../../scim-model/match-filter.js';
import { resolve } from '../../../scim-model/resolve.js';
import { parsePath } from '../../../scim-model/value-path.js';
import { isMembersKey, memberForm, memberIdsIn } from '../groups/group-form.js';
import { ScimError } from '../http/errors.js';
import type { Base } from '../resources/resource.js';
import { checkNames } from './check-target.js';
import type { PatchOp } from './operation.js';

/** Members that a filter selects. If `among` is set, only those that the value of the operation also lists. */
interface Selected {
  filter: Filter;
  among: ReadonlySet<string> | null;
}

/**
 * Change of a group's members: ids to add, to remove or to replace all with; filters that select members to remove; or
 * removal of all.
 */
export type MemberChange =
  | { members: 'add' | 'remove' | 'replace'; ids: string[] }
  | { members: 'filter'; filters: Selected[] }
  | { members: 'clear' };

/**
 * Returns the operations in order, with those on members separated. Consecutive ones that add, or that remove, are
 * combined: IdPs send one operation per member, and hundreds per request.
 *
 * @throws ScimError mutability, invalidValue; PathSyntax; FilterSyntax; BadInput for too many members in all operations
 */
export function memberChanges(operations: readonly PatchOp[]): (MemberChange | PatchOp)[] {
  const changes: (MemberChange | PatchOp)[] = [];
  let named = 0;
  for (const operation of operations.flatMap(apart)) {
    const next = memberChange(operation) ?? operation;
    named += 'ids' in next ? next.ids.length : 0;
    checkNumber(named, 'memberIds');
    const last = changes.at(-1);
    const joins = last && 'ids' in last && 'ids' in next && last.members === next.members && next.members !== 'replace';
    if (joins) last.ids.push(...next.ids);
    // The result of a filter does not depend on the other members: all are read and removed together.
    else if (last && 'filters' in last && 'filters' in next) last.filters.push(...next.filters);
    else changes.push(next);
  }
  return changes;
}

/** Splits an operation without a path into one for each spelling of the members and one for the rest. */
function apart(operation: PatchOp): PatchOp[] {
  const { op, path, value } = operation;
  const isWhole = path === null || path.toLowerCase() === core.toLowerCase();
  if (!isWhole || !isObject(value) || op === 'remove') return [operation];
  const members: PatchOp[] = [];
  const rest: [string, unknown][] = [];
  for (const [key, inner] of Object.entries(value)) {
    if (isMembersKey(key, inner)) members.push({ ...operation, path: 'members', value: inner });
    else if (key.toLowerCase() === core.toLowerCase())
      members.push(...apart({ ...operation, path: null, value: inner }));
    else rest.push([key, inner]);
  }
  return [...(rest.length > 0 ? [{ ...operation, path: null, value: Object.fromEntries(rest) }] : []), ...members];
}

const core = groupType.core.id;

function memberChange(operation: PatchOp): MemberChange | null {
  const { op, path: text, value } = operation;
  const path = text === null ? null : parsePath(text);
  const place = path && resolve(groupType, path.path, () => false);
  if (!path || place?.urn !== null || place.name !== 'members') return null;
  const { filter } = path;
  if (filter && place.attribute) checkNames(place.attribute, filter);
  if (place.sub !== null && (place.sub !== 'value' || (!filter && op !== 'add'))) {
    const detail = `"members.${place.sub}" cannot be changed. Remove the member and add another.`;
    throw new ScimError(400, 'mutability', detail);
  }
  if (filter && op !== 'remove')
    throw new ScimError(400, 'mutability', 'A member cannot be changed. Remove it and add another.');
  if (op !== 'remove') return { members: op, ids: idsToSet(operation) };
  if (!filter) return withoutFilter(value);
  const among = listedIn(operation);
  const isNamed = filter.kind === 'compare' && filter.op === 'eq' && filter.path.name.toLowerCase() === 'value';
  if (!isNamed) return { members: 'filter', filters: [{ filter, among }] };
  const id = String(filter.value);
  return { members: 'remove', ids: !among || among.has(id) ? [id] : [] };
}

/**
 * Returns the ids that a remove with a filter lists in its value: only members that both select are removed. Null if
 * the value is unassigned.
 */
function listedIn({ value, onValue }: PatchOp): Set<string> | null {
  if (!Array.isArray(value) && compact(value) === undefined) return null;
  const ids = new Set(memberIdsIn(value));
  onValue?.();
  return ids;
}

function idsToSet({ op, value }: PatchOp): string[] {
  if (op === 'replace' && (value === null || value === ''))
    throw new ScimError(400, 'invalidValue', 'To remove all members, replace "members" with [] or remove it.');
  return memberIdsIn(value);
}

/**
 * Returns the change for a remove without a filter. `removeMembersByValue` has already turned listed members into
 * filters, so the value lists no members, or members without ids.
 */
function withoutFilter(value: unknown): MemberChange {
  if (value === undefined) return { members: 'clear' };
  if (Array.isArray(value) && value.length === 0) return { members: 'remove', ids: [] };
  const detail = 'List the members to remove with their ids in "value", or leave "value" out to remove all members.';
  throw new ScimError(400, 'invalidValue', detail);
}

/**
 * Applies one change to a locked group. `base` is used to show its members. @throws the errors of the member operations
 */
export async function changeMembers(tx: Tx, group: Group, change: MemberChange, base: Base): Promise<void> {
  switch (change.members) {
    case 'add':
      return addMembers(tx, group, change.ids);
    case 'remove':
      return removeMembers(tx, group, change.ids);
    case 'replace':
      return replaceMembers(tx, group, change.ids);
    case 'clear':
      return removeAllMembers(tx, group);
    case 'filter':
      return removeMembers(tx, group, await matching(tx, group, change.filters, base));
  }
}

/**
 * Returns the ids of the members that one of the filters selects. Pending members, which were deleted, have the type
 * User.
 */
async function matching(tx: Tx, group: Group, filters: readonly Selected[], base: Base): Promise<string[]> {
  const definition = attributeIn(groupType.core.attributes, 'members') ?? null;
  const members = [...(await membersOf(tx, [group.id])), ...(await pendingOf(tx, group.id))];
  const isSelected = (member: Member) =>
    filters.some(
      ({ filter, among }) =>
        (!among || among.has(member.id)) && matchesElement(definition, memberForm(member, base), filter),
    );
  return members.filter(isSelected).map(({ id }) => id);
}
