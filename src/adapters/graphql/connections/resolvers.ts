import { Arg, Ctx, Field, FieldResolver, Int, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { authorize } from '../../../access/authorize.js';
import { Connection } from '../../../directory/connections/connection.js';
import { checkSettings, createConnection } from '../../../directory/connections/create-connection.js';
import { deleteConnection, orphanedUsers } from '../../../directory/connections/delete-connection.js';
import { JitPolicy } from '../../../directory/connections/facets.js';
import { findConnection } from '../../../directory/connections/find-connections.js';
import { ScimToken } from '../../../directory/connections/scim-token.js';
import { revokeScimToken, rotateScimToken } from '../../../directory/connections/scim-tokens.js';
import { actionOfChange, updateConnection } from '../../../directory/connections/update-connection.js';
import { Group } from '../../../directory/groups/group.js';
import { Organization } from '../../../directory/organizations/organization.js';
import { problemOfIssuer, warningOf } from '../../../identity-providers/oidc/check-issuer.js';
import type { ProviderName } from '../../../identity-providers/profiles/index.js';
import { BadInput } from '../../../kernel/errors.js';
import { checkedInOrder, withFieldNames } from '../../../kernel/input-errors.js';
import { describeEnum } from '../../../kernel/node.js';
import { sql } from '../../../storage/sql.js';
import type { Context } from '../context.js';
import { DeletedPayload } from '../deleted.js';
import { foundOrNull } from '../found-or-null.js';
import { IdArg, SoughtIdArg } from '../id-arg.js';
import { addressesOf, ConnectionAddresses } from './addresses.js';
import { CreateConnectionInput, UpdateConnectionInput } from './inputs.js';
import { provisioningNames, withProvisioning } from './provisioning.js';
import { ScimFacet } from './scim-facet.js';

describeEnum(orphanedUsers, {
  name: 'OrphanedUsers',
  description: 'Handling of users that the deleted connection managed.',
  texts: {
    KEEP: 'Users stay active and are unmanaged from then on.',
    DEPROVISION: 'Users are deprovisioned.',
  },
});

/**
 * Checks the issuer of an input whose caller can configure the connection. Returns warnings about settings that are
 * saved nevertheless.
 *
 * @throws BadInput if the issuer responds but identifies itself differently (OpenID Connect Discovery section 4.3), or
 *   is not an issuer
 */
async function warningsOf(
  { services }: Context,
  { oidc }: Pick<UpdateConnectionInput, 'oidc'>,
  provider: ProviderName | null,
): Promise<string[]> {
  // The test IdP runs in this server. A connection with the provider TEST can also use another issuer.
  const isOwn = provider === 'TEST' && oidc?.issuer === `${services.publicUrl()}/test-idp`;
  const problem = isOwn ? null : await problemOfIssuer(services.issuers, oidc?.issuer);
  if (problem?.isWrong) throw new BadInput(`"oidc.issuer" cannot be used: ${problem.why}.`);
  return problem ? [warningOf(problem)] : [];
}

/**
 * Reads what an input refers to outside of the database. Other invalid settings are reported in the same error.
 *
 * @throws BadInput
 */
const prepared = (
  context: Context,
  {
    input,
    changes,
    provider,
  }: { input: Given; changes: Parameters<typeof checkSettings>[0]; provider: ProviderName | null },
) =>
  withFieldNames(namesIn(input), () =>
    checkedInOrder({
      settings: () => checkSettings(changes),
      warnings: () => warningsOf(context, input, provider),
      facets: () => context.services.facetsOf(input, provider),
    }),
  );

type Given = Pick<UpdateConnectionInput, 'oidc' | 'saml' | 'provisioning'>;

/** Returns the names by which errors refer to the SCIM settings of the input. */
const namesIn = ({ provisioning }: Pick<UpdateConnectionInput, 'provisioning'>) =>
  provisioning === undefined ? {} : provisioningNames;

@ObjectType({ simpleResolvers: true, description: 'A connection, with its SCIM token if one was created.' })
export class ConnectionPayload {
  @Field(() => Connection, { description: 'State of the connection after the mutation.' })
  connection: Connection;
  @Field(() => ScimToken, {
    nullable: true,
    description: 'The entry of the new SCIM token in `ScimFacet.tokens`. Null if the call created none.',
  })
  credential: ScimToken | null;
  @Field(() => String, {
    nullable: true,
    description: 'The SCIM token, shown only once. Null if the call created none.',
  })
  secret: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'The SCIM token, shown only once. Null if the call created none.',
    deprecationReason: 'Use secret.',
  })
  scimToken: string | null;
  @Field(() => [String], {
    description: 'Problems of settings that were saved nevertheless, such as an unreachable OpenID issuer.',
  })
  warnings: string[];
}

