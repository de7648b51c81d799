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
import { Connection } from '../../../directory/connections/connection.js';
import { createOrganization } from '../../../directory/organizations/create-organization.js';
import { deleteOrganization } from '../../../directory/organizations/delete-organization.js';
import { Domain } from '../../../directory/organizations/domain.js';
import { addDomain, assignDomain, removeDomain, verifyDomain } from '../../../directory/organizations/domains.js';
import { findOrganization } from '../../../directory/organizations/find-organizations.js';
import {
  Organization,
  type OrganizationStatus,
  organizationStatuses,
  type SeatPolicy,
  seatPolicies,
} from '../../../directory/organizations/organization.js';
import { updateOrganization } from '../../../directory/organizations/update-organization.js';
import { expectedUpdatedAt, knownId, soughtId } from '../../../kernel/descriptions.js';
import { BadInput } from '../../../kernel/errors.js';
import { JsonScalar } from '../../../kernel/node.js';
import { LookFields } from '../applications/looks.js';
import type { Context } from '../context.js';
import { DeletedPayload } from '../deleted.js';
import { IdArg } from '../id-arg.js';
import { OrganizationPage } from '../lists/pages.js';
import { BothWays } from '../lists/paging.js';
import { OrganizationFilter, OrganizationOrder, organizationsPage } from './list-organizations.js';

@InputType({ description: 'Settings of a new organization.' })
export class CreateOrganizationInput extends LookFields {
  @Field(() => String, { description: 'Name for display, 1 to 256 characters. It does not need to be unique.' })
  name: string;
  @Field(() => String, { nullable: true, description: 'Unique id of the customer in your application.' })
  externalId?: string | null;
  @Field(() => [String], {
    nullable: true,
    description: 'Email domains to claim. Each must be verified to have an effect.',
  })
  domains?: string[] | null;
  @Field(() => JsonScalar, { nullable: true, description: 'JSON object for the use of your application.' })
  metadata?: Record<string, unknown> | null;
  @Field(() => Int, { nullable: true, description: 'Maximum number of users in a seat. Default: no limit.' })
  seatLimit?: number | null;
  @Field(() => seatPolicies, { nullable: true, description: 'Handling of new users beyond `seatLimit`.' })
  seatPolicy?: SeatPolicy | null;
  @Field(() => Int, { nullable: true, description: 'Number of additional seats if `seatPolicy` is GRACE.' })
  seatGrace?: number | null;
  @Field(() => Int, {
    nullable: true,
    description: 'Days in which the additional seats can be used if `seatPolicy` is GRACE.',
  })
  seatGraceDays?: number | null;
}

@InputType({ description: 'Settings of an organization to change.' })
export class UpdateOrganizationInput extends LookFields {
  @Field(() => ID, { description: knownId('org') })
  id: string;
  @Field(() => Date, {
    nullable: true,
    description: expectedUpdatedAt,
  })
  expectedUpdatedAt?: Date | null;
  @Field(() => String, {
    nullable: true,
    description: 'Name for display, 1 to 256 characters. It does not need to be unique.',
  })
  name?: string | null;
  @Field(() => String, { nullable: true, description: 'Unique id of the customer in your application.' })
  externalId?: string | null;
  @Field(() => organizationStatuses, {
    nullable: true,
    description: 'DISABLED rejects all credentials and sign-ins of the organization, ACTIVE allows them again.',
  })
  status?: OrganizationStatus | null;
  @Field(() => JsonScalar, { nullable: true, description: 'JSON object for the use of your application.' })
  metadata?: Record<string, unknown> | null;
  @Field(() => Int, { nullable: true, description: 'Maximum number of users in a seat. Null removes the limit.' })
  seatLimit?: number | null;
  @Field(() => seatPolicies, { nullable: true, description: 'Handling of new users beyond `seatLimit`.' })
  seatPolicy?: SeatPolicy | null;
  @Field(() => Int, { nullable: true, description: 'Number of additional seats if `seatPolicy` is GRACE.' })
  seatGrace?: number | null;
  @Field(() => Int, {
    nullable: true,
    description: 'Days in which the additional seats can be used if `seatPolicy` is GRACE.',
  })
  seatGraceDays?: number | null;
}

@ObjectType({ simpleResolvers: true, description: 'Result of a mutation of an organization.' })
export class OrganizationPayload {
  @Field(() => Organization, { description: 'State of the organization after the mutation.' })
  organization: Organization;
}

@ObjectType({ simpleResolvers: true, description: 'An email domain of an organization.' })
export class DomainPayload {
  @Field(() => Domain, { description: 'State of the domain after the mutation, with the TXT record that verifies it.' })
  domain: Domain;
}

@Resolver(() => Organization)
export class OrganizationResolver {
  @Query(() => Organization, {
    nullable: true,
    description:
      'Organization with this id, externalId or verified domain. Exactly one argument is required. Null if it is not found.',
  })
  async organization(
    @Ctx() { store, principal }: Context,
    @Arg('id', () => ID, { nullable: true, description: soughtId('org') }) id?: string,
    @Arg('externalId', () => String, { nullable: true, description: 'Id of the customer in your application.' })
    externalId?: string,
    @Arg('domain', () => String, { nullable: true, description: 'Verified domain, compared case-insensitively.' })
    domain?: string,
  ): Promise<Organization | null> {
    return findOrganization(store.database, principal, { id, externalId, domain });
  }

