import {
  Arg,
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
  findApplications,
  updateApplication,
} from '../../../directory/applications/manage-applications.js';
import { type ClientAuthMethod, clientAuthMethods } from '../../../directory/connections/facets.js';
import { Organization } from '../../../directory/organizations/organization.js';
import { JsonScalar } from '../../../kernel/node.js';
import type { Context } from '../context.js';
import { DeletedPayload } from '../deleted.js';
import { ownerOf } from '../events/log-owner.js';
import { LookFields } from './looks.js';

@InputType()
abstract class ApplicationFields extends LookFields implements ApplicationFacts {
  @Field(() => [String], { nullable: true })
  postLogoutRedirectUris?: string[] | null;
  @Field(() => String, { nullable: true })
  backchannelLogoutUri?: string | null;
  @Field(() => String, { nullable: true })
  initiateLoginUri?: string | null;
  @Field(() => clientAuthMethods, {
    nullable: true,
    description: 'CLIENT_SECRET_BASIC unless said otherwise; NONE for browser and native applications, by PKCE alone.',
  })
  tokenEndpointAuthMethod?: ClientAuthMethod | null;
  @Field(() => JsonScalar, { nullable: true, description: 'Public keys (RFC 7517), for PRIVATE_KEY_JWT.' })
  jwks?: unknown;
  @Field(() => Int, {
    nullable: true,
    description:
      'Seconds within which a used refresh token works once more, for two tabs that refresh at once; 0 to 3600. Unless given, 10 for NONE and 0 for others.',
  })
  refreshGraceSeconds?: number | null;
  @Field(() => [String], {
    nullable: true,
    description:
      'Scopes of this API that the application can request: directory.read, directory.manage, events.read. None unless given.',
  })
  apiScopes?: string[] | null;
  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether a request that names no scope of this API has all `apiScopes`. False unless given.',
  })
  apiScopesUnasked?: boolean | null;
}

@InputType()
export class CreateApplicationInput extends ApplicationFields {
  @Field(() => ID, { nullable: true, description: 'Whose people may sign in; absent: those of every organization.' })
  organizationId?: string | null;
  @Field(() => String)
  name: string;
  @Field(() => [String], { description: 'Whole URLs, compared character by character.' })
  redirectUris: string[];
}

@InputType()
export class UpdateApplicationInput extends ApplicationFields {
  @Field(() => ID)
  id: string;
  @Field(() => Date, {
    nullable: true,
    description: 'The updatedAt that you read: refused with CONFLICT when somebody has changed it since.',
  })
  expectedUpdatedAt?: Date | null;
  @Field(() => String, { nullable: true })
  name?: string | null;
  @Field(() => [String], { nullable: true })
  redirectUris?: string[] | null;
}

@ObjectType({ simpleResolvers: true })
export class ApplicationPayload {
  @Field(() => Application)
  application: Application;
  @Field(() => String, { nullable: true, description: 'Shown this once; null for clients without one.' })
  clientSecret?: string | null;
  @Field(() => ApplicationSecret, { nullable: true, description: 'The new secret, as it is listed.' })
  credential?: ApplicationSecret | null;
}

@InputType()
export class CreateApplicationSecretInput {
  @Field(() => ID)
  applicationId: string;
  @Field(() => Date, { nullable: true })
  expiresAt?: Date | null;
}

@Resolver(() => Organization)
export class OrganizationApplicationsResolver {
  @FieldResolver(() => [Application], { description: 'Applications that people of the organization can sign in to.' })
  async applications(@Root() { id }: Organization, @Ctx() context: Context): Promise<Application[]> {
    const read = context.in(id);
    authorize(read, 'application.read', { organizationId: id });
    return findApplications(read.session, id);
  }
}

@Resolver(() => Application)
export class ApplicationResolver {
  @FieldResolver(() => Organization, { nullable: true, description: 'Null for an application of the platform.' })
  organization(
    @Root() { organizationId }: Application,
    @Ctx() { loaders }: Context,
  ): Promise<Organization | null> | null {
    return organizationId && loaders.organization.load({ organizationId, id: organizationId });
  }

  @Query(() => [Application], { description: 'Applications of the caller: of the platform, or of its organization.' })
  applications(@Ctx() { store, principal }: Context): Promise<Application[]> {
    authorize({ principal }, 'application.read');
    return findApplications(store.database, principal.organizationId);
  }

  @Mutation(() => ApplicationPayload, { description: 'Registers an OpenID Connect client. Its id is the client_id.' })
  async createApplication(
    @Arg('input', () => CreateApplicationInput) { organizationId, ...facts }: CreateApplicationInput,
    @Ctx() context: Context,
  ): Promise<ApplicationPayload> {
    return context.transact(await ownerOf(context, organizationId), (tx) => createApplication(tx, facts));
  }

  @Mutation(() => ApplicationPayload)
  async updateApplication(
    @Arg('input', () => UpdateApplicationInput) { id, ...facts }: UpdateApplicationInput,
    @Ctx() context: Context,
  ): Promise<ApplicationPayload> {
    return { application: await context.transact(context.principal, (tx) => updateApplication(tx, id, facts)) };
  }

  @FieldResolver(() => Int, {
    description:
      'Seconds within which a used refresh token works once more; a third use ends all tokens of its sign-in.',
  })
  refreshGraceSeconds(@Root() application: Application): number {
    return refreshGraceOf(application);
  }

  @FieldResolver(() => [ApplicationSecret], { description: 'Client secrets that are valid now.' })
  secrets(@Root() application: Application, @Ctx() context: Context): Promise<ApplicationSecret[]> {
    authorize(context, 'application.read', application);
    const { database: session, now } = context.store;
    return findApplicationSecrets({ session, now: now() }, application.id);
  }

  @Mutation(() => ApplicationPayload, { description: 'A secret beside the valid ones, shown this once.' })
  createApplicationSecret(
    @Arg('input', () => CreateApplicationSecretInput) input: CreateApplicationSecretInput,
    @Ctx() context: Context,
  ): Promise<ApplicationPayload> {
    return context.transact(context.principal, (tx) => createApplicationSecret(tx, input));
  }

  @Mutation(() => ApplicationPayload, {
    description: 'A new secret. The earlier ones end at once, or stay valid for `overlapSeconds` (30 days at most).',
  })
  rotateApplicationSecret(
    @Arg('id', () => ID) id: string,
    @Ctx() context: Context,
    @Arg('overlapSeconds', () => Int, { nullable: true }) overlapSeconds?: number,
    @Arg('expiresAt', () => Date, { nullable: true }) expiresAt?: Date,
  ): Promise<ApplicationPayload> {
    const options = { overlapSeconds: overlapSeconds ?? 0, expiresAt: expiresAt ?? null };
    return context.transact(context.principal, (tx) => rotateApplicationSecret(tx, id, options));
  }

  @Mutation(() => DeletedPayload, { description: 'Ends one client secret at once; the others stay valid.' })
  async revokeApplicationSecret(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<DeletedPayload> {
    return { deletedId: await context.transact(context.principal, (tx) => revokeApplicationSecret(tx, id)) };
  }

  @Mutation(() => DeletedPayload, { description: 'Ends the application and everything that it was given.' })
  async deleteApplication(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<DeletedPayload> {
    return { deletedId: await context.transact(context.principal, (tx) => deleteApplication(tx, id)) };
  }
}
