import { Arg, Args, Ctx, Field, ID, InputType, Query, Resolver } from 'type-graphql';
import {
  Connection,
  type ConnectionState,
  connectionStates,
  providerNames,
} from '../../../directory/connections/connection.js';
import { type ConnectionCriteria, listConnections } from '../../../directory/connections/list-connections.js';
import type { ProviderName } from '../../../identity-providers/profiles/index.js';
import type { Context } from '../context.js';
import { ConnectionPage } from '../lists/pages.js';
import { Forward, pageOfRows } from '../lists/paging.js';

@InputType({ description: 'Conditions for connections. All of them must match. An empty list matches no connection.' })
export class ConnectionFilter implements ConnectionCriteria {
  @Field(() => ID, {
    nullable: true,
    description:
      'Organization of the connections. Fails with NOT_FOUND if it is unknown or another one than that of the caller.',
  })
  organizationId?: string | null;
  @Field(() => [providerNames], { nullable: true, description: 'Providers, one of which the connections have.' })
  provider?: ProviderName[] | null;
  @Field(() => [connectionStates], { nullable: true, description: 'States, one of which the connections have.' })
  state?: ConnectionState[] | null;
  @Field(() => String, { nullable: true, description: 'Text that the name contains, compared case-insensitively.' })
  search?: string | null;
  @Field(() => Date, {
    nullable: true,
    description:
      'Time before which a bearer token for SCIM or a SAML certificate of the IdP expires. What has expired does not match.',
  })
  expiringBefore?: Date | null;
}

@Resolver(() => Connection)
export class ConnectionListResolver {
  @Query(() => ConnectionPage, {
    nullable: true,
    description:
      "Connections of all organizations for a platform key, and of the caller's organization for others, oldest first.",
  })
  async connections(
    @Ctx() context: Context,
    @Args(() => Forward) args: Forward,
    @Arg('filter', () => ConnectionFilter, {
      nullable: true,
      description: 'Criteria, all of which a connection meets.',
    })
    filter?: ConnectionFilter,
  ) {
    const { organizationId, ...criteria } = filter ?? {};
    const { database, now } = context.store;
    const own =
      organizationId == null ? {} : { organizationId: (await context.read('org', organizationId)).organizationId };
    return pageOfRows(args, listConnections(database, context.principal, { ...criteria, ...own, now: now() }));
  }
}
