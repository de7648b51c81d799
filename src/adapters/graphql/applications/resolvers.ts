import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { authorize } from '../../../access/authorize.js';
import { Application, refreshGraceOf } from '../../../directory/applications/application.js';
import { ApplicationSecret } from '../../../directory/applications/application-secret.js';
import {
  createApplicationSecret,
  findApplicationSecrets,
  revokeApplicationSecret,
  rotateApplicationSecret,
} from '../../../directory/applications/application-secrets.js';
import {
  type ApplicationFacts,
  createApplication,
  deleteApplication,
  listApplications,
  updateApplication,
} from '../../../directory/applications/manage-applications.js';
import { type ClientAuthMethod, clientAuthMethods } from '../../../directory/connections/facets.js';
import { Organization } from '../../../directory/organizations/organization.js';
import { expectedUpdatedAt, knownId } from '../../../kernel/descriptions.js';
import { JsonScalar } from '../../../kernel/node.js';
import type { Context } from '../context.js';
import { DeletedPayload } from '../deleted.js';
import { ownerOf } from '../events/log-owner.js';
import { IdArg } from '../id-arg.js';
import { ApplicationPage } from '../lists/pages.js';
import { Forward, pageOfRows } from '../lists/paging.js';
import { LookFields } from './looks.js';

@InputType()
abstract class ApplicationFields extends LookFields implements ApplicationFacts {
  @Field(() => [String], {
    nullable: true,
    description: 'URIs to which users can return after sign-out, compared character by character.',
  })
  postLogoutRedirectUris?: string[] | null;
  @Field(() => String, {
    nullable: true,
    description: 'URL that receives a logout token when a session ends (OpenID Connect Back-Channel Logout).',
  })
  backchannelLogoutUri?: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'URL that starts a sign-in after one that began at the IdP (OpenID Connect Core section 4).',
  })
  initiateLoginUri?: string | null;
  @Field(() => clientAuthMethods, {
    nullable: true,
    description:
      'Authentication at the token endpoint. Default: CLIENT_SECRET_BASIC. NONE is for browser and native applications, which use PKCE.',
  })
  tokenEndpointAuthMethod?: ClientAuthMethod | null;
  @Field(() => JsonScalar, {
    nullable: true,
    description: 'JWK Set of public keys (RFC 7517). Required if `tokenEndpointAuthMethod` is PRIVATE_KEY_JWT.',
  })
  jwks?: unknown;
  @Field(() => Int, {
    nullable: true,
    description:
      'Grace period in seconds, 0 to 3600, in which a used refresh token is accepted once more, so that two tabs can refresh at once. Default: 10 if `tokenEndpointAuthMethod` is NONE, otherwise 0.',
  })
  refreshGraceSeconds?: number | null;
  @Field(() => [String], {
    nullable: true,
    description:
      'Scopes of this API that the application can request: directory.read, directory.manage, events.read. Default: none.',
  })
  apiScopes?: string[] | null;
  @Field(() => Boolean, {
    nullable: true,
    description:
      'True if an authorization request without a scope of this API receives all `apiScopes`. Default: false.',
  })
  apiScopesUnasked?: boolean | null;
}

@InputType({ description: 'Settings of a new application.' })
export class CreateApplicationInput extends ApplicationFields {
  @Field(() => ID, {
    nullable: true,
    description:
      'Organization whose users can sign in. Default: users of every organization; this requires a platform key.',
  })
  organizationId?: string | null;
  @Field(() => String, { description: 'Name for display, also on sign-in pages, 1 to 256 characters.' })
  name: string;
  @Field(() => [String], { description: 'Complete redirect URIs, compared character by character.' })
  redirectUris: string[];
}

@InputType({ description: 'Settings of an application to change.' })
export class UpdateApplicationInput extends ApplicationFields {
  @Field(() => ID, { description: knownId('app') })
  id: string;
  @Field(() => Date, {
    nullable: true,
    description: expectedUpdatedAt,
  })
  expectedUpdatedAt?: Date | null;
  @Field(() => String, { nullable: true, description: 'Name for display, also on sign-in pages, 1 to 256 characters.' })
  name?: string | null;
  @Field(() => [String], { nullable: true, description: 'Complete redirect URIs, compared character by character.' })
  redirectUris?: string[] | null;
}

@ObjectType({ simpleResolvers: true, description: 'An application, with its client secret if one was created.' })
export class ApplicationPayload {
  @Field(() => Application, { description: 'State of the application after the mutation.' })
  application: Application;
  @Field(() => String, {
    nullable: true,
    description: 'The client secret, shown only once. Null for a client without a secret.',
  })
  secret?: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'The client secret, shown only once. Null for a client without a secret.',
    deprecationReason: 'Use secret.',
  })
  clientSecret?: string | null;
  @Field(() => ApplicationSecret, {
    nullable: true,
    description: 'The entry of the new secret in `Application.secrets`. Null if no secret was created.',
  })
  credential?: ApplicationSecret | null;
}

@InputType({ description: 'Settings of a new client secret.' })
export class CreateApplicationSecretInput {
  @Field(() => ID, { description: knownId('app') })
  applicationId: string;
  @Field(() => Date, { nullable: true, description: 'Expiry of the secret. Default: it does not expire.' })
  expiresAt?: Date | null;
}

