import { Ctx, Field, FieldResolver, Float, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { type Connection, existingPolicies, type OnExisting } from '../../../directory/connections/connection.js';
import { findScimTokens } from '../../../directory/connections/find-connections.js';
import { managedCount } from '../../../directory/connections/managed-counts.js';
import { ScimToken } from '../../../directory/connections/scim-token.js';
import { type RecentTraffic, recentTraffic } from '../../../directory/requests/find-requests.js';
import { JsonScalar } from '../../../kernel/node.js';
import type { Context } from '../context.js';

/** Provisioning settings of a connection. */
@ObjectType('ScimFacet', { simpleResolvers: true })
export class ScimFacet {
  connection: Connection;
  @Field(() => Boolean)
  enabled: boolean;
  @Field(() => String, { description: 'The base URL to enter at the IdP.' })
  baseUrl: string;
  @Field(() => existingPolicies, {
    description: 'What a POST for a person whom no SCIM connection manages does.',
  })
  onExisting: OnExisting;
  @Field(() => [JsonScalar], { description: 'Extension schemas that the connection declares (RFC 7643 section 7).' })
  extensions: unknown[];
}

@Resolver(() => ScimFacet)
export class ScimFacetResolver {
  @FieldResolver(() => [ScimToken], { description: 'Bearer tokens that are valid now, without their secrets.' })
  async tokens(@Root() { connection }: ScimFacet, @Ctx() context: Context): Promise<ScimToken[]> {
    return findScimTokens(context.in(connection.organizationId), connection.id, context.store.now());
  }

  @FieldResolver(() => Date, { nullable: true, description: 'When the IdP was last heard of.' })
  async lastRequestAt(@Root() facet: ScimFacet, @Ctx() context: Context): Promise<Date | null> {
    return (await traffic(facet, context)).lastRequestAt;
  }

  @FieldResolver(() => Float, { description: 'The share of requests of the last hour that were refused, from 0 to 1.' })
  async errorRate(@Root() facet: ScimFacet, @Ctx() context: Context): Promise<number> {
    return (await traffic(facet, context)).errorRate;
  }

  @FieldResolver(() => Int, { description: 'Users that the connection manages, leavers who are not deleted included.' })
  async usersManaged(@Root() { connection }: ScimFacet, @Ctx() context: Context): Promise<number> {
    return managedCount(context.in(connection.organizationId), connection.id, 'User');
  }

  @FieldResolver(() => Int)
  async groupsManaged(@Root() { connection }: ScimFacet, @Ctx() context: Context): Promise<number> {
    return managedCount(context.in(connection.organizationId), connection.id, 'Group');
  }
}

async function traffic({ connection }: ScimFacet, context: Context): Promise<RecentTraffic> {
  return recentTraffic(context.in(connection.organizationId), connection.id, context.store.now());
}
