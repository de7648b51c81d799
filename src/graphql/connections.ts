import {
  Arg,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
  registerEnumType,
} from 'type-graphql';
import { authorize } from '../access/authorize.js';
import { Connection } from '../directory/connections/connection.js';
import { createConnection } from '../directory/connections/create-connection.js';
import { deleteConnection, orphanedUsers } from '../directory/connections/delete-connection.js';
import { JitPolicy } from '../directory/connections/facets.js';
import { findConnection } from '../directory/connections/find-connections.js';
import { revokeScimToken, rotateScimToken } from '../directory/connections/scim-tokens.js';
import { createSetupLink } from '../directory/connections/setup-links.js';
import { updateConnection } from '../directory/connections/update-connection.js';
import { Group } from '../directory/groups/group.js';
import { Organization } from '../directory/organizations/organization.js';
import { CreateConnectionInput, UpdateConnectionInput } from './connection-inputs.js';
import type { Context } from './context.js';
import { DeletedPayload } from './deleted.js';
import { ScimFacet } from './scim-facet.js';

registerEnumType(orphanedUsers, {
  name: 'OrphanedUsers',
  description: 'What becomes of accounts that only the deleted connection managed.',
});

const providerOf = async (context: Context, id: string) =>
  (await findConnection(await context.read('conn', id), id)).provider;

@ObjectType({ simpleResolvers: true })
export class ConnectionPayload {
  @Field(() => Connection)
  connection: Connection;
  @Field(() => String, { nullable: true, description: 'Set when the call created a token: it is shown this once.' })
  scimToken: string | null;
}

@ObjectType({ simpleResolvers: true })
export class ScimTokenPayload {
  @Field(() => Connection)
  connection: Connection;
  @Field(() => String, { description: 'Shown this once.' })
  token: string;
  @Field(() => Date, { nullable: true })
  expiresAt: Date | null;
}

@ObjectType({ simpleResolvers: true })
export class SetupLinkPayload {
  @Field(() => String, { description: 'Shown this once. Send it to the administrator of the IdP.' })
  url: string;
  @Field(() => Date)
  expiresAt: Date;
}

@Resolver(() => Connection)
export class ConnectionResolver {
  @Query(() => Connection, { nullable: true })
  async connection(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<Connection> {
    return findConnection(await context.read('conn', id), id);
  }

  @FieldResolver(() => Organization)
  organization(@Root() { organizationId }: Connection, @Ctx() context: Context): Promise<Organization | null> {
    authorize(context, 'organization.read', { organizationId });
    return context.loaders.organization.load({ organizationId, id: organizationId });
  }

  @FieldResolver(() => ScimFacet, { nullable: true })
  scim(@Root() connection: Connection, @Ctx() { services }: Context): ScimFacet | null {
    if (!connection.scimEnabled) return null;
    // Okta takes no underscore in a base URL, so the id goes without its prefix.
    const baseUrl = `${services.publicUrl()}/scim/v2/${connection.id.slice('conn_'.length)}`;
    const { onExisting, scimExtensions: extensions } = connection;
    return { connection, enabled: true, baseUrl, onExisting, extensions };
  }

  @Mutation(() => ConnectionPayload)
  async createConnection(
    @Arg('input', () => CreateConnectionInput) input: CreateConnectionInput,
    @Ctx() context: Context,
  ): Promise<ConnectionPayload> {
    const facets = await context.services.facetsOf(input, input.provider);
    return context.write('org', input.organizationId, (tx) => createConnection(tx, { ...input, ...facets }));
  }

  @Mutation(() => ConnectionPayload)
  async updateConnection(
    @Arg('input', () => UpdateConnectionInput) input: UpdateConnectionInput,
    @Ctx() context: Context,
  ): Promise<ConnectionPayload> {
    // The built-in test IdP fills in its own values, whenever a facet of one of its connections is set.
    const provider = input.oidc || input.saml ? (input.provider ?? (await providerOf(context, input.id))) : null;
    const facets = await context.services.facetsOf(input, provider);
    return context.write('conn', input.id, (tx) => updateConnection(tx, input.id, { ...input, ...facets }));
  }

  @Mutation(() => DeletedPayload)
  async deleteConnection(
    @Arg('id', () => ID) id: string,
    @Arg('users', () => orphanedUsers) users: keyof typeof orphanedUsers,
    @Ctx() context: Context,
  ): Promise<DeletedPayload> {
    return { deletedId: await context.write('conn', id, (tx) => deleteConnection(tx, id, users)) };
  }

  @Mutation(() => ScimTokenPayload, {
    description: 'The secret is shown once. Earlier tokens stay valid until `overlapSeconds` have passed.',
  })
  rotateScimToken(
    @Arg('connectionId', () => ID) id: string,
    @Ctx() context: Context,
    @Arg('overlapSeconds', () => Int, { nullable: true }) overlapSeconds?: number,
    @Arg('expiresAt', () => Date, { nullable: true }) expiresAt?: Date,
  ): Promise<ScimTokenPayload> {
    const options = { overlapSeconds: overlapSeconds ?? undefined, expiresAt: expiresAt ?? undefined };
    return context.write('conn', id, (tx) => rotateScimToken(tx, id, options));
  }

  @Mutation(() => SetupLinkPayload, {
    description:
      "A link with which the customer's IT administrator configures this one connection, and sees nothing else. Good for a week, or for `expiresInSeconds`; its secret opens this API too.",
  })
  async createSetupLink(
    @Arg('connectionId', () => ID) id: string,
    @Ctx() context: Context,
    @Arg('expiresInSeconds', () => Int, { nullable: true }) expiresInSeconds?: number,
  ): Promise<SetupLinkPayload> {
    const { secret, expiresAt } = await context.write('conn', id, (tx) =>
      createSetupLink(tx, id, expiresInSeconds ?? null),
    );
    return { url: `${context.services.publicUrl()}/setup?key=${secret}`, expiresAt };
  }

  @Mutation(() => DeletedPayload)
  async revokeScimToken(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<DeletedPayload> {
    return { deletedId: await context.write('tok', id, (tx) => revokeScimToken(tx, id)) };
  }
}

@Resolver(() => JitPolicy)
export class JitPolicyResolver {
  @FieldResolver(() => [Group])
  async defaultGroups(@Root() { defaultGroupIds }: JitPolicy, @Ctx() context: Context): Promise<Group[]> {
    authorize(context, 'group.read');
    // The ids were checked against the connection's organization when they were set.
    return defaultGroupIds.length === 0
      ? []
      : context.store.database.rows(Group, 'id = any($1) order by id', [defaultGroupIds]);
  }
}
