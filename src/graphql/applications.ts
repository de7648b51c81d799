import {
  Arg,
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
import { authorize } from '../access/authorize.js';
import { Application } from '../directory/applications/application.js';
import {
  type ApplicationFacts,
  createApplication,
  deleteApplication,
  findApplications,
  rotateApplicationSecret,
  updateApplication,
} from '../directory/applications/manage-applications.js';
import { type ClientAuthMethod, clientAuthMethods } from '../directory/connections/facets.js';
import { Organization } from '../directory/organizations/organization.js';
import { JsonScalar } from '../node.js';
import type { Context } from './context.js';
import { DeletedPayload } from './deleted.js';
import { ownerOf } from './owners.js';

@InputType()
abstract class ApplicationFields implements ApplicationFacts {
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

  @Mutation(() => ApplicationPayload, { description: 'A new secret; the earlier one ends at once.' })
  rotateApplicationSecret(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<ApplicationPayload> {
    return context.transact(context.principal, (tx) => rotateApplicationSecret(tx, id));
  }

  @Mutation(() => DeletedPayload, { description: 'Ends the application and everything that it was given.' })
  async deleteApplication(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<DeletedPayload> {
    return { deletedId: await context.transact(context.principal, (tx) => deleteApplication(tx, id)) };
  }
}
