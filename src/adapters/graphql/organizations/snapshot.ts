import { Arg, Ctx, Field, FieldResolver, ID, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { Group } from '../../../directory/groups/group.js';
import { Organization } from '../../../directory/organizations/organization.js';
import { takeSnapshot } from '../../../directory/organizations/snapshot.js';
import { User } from '../../../directory/users/user.js';
import { CursorScalar } from '../../../kernel/node.js';
import type { Context } from '../context.js';

@ObjectType({ simpleResolvers: true, description: 'Who is in a group directly: a user, or another group.' })
export class Membership {
  @Field(() => ID)
  groupId: string;
  @Field(() => ID, { nullable: true })
  userId: string | null;
  @Field(() => ID, { nullable: true })
  memberGroupId: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'A page of everything that an organization has.' })
export class Snapshot {
  @Field(() => CursorScalar, {
    description: 'Follow the events after it once the last page is loaded. The same on every page.',
  })
  cursor: string;
  @Field(() => [User], { description: 'Every account, closed ones too.' })
  users: User[];
  @Field(() => [Group])
  groups: Group[];
  @Field(() => [Membership])
  memberships: Membership[];
  @Field(() => CursorScalar, { nullable: true, description: 'Where the next page begins; null on the last one.' })
  next: string | null;
}

@Resolver(() => Organization)
export class SnapshotResolver {
  @FieldResolver(() => Snapshot, {
    description:
      'Everything that there is, and the cursor to follow from, for a consumer that begins: load all pages, then lay the events after `cursor` over them. Users, then groups, then memberships.',
  })
  async snapshot(
    @Root() { id }: Organization,
    @Arg('first', () => Int, { nullable: true, description: 'Entries of a page, 1,000 at most and unless said.' })
    first: number | null | undefined,
    @Arg('after', () => CursorScalar, { nullable: true }) after: string | null | undefined,
    @Ctx() context: Context,
  ): Promise<Snapshot> {
    const read = context.in(id);
    return takeSnapshot(context.store, read, { first: first ?? 1_000, after: after ?? null });
  }
}
