import type { NewEvent } from '../../events/types.js';
import type { GroupId, UserId } from '../../kernel/ids.js';
import { type Group, subjectOf } from './group.js';
import type { KnownMembers } from './known-members.js';

/** The plan for the members of one locked group: members are removed first, then added. */
export interface MemberPlan {
  group: Group;
  leaving: Leaving;
  joining: KnownMembers;
}

/**
 * The members to remove. The database computes the difference, because a group can have more members than fit into
 * memory.
 */
export type Leaving = { these: readonly string[] } | { allBut: readonly string[] };

const nobody: KnownMembers = { users: [], groups: [], pending: [] };

/** Plans to add members. Existing members change nothing. */
export const planJoining = (group: Group, joining: KnownMembers): MemberPlan => ({
  group,
  leaving: { these: [] },
  joining,
});

/** Plans to remove members. Ids that are not in the group change nothing. */
export const planLeaving = (group: Group, ids: readonly string[]): MemberPlan => ({
  group,
  leaving: { these: ids },
  joining: nobody,
});

/** Plans to replace all members of the group. */
export const planReplacing = (group: Group, joining: KnownMembers): MemberPlan => ({
  group,
  leaving: { allBut: [...joining.users, ...joining.groups, ...joining.pending] },
  joining,
});

/** Plans to remove all members of the group. */
export const planEmptying = (group: Group): MemberPlan => planReplacing(group, nobody);

/** The members that one group gained or lost. */
export interface Moved {
  group: Group;
  type: 'group.member_added' | 'group.member_removed';
  users: UserId[];
  groups: GroupId[];
}

/** Returns the events of added or removed members. Members of a nested group are in the events of that group. */
export function memberEvents({ group, type, users, groups }: Moved): NewEvent[] {
  const { id: groupId, displayName, externalId, connectionId } = group;
  const about = { type, subject: subjectOf(group), connectionId };
  const state = { groupId, displayName, externalId, directOnly: true } as const;
  return [
    ...users.map((userId): NewEvent => ({ ...about, userId, data: { ...state, userId } })),
    ...groups.map((memberGroupId): NewEvent => ({ ...about, data: { ...state, memberGroupId } })),
  ];
}
