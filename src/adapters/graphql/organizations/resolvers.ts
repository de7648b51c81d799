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
import { findOrganization, listOrganizations } from '../../../directory/organizations/find-organizations.js';
import {
  Organization,
  type OrganizationStatus,
  organizationStatuses,
  type SeatPolicy,
  seatPolicies,
} from '../../../directory/organizations/organization.js';
import { seatsUsed } from '../../../directory/organizations/seats.js';
import { updateOrganization } from '../../../directory/organizations/update-organization.js';
import { JsonScalar } from '../../../kernel/node.js';
import { sql } from '../../../storage/sql.js';
import { LookFields } from '../applications/looks.js';
import type { Context } from '../context.js';
import { DeletedPayload } from '../deleted.js';
import { OrganizationPage } from '../lists/pages.js';
import { type BothWays, Forward, pageBy } from '../lists/paging.js';

@InputType()
export class CreateOrganizationInput extends LookFields {
  @Field(() => String)
  name: string;
  @Field(() => String, { nullable: true })
  externalId?: string | null;
  @Field(() => [String], { nullable: true })
  domains?: string[] | null;
  @Field(() => JsonScalar, { nullable: true })
  metadata?: Record<string, unknown> | null;
  @Field(() => Int, { nullable: true })
  seatLimit?: number | null;
  @Field(() => seatPolicies, { nullable: true })
  seatPolicy?: SeatPolicy | null;
  @Field(() => Int, { nullable: true })
  seatGrace?: number | null;
  @Field(() => Int, { nullable: true })
  seatGraceDays?: number | null;
}

@InputType()
export class UpdateOrganizationInput extends LookFields {
  @Field(() => ID)
  id: string;
  @Field(() => Date, {
    nullable: true,
    description: 'The updatedAt that you read: refused with CONFLICT when somebody has changed it since.',
  })
  expectedUpdatedAt?: Date | null;
  @Field(() => String, { nullable: true })
  name?: string | null;
  @Field(() => String, { nullable: true })
  externalId?: string | null;
  @Field(() => organizationStatuses, { nullable: true })
  status?: OrganizationStatus | null;
  @Field(() => JsonScalar, { nullable: true })
  metadata?: Record<string, unknown> | null;
  @Field(() => Int, { nullable: true, description: 'Null takes the limit away.' })
  seatLimit?: number | null;
  @Field(() => seatPolicies, { nullable: true })
  seatPolicy?: SeatPolicy | null;
  @Field(() => Int, { nullable: true })
  seatGrace?: number | null;
  @Field(() => Int, { nullable: true })
  seatGraceDays?: number | null;
}

@ObjectType({ simpleResolvers: true })
export class OrganizationPayload {
  @Field(() => Organization)
  organization: Organization;
}

@ObjectType({ simpleResolvers: true })
export class DomainPayload {
  @Field(() => Domain)
  domain: Domain;
}

const organizationId = sql`o.id`;

@Resolver(() => Organization)
export class OrganizationResolver {
  @Query(() => Organization, { nullable: true, description: 'By exactly one of the three.' })
  async organization(
    @Ctx() { store, principal }: Context,
    @Arg('id', () => ID, { nullable: true }) id?: string,
    @Arg('externalId', () => String, { nullable: true }) externalId?: string,
    @Arg('domain', () => String, { nullable: true }) domain?: string,
  ): Promise<Organization | null> {
    return findOrganization(store.database, principal, { id, externalId, domain });
  }

  @Query(() => OrganizationPage)
  organizations(
    @Ctx() { store, principal }: Context,
    @Args(() => Forward) args: Forward,
    @Arg('search', () => String, { nullable: true }) search?: string,
  ) {
    const { list, count } = listOrganizations(store.database, principal, search);
    const order = {
      sql: organizationId,
      type: 'text',
      idSql: organizationId,
      descending: false,
      valueOf: ({ id }: Organization) => id,
    } as const;
    return pageBy<Organization>(args as BothWays, order, { list, count });
  }

  @FieldResolver(() => [Domain])
  async domains(@Root() { id }: Organization, @Ctx() context: Context): Promise<Domain[]> {
    authorize(context.in(id), 'organization.read', { organizationId: id });
    return context.loaders.domains.load({ organizationId: id, id });
  }

  @FieldResolver(() => Int, { description: 'Members that count against seatLimit: ACTIVE and SUSPENDED users.' })
  async seatsUsed(@Root() { id }: Organization, @Ctx() context: Context): Promise<number> {
    return seatsUsed(context.in(id));
  }

  @FieldResolver(() => [Connection])
  async connections(@Root() { id }: Organization, @Ctx() context: Context): Promise<Connection[]> {
    authorize(context.in(id), 'connection.read', { organizationId: id });
    return context.loaders.connections.load({ organizationId: id, id });
  }

  @Mutation(() => OrganizationPayload)
  async createOrganization(
    @Arg('input', () => CreateOrganizationInput) input: CreateOrganizationInput,
    @Ctx() context: Context,
  ) {
    return { organization: await context.transact(context.principal, (tx) => createOrganization(tx, input)) };
  }

  @Mutation(() => OrganizationPayload)
  async updateOrganization(
    @Arg('input', () => UpdateOrganizationInput) input: UpdateOrganizationInput,
    @Ctx() context: Context,
  ) {
    return { organization: await context.write('org', input.id, (tx) => updateOrganization(tx, input)) };
  }
}

@Resolver()
export class OrganizationRemovalResolver {
  @Mutation(() => DeletedPayload, {
    description:
      'Deletes the tenant and everything in it: at once for every caller, and its rows in the background. For platform keys.',
  })
  async deleteOrganization(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<DeletedPayload> {
    return { deletedId: await context.write('org', id, (tx) => deleteOrganization(tx)) };
  }
}

@Resolver(() => Domain)
export class DomainResolver {
  @FieldResolver(() => [Connection], {
    description: 'Connections that are authoritative for addresses of this domain.',
  })
  connections(@Root() domain: Domain, @Ctx() { loaders, principal }: Context): Promise<Connection[]> {
    authorize({ principal }, 'connection.read', { organizationId: domain.organizationId });
    return loaders.assigned.load(domain);
  }

  @Mutation(() => DomainPayload)
  async addDomain(
    @Arg('organizationId', () => ID) organizationId: string,
    @Arg('domain', () => String) domain: string,
    @Ctx() context: Context,
    @Arg('connectionIds', () => [ID], { nullable: true }) connectionIds?: string[],
  ) {
    return { domain: await context.write('org', organizationId, (tx) => addDomain(tx, domain, connectionIds ?? [])) };
  }

  @Mutation(() => DomainPayload)
  async assignDomain(
    @Arg('id', () => ID) id: string,
    @Arg('connectionIds', () => [ID]) connectionIds: string[],
    @Ctx() context: Context,
  ) {
    return { domain: await context.write('dom', id, (tx) => assignDomain(tx, id, connectionIds)) };
  }

  @Mutation(() => DomainPayload, {
    description: "Looks the TXT record up; `force` (ADMIN scope) marks it verified by the operator's own word.",
  })
  async verifyDomain(
    @Arg('id', () => ID) id: string,
    @Ctx() context: Context,
    @Arg('force', () => Boolean, { nullable: true }) force?: boolean,
  ) {
    return { domain: await context.write('dom', id, (tx) => verifyDomain(tx, id, force ?? false)) };
  }

  @Mutation(() => DeletedPayload)
  async removeDomain(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<DeletedPayload> {
    return { deletedId: await context.write('dom', id, (tx) => removeDomain(tx, id)) };
  }
}
