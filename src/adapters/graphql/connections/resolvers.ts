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
import { authorize } from '../../../access/authorize.js';
import { Connection } from '../../../directory/connections/connection.js';
import { createConnection } from '../../../directory/connections/create-connection.js';
import { deleteConnection, orphanedUsers } from '../../../directory/connections/delete-connection.js';
import { JitPolicy } from '../../../directory/connections/facets.js';
import { findConnection } from '../../../directory/connections/find-connections.js';
import { revokeScimToken, rotateScimToken } from '../../../directory/connections/scim-tokens.js';
import { createSetupLink } from '../../../directory/connections/setup-links.js';
import { actionOfChange, updateConnection } from '../../../directory/connections/update-connection.js';
import { Group } from '../../../directory/groups/group.js';
import { Organization } from '../../../directory/organizations/organization.js';
import { problemOfIssuer, warningOf } from '../../../identity-providers/oidc/check-issuer.js';
import type { ProviderName } from '../../../identity-providers/profiles/index.js';
import { BadInput } from '../../../kernel/errors.js';
import { sql } from '../../../storage/sql.js';
import type { Context } from '../context.js';
import { DeletedPayload } from '../deleted.js';
import { foundOrNull } from '../found-or-null.js';
import { addressesOf, ConnectionAddresses } from './addresses.js';
import { CreateConnectionInput, UpdateConnectionInput } from './inputs.js';
import { ScimFacet } from './scim-facet.js';

registerEnumType(orphanedUsers, {
  name: 'OrphanedUsers',
  description: 'What becomes of accounts that only the deleted connection managed.',
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

@ObjectType({ simpleResolvers: true })
export class ConnectionPayload {
  @Field(() => Connection)
  connection: Connection;
  @Field(() => String, { nullable: true, description: 'Set when the call created a token: it is shown this once.' })
  scimToken: string | null;
  @Field(() => [String], {
    description:
      'Problems of settings that were saved all the same, such as an OpenID issuer that cannot be reached at the moment.',
  })
  warnings: string[];
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
  async connection(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<Connection | null> {
    return foundOrNull(async () => findConnection(await context.read('conn', id), id));
  }

  @FieldResolver(() => Organization)
  organization(@Root() { organizationId }: Connection, @Ctx() context: Context): Promise<Organization | null> {
    authorize(context, 'organization.read', { organizationId });
    return context.loaders.organization.load({ organizationId, id: organizationId });
  }

  @FieldResolver(() => ConnectionAddresses, {
    description: 'Addresses to enter at the IdP. They are known before anything of the IdP is, and never change.',
  })
  addresses(@Root() { id }: Connection, @Ctx() { services }: Context): ConnectionAddresses {
    return addressesOf(services.publicUrl(), id);
  }

  @FieldResolver(() => ScimFacet, { nullable: true })
  scim(@Root() connection: Connection, @Ctx() { services }: Context): ScimFacet | null {
    if (!connection.scimEnabled) return null;
    const { scimBaseUrl: baseUrl } = addressesOf(services.publicUrl(), connection.id);
    const { onExisting, scimExtensions: extensions } = connection;
    return { connection, enabled: true, baseUrl, onExisting, extensions };
  }

  @Mutation(() => ConnectionPayload, {
    description:
      'Links the organization to an IdP. An OpenID issuer is read: one that names another issuer is refused, one that cannot be read is saved and named in `warnings`.',
  })
  async createConnection(
    @Arg('input', () => CreateConnectionInput) input: CreateConnectionInput,
    @Ctx() context: Context,
  ): Promise<ConnectionPayload> {
    const read = await context.read('org', input.organizationId);
    authorize(read, 'connection.manage', { organizationId: read.organizationId });
    const warnings = await warningsOf(context, input, input.provider);
    const facets = await context.services.facetsOf(input, input.provider);
    const made = await context.write('org', input.organizationId, (tx) =>
      createConnection(tx, { ...input, ...facets }),
    );
    return { ...made, warnings };
  }

  @Mutation(() => ConnectionPayload, {
    description:
      'Changes the given fields and leaves the others unchanged. Null for `oidc` or `saml` removes that configuration, so a DRAFT can change from one protocol to the other: it is refused while the connection is ACTIVE, and for an INACTIVE one through which users have signed in. `state: ACTIVE` needs `oidc`, `saml` or `scim`. A given OpenID issuer is read, as by `createConnection`.',
  })
  async updateConnection(
    @Arg('input', () => UpdateConnectionInput) input: UpdateConnectionInput,
    @Ctx() context: Context,
  ): Promise<ConnectionPayload> {
    const read = await context.read('conn', input.id);
    const connection = await findConnection(read, input.id);
    authorize(read, actionOfChange(input), connection);
    // For the built-in test IdP, the server sets the values of a facet whenever one of its connections changes it.
    const provider = input.oidc || input.saml ? (input.provider ?? connection.provider) : null;
    const warnings = await warningsOf(context, input, provider);
    const facets = await context.services.facetsOf(input, provider);
    const made = await context.write('conn', input.id, (tx) => updateConnection(tx, input.id, { ...input, ...facets }));
    return { ...made, warnings };
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
      : context.store.database.rows(Group, sql`id = any(${defaultGroupIds}) order by id`);
  }
}
