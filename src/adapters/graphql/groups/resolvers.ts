import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  InputType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { Connection } from '../../../directory/connections/connection.js';
import { changeGroup, changeGroupRoles, deleteGroup } from '../../../directory/groups/change-group.js';
import { addMembers, removeMembers } from '../../../directory/groups/change-members.js';
import { checkedFacts, createGroup } from '../../../directory/groups/create-group.js';
import { Group } from '../../../directory/groups/group.js';
import { findGroup } from '../../../directory/groups/queries/find-groups.js';
import { lockGroup } from '../../../directory/groups/queries/load-group.js';
import { Organization } from '../../../directory/organizations/organization.js';
import { checkedRoles } from '../../../directory/roles/grantable-roles.js';
import { expectedUpdatedAt, knownId } from '../../../kernel/descriptions.js';
import { BadInput, expectUnchanged } from '../../../kernel/errors.js';
import { checkAll } from '../../../kernel/input-errors.js';
import { parseFilter } from '../../../scim-model/parse-filter.js';
import type { Context } from '../context.js';
import { DeletedPayload } from '../deleted.js';
import { foundOrNull } from '../found-or-null.js';
import { IdArg, SoughtIdArg } from '../id-arg.js';
import { GroupPage, UserPage } from '../lists/pages.js';
import { BothWays, Forward } from '../lists/paging.js';
import { checkFilter } from '../lists/private-fields.js';
import { nodeFields } from '../lists/selected-fields.js';
import { relatedUsers, usersPage } from '../users/list-users.js';
import { GroupFilter, GroupOrder } from './group-filter.js';
import { groupsPage } from './list-groups.js';

@InputType({ description: 'Settings of a new group.' })
export class CreateGroupInput {
  @Field(() => ID, { description: knownId('org') })
  organizationId: string;
  @Field(() => String, { description: 'Name of 1 to 1,024 characters. Several groups can have the same one.' })
  displayName: string;
  @Field(() => [ID], { nullable: true, description: 'Users and groups that are direct members.' })
  memberIds?: string[] | null;
  @Field(() => [String], { nullable: true, description: 'Roles that all members receive.' })
  roles?: string[] | null;
}

@InputType({ description: 'Fields of a group to change.' })
export class UpdateGroupInput {
  @Field(() => ID, { description: knownId('group') })
  id: string;
  @Field(() => Date, {
    nullable: true,
    description: expectedUpdatedAt,
  })
  expectedUpdatedAt?: Date | null;
  @Field(() => String, {
    nullable: true,
    description: 'Name of 1 to 1,024 characters. Several groups can have the same one.',
  })
  displayName?: string | null;
  @Field(() => [String], { nullable: true, description: 'Roles that all members receive.' })
  roles?: string[] | null;
}

@ObjectType({ simpleResolvers: true, description: 'Result of a mutation of a group.' })
export class GroupPayload {
  @Field(() => Group, { description: 'State of the group after the mutation.' })
  group: Group;
}

const memberIdsOptions = { nullable: true, description: 'Ids of users and groups. Required.' };
const userIdsOptions = {
  nullable: true,
  description: 'Ids of users and groups.',
  deprecationReason: 'Use memberIds.',
};

/** Returns the ids under either name of the argument. @throws BadInput unless exactly one is given */
function membersIn(memberIds: string[] | null | undefined, userIds: string[] | null | undefined): string[] {
  const ids = memberIds ?? userIds;
  if (!ids) throw new BadInput('"memberIds" is required: send the ids of users and groups.');
  if (memberIds && userIds) throw new BadInput('"userIds" cannot be combined with "memberIds", which replaces it.');
  return ids;
}

@Resolver(() => Organization)
export class OrganizationGroupsResolver {
  @FieldResolver(() => GroupPage, {
    nullable: true,
    description: 'Groups of the organization from all sources, including those that a SCIM connection manages.',
  })
  async groups(
    @Root() { id }: Organization,
    @Args(() => BothWays) args: BothWays,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
    @Arg('filter', () => GroupFilter, { nullable: true, description: 'Criteria, all of which a group meets.' })
    filter?: GroupFilter,
    @Arg('orderBy', () => GroupOrder, { nullable: true, description: 'Order of the list. Default: by id.' })
    orderBy?: GroupOrder,
  ) {
    const { scim, ...given } = filter ?? {};
    checkFilter(context.principal, 'groups', { filter, orderBy });
    const criteria = { ...given, filter: scim ? parseFilter(scim) : null };
    return groupsPage(context.in(id), args, { criteria, fields: nodeFields(info), orderBy });
  }
}

@Resolver(() => Group)
export class GroupResolver {
  @Query(() => Group, {
    nullable: true,
    description: 'The group with this id. Null if it does not exist or the caller cannot see it.',
  })
  async group(@SoughtIdArg('group') id: string, @Ctx() context: Context): Promise<Group | null> {
    return foundOrNull(async () => findGroup(await context.read('group', id), id));
  }

