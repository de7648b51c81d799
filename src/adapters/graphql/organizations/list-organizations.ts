import { Field, InputType } from 'type-graphql';
import { providerNames } from '../../../directory/connections/connection.js';
import {
  listOrganizations,
  nameKeyOf,
  type OrganizationCriteria,
  organizationNameKey,
} from '../../../directory/organizations/find-organizations.js';
import {
  type Organization,
  type OrganizationStatus,
  organizationStatuses,
} from '../../../directory/organizations/organization.js';
import type { ProviderName } from '../../../identity-providers/profiles/index.js';
import { enumType } from '../../../kernel/node.js';
import { sql } from '../../../storage/sql.js';
import type { Context } from '../context.js';
import { directions } from '../lists/order.js';
import { type BothWays, type Order, pageBy } from '../lists/paging.js';

const orderFields = enumType('OrganizationOrderField', 'Field by which organizations are ordered.', {
  CREATED_AT: 'Time of creation.',
  UPDATED_AT: 'Time of the last change.',
  NAME: 'The name, compared case-insensitively.',
});

@InputType({
  description: 'Conditions for organizations. All of them must match. An empty list matches no organization.',
})
export class OrganizationFilter implements OrganizationCriteria {
  @Field(() => String, {
    nullable: true,
    description: 'Text that the name or the externalId contains, compared case-insensitively.',
  })
  search?: string | null;
  @Field(() => [organizationStatuses], {
    nullable: true,
    description: 'Statuses, one of which the organizations have.',
  })
  status?: OrganizationStatus[] | null;
  @Field(() => [providerNames], {
    nullable: true,
    description: 'Providers, for one of which the organizations have a connection.',
  })
  provider?: ProviderName[] | null;
}

@InputType({ description: 'Order of a list of organizations.' })
export class OrganizationOrder {
  @Field(() => orderFields, { description: 'Equal values are ordered by id.' })
  field: keyof typeof orderFields;
  @Field(() => directions, { description: 'Applies to `field`, and to ids where it is equal.' })
  direction: keyof typeof directions;
}

const id = sql`o.id`;
const byId: Order<Organization> = { sql: id, type: 'text', idSql: id, descending: false, valueOf: (each) => each.id };
const orders: Record<keyof typeof orderFields, Omit<Order<Organization>, 'idSql' | 'descending'>> = {
  CREATED_AT: { sql: sql`o.created_at`, type: 'timestamptz', valueOf: ({ createdAt }) => createdAt.toISOString() },
  UPDATED_AT: { sql: sql`o.updated_at`, type: 'timestamptz', valueOf: ({ updatedAt }) => updatedAt.toISOString() },
  NAME: { sql: organizationNameKey, type: 'text', valueOf: nameKeyOf },
};

/** Returns a page of the organizations that the caller can see and that match the criteria. @throws Forbidden */
export function organizationsPage(
  { store, principal }: Context,
  args: BothWays,
  { criteria, orderBy }: { criteria: OrganizationCriteria; orderBy: OrganizationOrder | undefined },
) {
  const order = orderBy ? { ...orders[orderBy.field], idSql: id, descending: orderBy.direction === 'DESC' } : byId;
  return pageBy<Organization>(args, order, listOrganizations(store.database, principal, criteria));
}