@ObjectType({ simpleResolvers: true, description: 'A new SCIM token, with its secret.' })
export class ScimTokenPayload {
  @Field(() => Connection, { description: 'State of the connection after the mutation.' })
  connection: Connection;
  @Field(() => ScimToken, { description: 'The entry of the new token in `ScimFacet.tokens`.' })
  credential: ScimToken;
  @Field(() => String, { description: 'The SCIM token, shown only once.' })
  secret: string;
  @Field(() => String, { description: 'The SCIM token, shown only once.', deprecationReason: 'Use secret.' })
  token: string;
  @Field(() => Date, { nullable: true, description: 'Null if the token does not expire.' })
  expiresAt: Date | null;
}

@Resolver(() => Connection)
export class ConnectionResolver {
  @Query(() => Connection, {
    nullable: true,
    description: 'The connection with this id. Null if it does not exist or the caller cannot see it.',
  })
  async connection(@SoughtIdArg('conn') id: string, @Ctx() context: Context): Promise<Connection | null> {
    return foundOrNull(async () => findConnection(await context.read('conn', id), id));
  }

  @FieldResolver(() => Organization, {
    nullable: true,
    description: 'Organization to which the connection permanently belongs.',
  })
  organization(@Root() { organizationId }: Connection, @Ctx() context: Context): Promise<Organization | null> {
    authorize(context, 'organization.read', { organizationId });
    return context.loaders.organization.load({ organizationId, id: organizationId });
  }

  @FieldResolver(() => ConnectionAddresses, {
    description: 'Addresses to enter at the IdP. They exist before the connection is configured and never change.',
  })
  addresses(@Root() { id }: Connection, @Ctx() { services }: Context): ConnectionAddresses {
    return addressesOf(services.publicUrl(), id);
  }

  @FieldResolver(() => ScimFacet, { nullable: true, description: 'SCIM settings. Null if SCIM is disabled.' })
  scim(@Root() connection: Connection, @Ctx() { services }: Context): ScimFacet | null {
    if (!connection.scimEnabled) return null;
    const { scimBaseUrl: baseUrl } = addressesOf(services.publicUrl(), connection.id);
    const { onExisting, scimExtensions: extensions } = connection;
    return { connection, enabled: true, baseUrl, onExisting, extensions };
  }

  @Mutation(() => ConnectionPayload, {
    description:
      'Creates a connection to an IdP and emits CONNECTION_CREATED. An OpenID issuer that identifies itself differently is rejected. One that cannot be reached is saved, with an entry in `warnings`.',
  })
  async createConnection(
    @Arg('input', () => CreateConnectionInput, { description: 'Provider, protocols and rules of the connection.' })
    input: CreateConnectionInput,
    @Ctx() context: Context,
  ): Promise<ConnectionPayload> {
    const read = await context.read('org', input.organizationId);
    authorize(read, 'connection.manage', { organizationId: read.organizationId });
    const changes = withProvisioning(input, true);
    const { facets, warnings } = await prepared(context, { input, changes, provider: input.provider });
    const settings = { ...changes, ...facets };
    const made = await context.write('org', input.organizationId, (tx) =>
      withFieldNames(namesIn(input), () => createConnection(tx, settings)),
    );
    return { ...made, warnings };
  }