  @FieldResolver(() => Organization, { description: 'Organization to which the group permanently belongs.' })
  organization(@Root() { organizationId }: Group, @Ctx() { loaders }: Context): Promise<Organization | null> {
    return loaders.organization.load({ organizationId, id: organizationId });
  }

  @FieldResolver(() => Connection, {
    nullable: true,
    description: 'SCIM connection that manages the group. Null if there is none, or if the caller cannot see it.',
  })
  async connection(
    @Root() { organizationId, connectionId }: Group,
    @Ctx() context: Context,
  ): Promise<Connection | null> {
    if (!connectionId) return null;
    return context.visible('connection.read', context.loaders.connection.load({ organizationId, id: connectionId }));
  }

  @FieldResolver(() => UserPage, { description: 'Users who are direct members.' })
  members(
    @Root() of: Group,
    @Args(() => Forward) args: Forward,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return relatedUsers('membersOfGroup', { context, of, args, info });
  }

  @FieldResolver(() => UserPage, {
    description: 'Users who are members directly or through nested groups, at any depth, each once.',
  })
  allMembers(
    @Root() { id, organizationId }: Group,
    @Args(() => Forward) args: Forward,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const shown = { criteria: { withinGroupId: id }, fields: nodeFields(info) };
    return usersPage(context.in(organizationId), args as BothWays, shown);
  }

  @Mutation(() => GroupPayload, {
    description:
      'Creates a group that no SCIM connection manages. Emits GROUP_CREATED, and GROUP_MEMBER_ADDED for each member.',
  })
  async createGroup(
    @Arg('input', () => CreateGroupInput, { description: 'Name, direct members and roles of the group.' }) {
      organizationId,
      displayName,
      memberIds,
      roles,
    }: CreateGroupInput,
    @Ctx() context: Context,
  ): Promise<GroupPayload> {
    const facts = { displayName, externalId: null, attributes: {}, memberIds: memberIds ?? [], roles: roles ?? [] };
    return {
      group: await context.write('org', organizationId, (tx) =>
        createGroup(tx, { ...facts, origin: 'API', connectionId: null }),
      ),
    };
  }

  @Mutation(() => GroupPayload, {
    description: 'Changes the given fields of a group, leaves the others unchanged, and emits GROUP_UPDATED.',
  })
  async updateGroup(
    @Arg('input', () => UpdateGroupInput, { description: 'Id of the group, and the fields to change.' }) {
      id,
      displayName,
      roles,
      expectedUpdatedAt,
    }: UpdateGroupInput,
    @Ctx() context: Context,
  ): Promise<GroupPayload> {
    const group = await context.write('group', id, async (tx) => {
      const locked = await lockGroup(tx, id);
      expectUnchanged(locked, expectedUpdatedAt);
      checkAll([
        () => checkedFacts({ ...locked, displayName: displayName ?? locked.displayName }),
        () => checkedRoles(roles ?? []),
      ]);
      await changeGroup(tx, locked, (before) => ({ ...before, displayName: displayName ?? before.displayName }));
      return roles ? changeGroupRoles(tx, locked, roles) : locked;
    });
    return { group };
  }

  @Mutation(() => DeletedPayload, {
    description: 'Deletes a group. Emits GROUP_MEMBER_REMOVED for each member, then GROUP_DELETED.',
  })
  async deleteGroup(@IdArg('group') id: string, @Ctx() context: Context): Promise<DeletedPayload> {
    return { deletedId: await context.write('group', id, (tx) => deleteGroup(tx, id)) };
  }

  @Mutation(() => GroupPayload, {
    description: 'Adds users or groups to a group and emits GROUP_MEMBER_ADDED for each new member.',
  })
  addGroupMembers(
    @IdArg('group', 'groupId') id: string,
    @Ctx() context: Context,
    @Arg('memberIds', () => [ID], memberIdsOptions) memberIds?: string[] | null,
    @Arg('userIds', () => [ID], userIdsOptions) userIds?: string[] | null,
  ): Promise<GroupPayload> {
    const ids = membersIn(memberIds, userIds);
    return context.write('group', id, async (tx) => {
      const group = await lockGroup(tx, id);
      await addMembers(tx, group, ids);
      return { group };
    });
  }

  @Mutation(() => GroupPayload, {
    description: 'Removes users or groups from a group and emits GROUP_MEMBER_REMOVED for each removed member.',
  })
  removeGroupMembers(
    @IdArg('group', 'groupId') id: string,
    @Ctx() context: Context,
    @Arg('memberIds', () => [ID], memberIdsOptions) memberIds?: string[] | null,
    @Arg('userIds', () => [ID], userIdsOptions) userIds?: string[] | null,
  ): Promise<GroupPayload> {
    const ids = membersIn(memberIds, userIds);
    return context.write('group', id, async (tx) => {
      const group = await lockGroup(tx, id);
      await removeMembers(tx, group, ids);
      return { group };
    });
  }
}