  @Query(() => OrganizationPage, { nullable: true, description: 'Organizations that the caller can see.' })
  organizations(
    @Ctx() context: Context,
    @Args(() => BothWays) args: BothWays,
    @Arg('search', () => String, {
      nullable: true,
      description: 'Text that the name or the externalId contains, compared case-insensitively.',
    })
    search?: string,
    @Arg('filter', () => OrganizationFilter, {
      nullable: true,
      description: 'Criteria, all of which an organization meets.',
    })
    filter?: OrganizationFilter,
    @Arg('orderBy', () => OrganizationOrder, { nullable: true, description: 'Order of the list. Default: by id.' })
    orderBy?: OrganizationOrder,
  ) {
    if (search && filter?.search) throw new BadInput('Send "search" or "filter.search", not both.', 'search');
    const criteria = { ...filter, search: filter?.search || search };
    return organizationsPage(context, args, { criteria, orderBy });
  }

  @FieldResolver(() => [Domain], { nullable: true, description: 'Email domains that the organization has claimed.' })
  async domains(@Root() { id }: Organization, @Ctx() context: Context): Promise<Domain[]> {
    authorize(context.in(id), 'organization.read', { organizationId: id });
    return context.loaders.domains.load({ organizationId: id, id });
  }

  @FieldResolver(() => [Connection], {
    nullable: true,
    description: 'Connections in every state, including DRAFT, ordered by id.',
  })
  async connections(@Root() { id }: Organization, @Ctx() context: Context): Promise<Connection[]> {
    authorize(context.in(id), 'connection.read', { organizationId: id });
    return context.loaders.connections.load({ organizationId: id, id });
  }

  @Mutation(() => OrganizationPayload, {
    description: 'Creates an organization and emits ORGANIZATION_CREATED. Requires a platform key.',
  })
  async createOrganization(
    @Arg('input', () => CreateOrganizationInput, { description: 'Name, seats, look and domains of the organization.' })
    input: CreateOrganizationInput,
    @Ctx() context: Context,
  ) {
    return { organization: await context.transact(context.principal, (tx) => createOrganization(tx, input)) };
  }

  @Mutation(() => OrganizationPayload, {
    description:
      'Changes the given fields of an organization, leaves the others unchanged, and emits ORGANIZATION_UPDATED.',
  })
  async updateOrganization(
    @Arg('input', () => UpdateOrganizationInput, { description: 'Id of the organization, and the fields to change.' })
    input: UpdateOrganizationInput,
    @Ctx() context: Context,
  ) {
    return { organization: await context.write('org', input.id, (tx) => updateOrganization(tx, input)) };
  }
}

@Resolver()
export class OrganizationRemovalResolver {
  @Mutation(() => DeletedPayload, {
    description:
      'Deletes an organization with all its data and emits ORGANIZATION_DELETED. It is gone for all callers immediately; its rows are deleted in the background. Requires a platform key.',
  })
  async deleteOrganization(@IdArg('org') id: string, @Ctx() context: Context): Promise<DeletedPayload> {
    return { deletedId: await context.write('org', id, (tx) => deleteOrganization(tx)) };
  }
}

@Resolver(() => Domain)
export class DomainResolver {
  @FieldResolver(() => [Connection], {
    nullable: true,
    description: 'Connections that are authoritative for addresses of this domain.',
  })
  connections(@Root() domain: Domain, @Ctx() { loaders, principal }: Context): Promise<Connection[]> {
    authorize({ principal }, 'connection.read', { organizationId: domain.organizationId });
    return loaders.assigned.load(domain);
  }

  @Mutation(() => DomainPayload, {
    description: 'Claims an email domain for an organization. The claim has no effect until `verifyDomain` succeeds.',
  })
  async addDomain(
    @IdArg('org', 'organizationId') organizationId: string,
    @Arg('domain', () => String, {
      description:
        'Domain name such as example.com. Fails with DOMAIN_TAKEN if this organization has claimed it or another one has verified it.',
    })
    domain: string,
    @Ctx() context: Context,
    @Arg('connectionIds', () => [ID], {
      nullable: true,
      description: 'Connections to which the domain is assigned. Default: all connections.',
    })
    connectionIds?: string[],
  ) {
    return { domain: await context.write('org', organizationId, (tx) => addDomain(tx, domain, connectionIds ?? [])) };
  }

  @Mutation(() => DomainPayload, {
    description:
      'Assigns a domain to exactly these connections. Ends sessions that were started through other connections and are no longer trusted.',
  })
  async assignDomain(
    @IdArg('dom') id: string,
    @Arg('connectionIds', () => [ID], {
      description: 'Connections that are authoritative for the domain. Empty: all connections.',
    })
    connectionIds: string[],
    @Ctx() context: Context,
  ) {
    return { domain: await context.write('dom', id, (tx) => assignDomain(tx, id, connectionIds)) };
  }

  @Mutation(() => DomainPayload, {
    description: 'Looks up the TXT record of a domain, marks the domain as VERIFIED, and emits DOMAIN_VERIFIED.',
  })
  async verifyDomain(
    @IdArg('dom') id: string,
    @Ctx() context: Context,
    @Arg('force', () => Boolean, {
      nullable: true,
      description: 'True to verify the domain without a TXT record. Requires the scope ADMIN. Default: false.',
    })
    force?: boolean,
  ) {
    return { domain: await context.write('dom', id, (tx) => verifyDomain(tx, id, force ?? false)) };
  }

  @Mutation(() => DeletedPayload, {
    description:
      'Deletes the claim of a domain. Users stay, but email addresses of the domain no longer link accounts.',
  })
  async removeDomain(@IdArg('dom') id: string, @Ctx() context: Context): Promise<DeletedPayload> {
    return { deletedId: await context.write('dom', id, (tx) => removeDomain(tx, id)) };
  }
}
