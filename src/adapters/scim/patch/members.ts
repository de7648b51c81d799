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
import { elementMatcher } from '../../../scim-model/match-filter.js';
import { resolve } from '../../../scim-model/resolve.js';
import { parsePath } from '../../../scim-model/value-path.js';
import { isMembersKey, memberForm, memberIdsIn } from '../groups/group-form.js';
import { ScimError } from '../http/errors.js';
import type { Base } from '../resources/resource.js';
import { checkNames } from './check-target.js';
import type { PatchOp } from './operation.js';
import { comparisonsIn, type PatchWork } from './work.js';

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

/** Operations of one PATCH on a group. */
interface GroupChanges {
  /** Operations on attributes. They do not depend on the members, so they are one change of the group. */
  attributes: PatchOp[];
  members: MemberChange[];
}

/**
 * Returns the operations in order, with those on members separated. Consecutive ones that add, or that remove, are
 * combined: IdPs send one operation per member, and hundreds per request.
 *
 * @throws ScimError mutability, invalidValue; PathSyntax; FilterSyntax; BadInput for too many members in all operations
 */
export function groupChanges(operations: readonly PatchOp[], work: PatchWork): GroupChanges {
  const attributes: PatchOp[] = [];
  const members = new MemberChanges();
  let named = 0;
  for (const operation of operations.flatMap((each) => apart(each, work))) {
    work.countTarget(operation.path ?? '');
    const next = memberChange(operation);
    named += next && 'ids' in next ? next.ids.length : 0;
    checkNumber(named, 'memberIds');
    if (next) members.add(next);
    else attributes.push(operation);
  }
  return { attributes, members: members.all };
}

const maximumChanges = 50;

/** Changes of the members in order. Each takes several statements, so changes are combined where possible. */
class MemberChanges {
  readonly all: MemberChange[] = [];
  #lastIds = new Set<string>();

  /** @throws ScimError 413 tooMany for too many changes that cannot be combined */
  add(next: MemberChange): void {
    const [before, last] = [this.all.at(-2), this.all.at(-1)];
    // The result of a filter does not depend on the other members: all are read and removed together.
    if (last && 'filters' in last && 'filters' in next) last.filters.push(...next.filters);
    else if ('ids' in next && joins(last, next)) {
      last.ids.push(...next.ids);
      for (const id of next.ids) this.#lastIds.add(id);
    }
    // Additions and removals of different members can be applied in any order.
    else if ('ids' in next && isStep(last) && joins(before, next) && !next.ids.some((id) => this.#lastIds.has(id)))
      before.ids.push(...next.ids);
    else this.#push(next);
  }

  #push(next: MemberChange): void {
    this.all.push(next);
    this.#lastIds = new Set('ids' in next ? next.ids : []);
    if (this.all.length <= maximumChanges) return;
    const detail = `A PATCH may change the members ${maximumChanges} times at most. Combine additions and removals, or send fewer operations in one request.`;
    throw new ScimError(413, 'tooMany', detail);
  }
}

type Step = Extract<MemberChange, { ids: string[] }>;

/** Returns true for a change that adds or removes single members. */
const isStep = (change: MemberChange | undefined): change is Step =>
  change !== undefined && 'ids' in change && change.members !== 'replace';

const joins = (change: MemberChange | undefined, next: MemberChange): change is Step =>
  isStep(change) && change.members === next.members;

/** Splits an operation without a path into one for each spelling of the members and one for the rest. */
function apart(operation: PatchOp, work: PatchWork): PatchOp[] {
  const { op, path, value } = operation;
  const isWhole = path === null || path.toLowerCase() === core.toLowerCase();
  if (!isWhole || !isObject(value) || op === 'remove') return [operation];
  const members: PatchOp[] = [];
  const rest: [string, unknown][] = [];
  for (const [key, inner] of Object.entries(value)) {
    work.countTarget(key);
    if (isMembersKey(key, inner)) members.push({ ...operation, path: 'members', value: inner });
    else if (key.toLowerCase() === core.toLowerCase())
      members.push(...apart({ ...operation, path: null, value: inner }, work));
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
  const ids = idsInFilter(filter);
  if (ids === null) return { members: 'filter', filters: [{ filter, among }] };
  return { members: 'remove', ids: among ? ids.filter((id) => among.has(id)) : ids };
}

/** Returns the ids of a filter that only compares `value` with ids, joined by `or`; null for any other filter. */
function idsInFilter(filter: Filter): string[] | null {
  if (filter.kind === 'or') {
    const [left, right] = [idsInFilter(filter.left), idsInFilter(filter.right)];
    return left && right && [...left, ...right];
  }
  const isNamed = filter.kind === 'compare' && filter.op === 'eq' && filter.path.name.toLowerCase() === 'value';
  return isNamed ? [String(filter.value)] : null;
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
  const detail = 'Send the ids of the members to remove in "value", or remove "value" to remove all members.';
  throw new ScimError(400, 'invalidValue', detail);
}

/** Parts that the changes of one PATCH share: the form in which its members are shown, and the work that is left. */
interface Shared {
  base: Base;
  work: PatchWork;
}

/**
 * Applies one change to a locked group. @throws ScimError 413 tooMany; the errors of the member operations
 */
export async function changeMembers(tx: Tx, group: Group, change: MemberChange, shared: Shared): Promise<void> {
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
      return removeMembers(tx, group, await matching(tx, group, change.filters, shared));
  }
}

/**
 * Returns the ids of the members that one of the filters selects. Pending members, which were deleted, have the type
 * User. Users among the members are counted before they are read. @throws ScimError 413 tooMany
 */
async function matching(tx: Tx, group: Group, filters: readonly Selected[], { base, work }: Shared): Promise<string[]> {
  const definition = attributeIn(groupType.core.attributes, 'members') ?? null;
  const comparisons = filters.reduce((sum, { filter }) => sum + 1 + comparisonsIn(filter), 0);
  work.countMembers(group.memberCount * comparisons);
  const read = [...(await membersOf(tx, [group.id])), ...(await pendingOf(tx, group.id))];
  work.countMembers(Math.max(0, read.length - group.memberCount) * comparisons);
  const matchers = filters.map(({ filter, among }) => ({ among, isMatch: elementMatcher(definition, filter) }));
  const isSelected = (member: Member) => {
    const form = memberForm(member, base);
    return matchers.some(({ among, isMatch }) => (!among || among.has(member.id)) && isMatch(form));
  };
  return read.filter(isSelected).map(({ id }) => id);
}
