import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import { Group } from '../../../directory/groups/group.js';
import type { Context } from '../context.js';
import { GroupPage } from '../lists/pages.js';
import { Forward } from '../lists/paging.js';
import { relatedGroups } from '../users/list-users.js';

@Resolver(() => Group)
export class GroupNestingResolver {
  @FieldResolver(() => GroupPage, { description: 'Groups that are direct members of this group.' })
  children(
    @Root() of: Group,
    @Args(() => Forward) args: Forward,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return relatedGroups('childrenOfGroup', { context, of, args, info });
  }

  @FieldResolver(() => GroupPage, { description: 'Groups of which this group is a direct member.' })
  parents(
    @Root() of: Group,
    @Args(() => Forward) args: Forward,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return relatedGroups('parentsOfGroup', { context, of, args, info });
  }

  @FieldResolver(() => [Group], {
    description: 'Groups that are direct members of this group.',
    deprecationReason: 'The list has no pages. Use children.',
  })
  childGroups(@Root() group: Group, @Ctx() { loaders }: Context): Promise<Group[]> {
    return loaders.childGroups.load(group);
  }

  @FieldResolver(() => [Group], {
    description: 'Groups of which this group is a direct member.',
    deprecationReason: 'The list has no pages. Use parents.',
  })
  parentGroups(@Root() group: Group, @Ctx() { loaders }: Context): Promise<Group[]> {
    return loaders.parentGroups.load(group);
  }
}
