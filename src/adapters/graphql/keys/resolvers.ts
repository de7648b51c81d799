import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { type Scope, scopes } from '../../../access/principal.js';
import { ApiKey } from '../../../credentials/api-keys/api-key.js';
import {
  createApiKey,
  findApiKeys,
  listApiKeys,
  revokeApiKey,
  updateApiKey,
} from '../../../credentials/api-keys/keys.js';
import { Connection } from '../../../directory/connections/connection.js';
import { Organization } from '../../../directory/organizations/organization.js';
import { SignInSession } from '../../../directory/sessions/session.js';
import { revokeSession } from '../../../directory/users/revoke-sessions.js';
import { User } from '../../../directory/users/user.js';
import { knownId } from '../../../kernel/descriptions.js';
import type { Context } from '../context.js';
import { DeletedPayload } from '../deleted.js';
import { IdArg } from '../id-arg.js';
import { ApiKeyPage } from '../lists/pages.js';
import { Forward, pageOfRows } from '../lists/paging.js';

@InputType({ description: 'Settings of a new API key.' })
export class CreateApiKeyInput {
  @Field(() => ID, {
    nullable: true,
    description: 'Organization of the key. Default: a platform key, which only a platform key can create.',
  })
  organizationId?: string | null;
  @Field(() => String, {
    description: 'Name for display, such as in `Actor.label`, 1 to 200 characters.',
  })
  name: string;
  @Field(() => [scopes], { description: 'Permissions of the key, at least one. They cannot be changed later.' })
  scopes: Scope[];
  @Field(() => Date, { nullable: true, description: 'Expiry of the key. Default: it does not expire.' })
  expiresAt?: Date | null;
}

@InputType({
  description: 'Changes of an API key.',
})
export class UpdateApiKeyInput {
  @Field(() => ID, { description: knownId('key') })
  id: string;
  @Field(() => String, {
    nullable: true,
    description: 'Name for display, such as in `Actor.label`, 1 to 200 characters.',
  })
  name?: string | null;
  @Field(() => Date, { nullable: true, description: 'Expiry of the key. Null removes it.' })
  expiresAt?: Date | null;
}

@ObjectType({ simpleResolvers: true, description: 'Result of a change of an API key.' })
export class UpdateApiKeyPayload {
  @Field(() => ApiKey, { description: 'State of the key after the mutation.' })
  apiKey: ApiKey;
}

@ObjectType({ simpleResolvers: true, description: 'A new API key with its secret.' })
export class ApiKeyPayload {
  @Field(() => ApiKey, { description: 'Entry of the new key in the lists of keys, without its secret.' })
  apiKey: ApiKey;
  @Field(() => String, { description: 'The secret of the key, shown only once.' })
  secret: string;
}

@Resolver(() => Organization)
export class OrganizationKeysResolver {
  @FieldResolver(() => ApiKeyPage, {
    nullable: true,
    description: 'API keys of the organization, without their secrets, oldest first.',
  })
  keys(@Root() { id }: Organization, @Args(() => Forward) args: Forward, @Ctx() context: Context) {
    const { session, principal } = context.in(id);
    return pageOfRows(args, listApiKeys(session.unscoped, principal, id));
  }

  @FieldResolver(() => [ApiKey], {
    description: 'API keys of the organization, without their secrets.',
    deprecationReason: 'The list has no pages. Use keys.',
    nullable: true,
  })
  async apiKeys(@Root() { id }: Organization, @Ctx() context: Context): Promise<ApiKey[]> {
    return findApiKeys(context.in(id));
  }
}

@Resolver(() => ApiKey)
export class ApiKeyResolver {
  @Query(() => ApiKeyPage, {
    nullable: true,
    description:
      'API keys of the platform if the caller is a platform key, and of its organization otherwise. Oldest first.',
  })
  apiKeys(@Args(() => Forward) args: Forward, @Ctx() { store, principal }: Context) {
    return pageOfRows(args, listApiKeys(store.database, principal));
  }

  @FieldResolver(() => Organization, {
    nullable: true,
    description: 'Organization of the key. Null for a platform key.',
  })
  async organization(@Root() { organizationId }: ApiKey, @Ctx() { loaders }: Context): Promise<Organization | null> {
    return organizationId ? loaders.organization.load({ organizationId, id: organizationId }) : null;
  }

  @Mutation(() => ApiKeyPayload, { description: 'Creates an API key and returns its secret only once.' })
  createApiKey(
    @Arg('input', () => CreateApiKeyInput, { description: 'Owner, scopes and expiry of the key.' }) {
      organizationId,
      ...input
    }: CreateApiKeyInput,
    @Ctx() context: Context,
  ): Promise<ApiKeyPayload> {
    if (organizationId != null) return context.write('org', organizationId, (tx) => createApiKey(tx, input));
    return context.transact(context.principal, (tx) => createApiKey(tx, input));
  }

  @Mutation(() => UpdateApiKeyPayload, {
    description: 'Changes the name or the expiry of an API key. Every node applies the new expiry within one second.',
  })
  async updateApiKey(
    @Arg('input', () => UpdateApiKeyInput, { description: 'Id of the key, and the fields to change.' }) {
      id,
      ...changes
    }: UpdateApiKeyInput,
    @Ctx() context: Context,
  ): Promise<UpdateApiKeyPayload> {
    return { apiKey: await context.transact(context.principal, (tx) => updateApiKey(tx, id, changes)) };
  }

  @Mutation(() => DeletedPayload, { description: 'Revokes an API key. It is invalid on every node within one second.' })
  async revokeApiKey(@IdArg('key') id: string, @Ctx() context: Context): Promise<DeletedPayload> {
    return { deletedId: await context.transact(context.principal, (tx) => revokeApiKey(tx, id)) };
  }
}

@Resolver(() => SignInSession)
export class SessionResolver {
  @FieldResolver(() => User, { description: 'User who signed in.' })
  async user(@Root() { organizationId, userId }: SignInSession, @Ctx() context: Context): Promise<User | null> {
    return context.visible('user.read', context.loaders.user.load({ organizationId, id: userId }));
  }

  @FieldResolver(() => Connection, {
    nullable: true,
    description: 'Connection of the sign-in. Null if it was deleted or the caller cannot see it.',
  })
  async connection(
    @Root() { organizationId, connectionId }: SignInSession,
    @Ctx() context: Context,
  ): Promise<Connection | null> {
    if (!connectionId) return null;
    return context.visible('connection.read', context.loaders.connection.load({ organizationId, id: connectionId }));
  }

  @Mutation(() => DeletedPayload, { description: 'Ends one session immediately and emits SESSION_REVOKED.' })
  async revokeSession(@IdArg('ses') id: string, @Ctx() context: Context): Promise<DeletedPayload> {
    return { deletedId: await context.write('ses', id, (tx) => revokeSession(tx, id)) };
  }
}