@Resolver(() => Organization)
export class OrganizationApplicationsResolver {
  @FieldResolver(() => ApplicationPage, {
    nullable: true,
    description:
      'Applications that users of the organization can sign in to, including those of the platform, oldest first.',
  })
  applications(@Root() { id }: Organization, @Args(() => Forward) args: Forward, @Ctx() context: Context) {
    const { session, principal } = context.in(id);
    return pageOfRows(args, listApplications(session.unscoped, principal, id));
  }
}

@Resolver(() => Application)
export class ApplicationResolver {
  @FieldResolver(() => Organization, {
    nullable: true,
    description: 'Organization that owns the application. Null for an application of the platform.',
  })
  organization(
    @Root() { organizationId }: Application,
    @Ctx() { loaders }: Context,
  ): Promise<Organization | null> | null {
    return organizationId && loaders.organization.load({ organizationId, id: organizationId });
  }

  @Query(() => ApplicationPage, {
    nullable: true,
    description:
      'Applications of the platform and, for callers of an organization, of that organization, oldest first.',
  })
  applications(@Args(() => Forward) args: Forward, @Ctx() { store, principal }: Context) {
    return pageOfRows(args, listApplications(store.database, principal));
  }

  @Mutation(() => ApplicationPayload, {
    description:
      'Registers an application, which is an OpenID Connect client. Its id is the client_id. Its secret is returned only once.',
  })
  async createApplication(
    @Arg('input', () => CreateApplicationInput, { description: 'URIs, authentication and look of the application.' }) {
      organizationId,
      ...facts
    }: CreateApplicationInput,
    @Ctx() context: Context,
  ): Promise<ApplicationPayload> {
    return context.transact(await ownerOf(context, organizationId), (tx) => createApplication(tx, facts));
  }

  @Mutation(() => ApplicationPayload, {
    description: 'Changes the given fields of an application and leaves the others unchanged.',
  })
  async updateApplication(
    @Arg('input', () => UpdateApplicationInput, { description: 'Id of the application, and the fields to change.' }) {
      id,
      ...facts
    }: UpdateApplicationInput,
    @Ctx() context: Context,
  ): Promise<ApplicationPayload> {
    return { application: await context.transact(context.principal, (tx) => updateApplication(tx, id, facts)) };
  }

  @FieldResolver(() => Int, {
    description:
      'Grace period in seconds in which a used refresh token is accepted once more. A third use revokes all tokens of its sign-in.',
  })
  refreshGraceSeconds(@Root() application: Application): number {
    return refreshGraceOf(application);
  }

  @FieldResolver(() => [ApplicationSecret], { description: 'Valid client secrets, without the secrets themselves.' })
  secrets(@Root() application: Application, @Ctx() context: Context): Promise<ApplicationSecret[]> {
    authorize(context, 'application.read', application);
    const { database: session, now } = context.store;
    return findApplicationSecrets({ session, now: now() }, application.id);
  }

  @Mutation(() => ApplicationPayload, {
    description: 'Creates a client secret and returns it only once. Existing secrets remain valid.',
  })
  createApplicationSecret(
    @Arg('input', () => CreateApplicationSecretInput, { description: 'Application of the secret, and its expiry.' })
    input: CreateApplicationSecretInput,
    @Ctx() context: Context,
  ): Promise<ApplicationPayload> {
    return context.transact(context.principal, (tx) => createApplicationSecret(tx, input));
  }

  @Mutation(() => ApplicationPayload, {
    description: 'Creates a client secret, returns it only once, and revokes the previous ones after `overlapSeconds`.',
  })
  rotateApplicationSecret(
    @IdArg('app') id: string,
    @Ctx() context: Context,
    @Arg('overlapSeconds', () => Int, {
      nullable: true,
      description: 'Seconds for which previous secrets remain valid, at most 30 days. Default: 0.',
    })
    overlapSeconds?: number,
    @Arg('expiresAt', () => Date, {
      nullable: true,
      description: 'Expiry of the new secret. Default: it does not expire.',
    })
    expiresAt?: Date,
  ): Promise<ApplicationPayload> {
    const options = { overlapSeconds: overlapSeconds ?? 0, expiresAt: expiresAt ?? null };
    return context.transact(context.principal, (tx) => rotateApplicationSecret(tx, id, options));
  }

  @Mutation(() => DeletedPayload, { description: 'Revokes one client secret immediately. The others remain valid.' })
  async revokeApplicationSecret(@IdArg('asec') id: string, @Ctx() context: Context): Promise<DeletedPayload> {
    return { deletedId: await context.transact(context.principal, (tx) => revokeApplicationSecret(tx, id)) };
  }

  @Mutation(() => DeletedPayload, {
    description: 'Deletes the application and revokes its secrets and all tokens issued to it.',
  })
  async deleteApplication(@IdArg('app') id: string, @Ctx() context: Context): Promise<DeletedPayload> {
    return { deletedId: await context.transact(context.principal, (tx) => deleteApplication(tx, id)) };
  }
}
