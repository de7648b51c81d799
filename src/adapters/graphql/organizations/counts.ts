import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import { authorize } from '../../../access/authorize.js';
import { Organization } from '../../../directory/organizations/organization.js';
import { type UserStatus, userStatuses } from '../../../directory/users/user.js';
import type { Context } from '../context.js';

/** Numbers and times of an organization that are computed for all organizations of a page together. */
@Resolver(() => Organization)
export class OrganizationCountsResolver {
  @FieldResolver(() => Int, { nullable: true, description: 'Number of users in a seat: ACTIVE and SUSPENDED users.' })
  seatsUsed(@Root() { id }: Organization, @Ctx() context: Context): Promise<number> {
    return context.loaders.seatsUsed.load({ organizationId: id, id });
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description: 'Number of users. The users of all organizations of a page are counted in one statement.',
  })
  userCount(
    @Root() { id }: Organization,
    @Ctx() context: Context,
    @Arg('status', () => [userStatuses], {
      nullable: true,
      description: 'Statuses, one of which the users have. Default: all statuses.',
    })
    status?: UserStatus[],
  ): Promise<number> {
    authorize(context.in(id), 'user.read');
    return context.loaders.userCount(status ?? null).load({ organizationId: id, id });
  }

  @FieldResolver(() => Date, {
    nullable: true,
    description: 'Time of the newest event of the organization. Null if its event is no longer retained.',
  })
  lastEventAt(@Root() { id }: Organization, @Ctx() context: Context): Promise<Date | null> {
    authorize(context.in(id), 'event.read', { organizationId: id });
    return context.loaders.lastEventAt.load({ organizationId: id, id });
  }
}
