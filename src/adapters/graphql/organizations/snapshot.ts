import { Arg, Ctx, Field, FieldResolver, ID, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { Group } from '../../../directory/groups/group.js';
import { Organization } from '../../../directory/organizations/organization.js';
import { takeSnapshot } from '../../../directory/organizations/snapshot.js';
import { User } from '../../../directory/users/user.js';
import { CursorScalar } from '../../../kernel/node.js';
import type { Context } from '../context.js';

@ObjectType({ simpleResolvers: true, description: 'Direct membership of a user or group in a group.' })
export class Membership {
  @Field(() => ID, { description: 'Id of the group to which the member belongs.' })
  groupId: string;
  @Field(() => ID, { nullable: true, description: 'Id of the user. Null if the member is a group.' })
  userId: string | null;
  @Field(() => ID, { nullable: true, description: 'Id of the member group. Null if the member is a user.' })
  memberGroupId: string | null;
}

@ObjectType({ simpleResolvers: true, description: "A page of an organization's users, groups and memberships." })
export class Snapshot {
  @Field(() => CursorScalar, {
    description:
      'Event cursor of the snapshot, equal on all pages. After the last page, continue with the events after it.',
  })
  cursor: string;
  @Field(() => [User], { description: 'Users of this page, including deprovisioned ones.' })
  users: User[];
  @Field(() => [Group], { description: 'Groups of this page. They begin on the page on which the users end.' })
  groups: Group[];
  @Field(() => [Membership], {
    description: 'Direct memberships of this page. They begin on the page on which the groups end.',
  })
  memberships: Membership[];
  @Field(() => CursorScalar, { nullable: true, description: 'Cursor of the next page. Null on the last page.' })
  next: string | null;
}

@Resolver(() => Organization)
export class SnapshotResolver {
  @FieldResolver(() => Snapshot, {
    nullable: true,
    description:
      "Users, then groups, then memberships of the organization, for a consumer's first synchronization. Load all pages, then apply the events after `cursor` to your copy.",
  })
  async snapshot(
    @Root() { id }: Organization,
    @Arg('first', () => Int, { nullable: true, description: 'Page size. Default 1,000, maximum 1,000.' })
    first: number | null | undefined,
    @Arg('after', () => CursorScalar, {
      nullable: true,
      description: 'The `next` of the previous page. Default: the first page.',
    })
    after: string | null | undefined,
    @Ctx() context: Context,
  ): Promise<Snapshot> {
    const read = context.in(id);
    return takeSnapshot(context.store, read, { first: first ?? 1_000, after: after ?? null });
  }
}
