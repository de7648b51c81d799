import { Arg, Args, Ctx, Field, FieldResolver, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import { Connection } from '../../../directory/connections/connection.js';
import type { AdoptionRequest } from '../../../directory/users/adoption-request.js';
import { listAdoptionRequests, resolveAdoptionRequest } from '../../../directory/users/adoption-requests.js';
import { User } from '../../../directory/users/user.js';
import type { OrganizationId } from '../../../kernel/ids.js';
import { JsonScalar } from '../../../kernel/node.js';
import type { Context } from '../context.js';
import { IdArg } from '../id-arg.js';
import { countedPageTypes } from '../lists/pages.js';
import { Forward, pageOfRows } from '../lists/paging.js';
import { UserPayload } from './resolvers.js';

/** An IdP's request to adopt a user that its connection does not own. */
@ObjectType('PendingAdoption', {
  simpleResolvers: true,
  description: "An IdP's request to adopt a user that it does not own. Resolve it with `resolveAdoption`.",
})
export class PendingAdoption {
  organizationId: OrganizationId;
  userId: string;
  @Field(() => JsonScalar, { description: 'The user as the IdP sent it: active, externalId, profile.' })
  account: unknown;
  @Field(() => Date, { description: "Time of the IdP's first request to adopt the user." })
  createdAt: Date;
  @Field(() => Date, { description: "Time of the IdP's last request to adopt the user." })
  updatedAt: Date;
}

const PendingAdoptionPage = countedPageTypes('PendingAdoption', PendingAdoption);
const oldestFirst = {
  id: 'userId',
  by: {
    property: 'createdAt',
    type: 'timestamptz',
    valueOf: ({ createdAt }: AdoptionRequest) => createdAt.toISOString(),
  },
} as const;

@Resolver(() => PendingAdoption)
export class PendingAdoptionResolver {
  @FieldResolver(() => User, { description: 'User that the IdP requests to manage.' })
  user(@Root() { organizationId, userId }: PendingAdoption, @Ctx() context: Context): Promise<User | null> {
    return context.visible('user.read', context.loaders.user.load({ organizationId, id: userId }));
  }
}

@Resolver(() => Connection)
export class AdoptionResolver {
  @FieldResolver(() => PendingAdoptionPage, { nullable: true, description: 'Pending adoption requests, oldest first.' })
  pendingAdoptions(
    @Root() { id, organizationId }: Connection,
    @Args(() => Forward) args: Forward,
    @Ctx() context: Context,
  ) {
    return pageOfRows(args, listAdoptionRequests(context.in(organizationId), id), oldestFirst);
  }

  @Mutation(() => UserPayload, {
    description:
      "Accepts or rejects a pending adoption request. If accepted, the connection becomes the user's manager and USER_ADOPTED is emitted. If rejected, the IdP receives 409 for further requests.",
  })
  async resolveAdoption(
    @IdArg('user', 'userId') userId: string,
    @IdArg('conn', 'connectionId') connectionId: string,
    @Arg('accept', () => Boolean, { description: 'True to accept the request, false to reject it.' }) accept: boolean,
    @Ctx() context: Context,
  ): Promise<UserPayload> {
    return {
      user: await context.write('user', userId, (tx) => resolveAdoptionRequest(tx, { userId, connectionId, accept })),
    };
  }
}
