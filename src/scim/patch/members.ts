import type { Tx } from '../../access/write.js';
import { attributeIn } from '../../attributes/definition.js';
import { groupType } from '../../attributes/group-schema.js';
import { matchesElement } from '../../attributes/match-filter.js';
import { resolve } from '../../attributes/resolve.js';
import { parsePath, type ValuePath } from '../../attributes/value-path.js';
import { addMembers, removeAllMembers, removeMembers, replaceMembers } from '../../directory/groups/change-members.js';
import { membersOf } from '../../directory/groups/find-groups.js';
import type { Group } from '../../directory/groups/group.js';
import { isObject } from '../../json.js';
import { ScimError } from '../errors.js';
import { memberIdsIn } from '../group-form.js';
import type { PatchOp } from './operation.js';

/** A change of a group's members: which ids come, go or stay; a filter that names none; or null for all of them. */
export type MemberChange =
  | { members: 'add' | 'remove' | 'replace'; ids: string[] }
  | { members: 'filter'; path: ValuePath }
  | { members: 'clear' };

/**
 * The operations in order, those on members apart from the rest. Neighbours that add, or that remove, become one: IdPs send
 * an operation a member, hundreds in a request.
 *
 * @throws ScimError mutability, invalidValue; PathSyntax; FilterSyntax
 */
export function memberChanges(operations: readonly PatchOp[]): (MemberChange | PatchOp)[] {
  const changes: (MemberChange | PatchOp)[] = [];
  for (const operation of operations.flatMap(apart)) {
    const next = memberChange(operation) ?? operation;
    const last = changes.at(-1);
    const joins = last && 'ids' in last && 'ids' in next && last.members === next.members && next.members !== 'replace';
    if (joins) last.ids.push(...next.ids);
    else changes.push(next);
  }
  return changes;
}

/** An operation without a path, as one for the members and one for the rest. */
function apart(operation: PatchOp): PatchOp[] {
  const { op, path, value } = operation;
  const key = isObject(value) ? Object.keys(value).find((name) => name.toLowerCase() === 'members') : undefined;
  if (path !== null || !isObject(value) || key === undefined) return [operation];
  const rest = Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
  return [
    { op, path: null, value: rest },
    { op, path: 'members', value: value[key] },
  ];
}

function memberChange({ op, path: text, value }: PatchOp): MemberChange | null {
  const path = text === null ? null : parsePath(text);
  if (!path || resolve(groupType, path.path, () => false)?.name !== 'members') return null;
  const { sub } = path.path;
  if (sub !== null && sub.toLowerCase() !== 'value') {
    throw new ScimError(400, 'mutability', `"members.${sub}" cannot be changed; remove the member and add another.`);
  }
  const { filter } = path;
  if (filter && op !== 'remove')
    throw new ScimError(400, 'mutability', 'A member cannot be changed; remove it and add another.');
  if (op !== 'remove') return { members: op, ids: memberIdsIn(value) };
  if (!filter) return { members: 'clear' };
  const named = filter.kind === 'compare' && filter.op === 'eq' && filter.path.name.toLowerCase() === 'value';
  return named ? { members: 'remove', ids: [String(filter.value)] } : { members: 'filter', path };
}

/** Carries one change out on a locked group. @throws what the operations of members throw */
export async function changeMembers(tx: Tx, group: Group, change: MemberChange): Promise<void> {
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
      return removeMembers(tx, group, await matching(tx, group, change.path));
  }
}

async function matching(tx: Tx, group: Group, { filter }: ValuePath): Promise<string[]> {
  const definition = attributeIn(groupType.core.attributes, 'members') ?? null;
  const members = await membersOf(tx, [group.id]);
  return members
    .filter(({ id, type, display }) => filter && matchesElement(definition, { value: id, type, display }, filter))
    .map(({ id }) => id);
}
