import { Arg, Args, Ctx, Field, FieldResolver, ObjectType, Resolver, Root } from 'type-graphql';
import { Group } from '../../../directory/groups/group.js';
import { type GroupMember, listMemberships } from '../../../directory/groups/queries/find-memberships.js';
import type { User } from '../../../directory/users/user.js';
import { EventRecord } from '../../../events/event.js';
import type { OrganizationId } from '../../../kernel/ids.js';
import { parseId } from '../../../kernel/ids.js';
import { sql } from '../../../storage/sql.js';
import type { Context } from '../context.js';
import { countedPageTypes } from '../lists/pages.js';
import { type BothWays, cursorOf, Forward, firstPage, type Order, pageBy, sizeOf } from '../lists/paging.js';
import { membershipsOfGroup } from '../lists/related-rows.js';
import { GroupMemberUnion } from './group-member.js';

@ObjectType('GroupMembership', {
  simpleResolvers: true,
  description: 'A direct member of a group, and when it became one.',
})
export class GroupMembership implements GroupMember {
  organizationId: OrganizationId;
  groupId: string;
  id: string;
  @Field(() => Date, { description: 'Time at which the member was added.' })
  addedAt: Date;
}
const GroupMembershipPage = countedPageTypes('GroupMembership', GroupMembership);

const memberId = sql`m.member_id`;
const byMember: Order<GroupMember> = {
  sql: memberId,
  type: 'text',
  idSql: memberId,
  descending: false,
  valueOf: ({ id }) => id,
};
/** Memberships are read with all columns. */
const every: ReadonlySet<string> = new Set();

@Resolver(() => Group)
export class GroupMembershipsResolver {
  @FieldResolver(() => GroupMembershipPage, {
    description:
      'Users and groups that are direct members, each with the time and the event of its addition. Ordered by id.',
  })
  async memberships(
    @Root() { id, organizationId }: Group,
    @Args(() => Forward) args: Forward,
    @Ctx() context: Context,
    @Arg('search', () => String, {
      nullable: true,
      description: 'Words that the names of the members contain, in any order.',
    })
    search?: string,
  ) {
    const whole = () =>
      pageBy<GroupMember>(args as BothWays, byMember, listMemberships(context.in(organizationId), id, search));
    if (args.after != null || search) return whole();
    const size = sizeOf(args.first);
    const relation = membershipsOfGroup(organizationId);
    const found = await context.related
      .first('membershipsOfGroup', relation, { limit: size + 1, fields: every })
      .load({ organizationId, id });
    return firstPage(found, size, { cursorOf: (member) => cursorOf(byMember, member), whole });
  }
}

@Resolver(() => GroupMembership)
export class GroupMembershipResolver {
  @FieldResolver(() => GroupMemberUnion, { description: 'User or group that belongs directly to the group.' })
  member(@Root() { organizationId, id }: GroupMembership, @Ctx() context: Context): Promise<Group | User | null> {
    const { loaders } = context;
    return parseId('group', id)
      ? context.visible('group.read', loaders.group.load({ organizationId, id }))
      : context.visible('user.read', loaders.user.load({ organizationId, id }));
  }

  @FieldResolver(() => EventRecord, {
    nullable: true,
    description: 'Event of the addition, with its actor and request. Null if the log no longer contains it.',
  })
  async addedBy(@Root() membership: GroupMembership, @Ctx() context: Context): Promise<EventRecord | null> {
    return context.related.additions.load(membership);
  }
}
