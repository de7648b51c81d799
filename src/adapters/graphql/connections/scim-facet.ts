import { Ctx, Field, FieldResolver, Float, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { authorize } from '../../../access/authorize.js';
import { type Connection, existingPolicies, type OnExisting } from '../../../directory/connections/connection.js';
import { managedCount } from '../../../directory/connections/managed-counts.js';
import { ScimToken } from '../../../directory/connections/scim-token.js';
import { type RecentTraffic, recentTraffic } from '../../../directory/requests/find-requests.js';
import { JsonScalar } from '../../../kernel/node.js';
import type { Context } from '../context.js';

/** Provisioning settings of a connection. */
@ObjectType('ScimFacet', { simpleResolvers: true, description: 'SCIM settings and traffic of a connection.' })
export class ScimFacet {
  connection: Connection;
  @Field(() => Boolean, { description: 'True if the IdP provisions users through SCIM.' })
  enabled: boolean;
  @Field(() => String, { description: 'Base URL to enter at the IdP.' })
  baseUrl: string;
  @Field(() => existingPolicies, {
    description: 'Handling of a SCIM POST for an existing unmanaged user.',
  })
  onExisting: OnExisting;
  @Field(() => [JsonScalar], { description: 'Extension schemas of the connection (RFC 7643 section 7).' })
  extensions: unknown[];
}

@Resolver(() => ScimFacet)
export class ScimFacetResolver {
  @FieldResolver(() => [ScimToken], { description: 'Valid bearer tokens, without their secrets.' })
  async tokens(@Root() { connection }: ScimFacet, @Ctx() context: Context): Promise<ScimToken[]> {
    authorize(context.in(connection.organizationId), 'connection.read', connection);
    return context.loaders.scimTokens.load(connection);
  }

  @FieldResolver(() => Date, { nullable: true, description: "Time of the IdP's last request. Null if there was none." })
  async lastRequestAt(@Root() facet: ScimFacet, @Ctx() context: Context): Promise<Date | null> {
    return (await traffic(facet, context)).lastRequestAt;
  }

  @FieldResolver(() => Float, { description: 'Share of rejected requests in the last hour, from 0 to 1.' })
  async errorRate(@Root() facet: ScimFacet, @Ctx() context: Context): Promise<number> {
    return (await traffic(facet, context)).errorRate;
  }

  @FieldResolver(() => Int, {
    description: 'Number of users that the connection manages, including deprovisioned users that are not deleted.',
  })
  async usersManaged(@Root() { connection }: ScimFacet, @Ctx() context: Context): Promise<number> {
    return managedCount(context.in(connection.organizationId), connection.id, 'User');
  }

  @FieldResolver(() => Int, { description: 'Number of groups that the connection manages.' })
  async groupsManaged(@Root() { connection }: ScimFacet, @Ctx() context: Context): Promise<number> {
    return managedCount(context.in(connection.organizationId), connection.id, 'Group');
  }
}

async function traffic({ connection }: ScimFacet, context: Context): Promise<RecentTraffic> {
  return recentTraffic(context.in(connection.organizationId), connection.id, context.store.now());
}
