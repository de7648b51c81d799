import { createUnionType } from 'type-graphql';
import { Group } from '../../../directory/groups/group.js';
import { User } from '../../../directory/users/user.js';

/** Direct member of a group. */
export const GroupMemberUnion = createUnionType({
  name: 'GroupMember',
  description: 'A direct member of a group: a user, or a nested group.',
  types: () => [Group, User] as const,
});