  @Mutation(() => ConnectionPayload, {
    description:
      'Changes the given fields of a connection, leaves the others unchanged, and emits CONNECTION_UPDATED. Null for `oidc` or `saml` removes that configuration, so a DRAFT can change its protocol. This fails while the connection is ACTIVE, and if it is INACTIVE and users have signed in through it. `state: ACTIVE` requires `oidc`, `saml` or `provisioning`. A given OpenID issuer is checked as in `createConnection`.',
  })
  async updateConnection(
    @Arg('input', () => UpdateConnectionInput, { description: 'Id of the connection, and the fields to change.' })
    input: UpdateConnectionInput,
    @Ctx() context: Context,
  ): Promise<ConnectionPayload> {
    const read = await context.read('conn', input.id);
    const connection = await findConnection(read, input.id);
    const changes = withProvisioning(input);
    authorize(read, actionOfChange(changes), connection);
    // For the built-in test IdP, the server sets the values of a facet whenever one of its connections changes it.
    const provider = input.oidc || input.saml ? (input.provider ?? connection.provider) : null;
    const { facets, warnings } = await prepared(context, { input, changes, provider });
    const made = await context.write('conn', input.id, (tx) =>
      withFieldNames(namesIn(input), () => updateConnection(tx, input.id, { ...changes, ...facets })),
    );
    return { ...made, warnings };
  }

  @Mutation(() => DeletedPayload, {
    description:
      'Deletes a connection, ends its sessions and revokes its credentials. Users that it managed are kept or deprovisioned, each with an event; its groups are kept. Emits CONNECTION_DELETED.',
  })
  async deleteConnection(
    @IdArg('conn') id: string,
    @Arg('users', () => orphanedUsers, { description: 'Handling of the users that the connection managed.' })
    users: keyof typeof orphanedUsers,
    @Ctx() context: Context,
  ): Promise<DeletedPayload> {
    return { deletedId: await context.write('conn', id, (tx) => deleteConnection(tx, id, users)) };
  }

  @Mutation(() => ScimTokenPayload, {
    description:
      'Creates a SCIM token and returns it only once. Previous tokens remain valid for `overlapSeconds`. Emits CONNECTION_TOKEN_ROTATED.',
  })
  rotateScimToken(
    @IdArg('conn', 'connectionId') id: string,
    @Ctx() context: Context,
    @Arg('overlapSeconds', () => Int, {
      nullable: true,
      description: 'Seconds for which previous tokens remain valid. Default: one day.',
    })
    overlapSeconds?: number,
    @Arg('expiresAt', () => Date, {
      nullable: true,
      description: 'Expiry of the new token. Default: one year from now.',
    })
    expiresAt?: Date,
  ): Promise<ScimTokenPayload> {
    const options = { overlapSeconds: overlapSeconds ?? undefined, expiresAt: expiresAt ?? undefined };
    return context.write('conn', id, (tx) => rotateScimToken(tx, id, options));
  }

  @Mutation(() => DeletedPayload, {
    description: 'Revokes a SCIM token. It is invalid on every node within one second. Emits CONNECTION_TOKEN_ROTATED.',
  })
  async revokeScimToken(@IdArg('tok') id: string, @Ctx() context: Context): Promise<DeletedPayload> {
    return { deletedId: await context.write('tok', id, (tx) => revokeScimToken(tx, id)) };
  }
}

@Resolver(() => JitPolicy)
export class JitPolicyResolver {
  @FieldResolver(() => [Group], { nullable: true, description: 'Groups of users that a sign-in creates.' })
  async defaultGroups(@Root() { defaultGroupIds }: JitPolicy, @Ctx() context: Context): Promise<Group[]> {
    authorize(context, 'group.read');
    // The ids were checked against the connection's organization when they were set.
    return defaultGroupIds.length === 0
      ? []
      : context.store.database.rows(Group, sql`id = any(${defaultGroupIds}) order by id`);
  }
}
