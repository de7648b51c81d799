import 'reflect-metadata';
import { type GraphQLSchema, getNullableType } from 'graphql';
import { GraphQLDateTime } from 'graphql-scalars';
import { buildSchemaSync, type PubSub } from 'type-graphql';
import { ApplicationLookResolver, OrganizationLookResolver } from './applications/looks.js';
import { ApplicationResolver, OrganizationApplicationsResolver } from './applications/resolvers.js';
import { DiagnosisResolver } from './connections/diagnosis.js';
import { FacetResolver, OidcFacetResolver, SamlFacetResolver } from './connections/facets.js';
import { ConnectionRequestsResolver, ProvisioningRequestResolver } from './connections/requests.js';
import { ConnectionResolver, JitPolicyResolver } from './connections/resolvers.js';
import { ScimClientResolver } from './connections/scim-clients.js';
import { ScimFacetResolver } from './connections/scim-facet.js';
import { resolveDirectly } from './engine/direct-resolvers.js';
import { ConsumerResolver, OrganizationConsumersResolver } from './events/consumers.js';
import {
  ActorResolver,
  EventCursorResolver,
  EventResolver,
  OrganizationEventsResolver,
  UserEventsResolver,
} from './events/resolvers.js';
import { EventSubscriptions } from './events/subscriptions.js';
import { TimelineResolver } from './events/timeline.js';
import { GroupResolver, OrganizationGroupsResolver } from './groups/resolvers.js';
import { ApiKeyResolver, OrganizationKeysResolver, SessionResolver } from './keys/resolvers.js';
import { ViewerResolver } from './keys/viewer.js';
import { guardPrivateFields } from './lists/private-fields.js';
import { DomainResolver, OrganizationRemovalResolver, OrganizationResolver } from './organizations/resolvers.js';
import { SnapshotResolver } from './organizations/snapshot.js';
import { ActivityResolver } from './overview/activity.js';
import { AttentionResolver } from './overview/attention.js';
import { DeploymentResolver } from './overview/deployment.js';
import { FindResolver } from './overview/find.js';
import { ConnectionSignInsResolver, LinkRequestResolver, UserSignInsResolver } from './sign-ins/resolvers.js';
import { SignInResolver } from './sign-ins/sign-in-with-id-token.js';
import { AdoptionResolver, PendingAdoptionResolver } from './users/adoptions.js';
import { ImportResolver } from './users/imports.js';
import { IdentityResolver, OrganizationUsersResolver, UserResolver } from './users/resolvers.js';
import { OrganizationRolesResolver, RoleGrantResolver, UserRolesResolver } from './users/roles.js';
import {
  OrganizationWebhooksResolver,
  WebhookDeliveryResolver,
  WebhookEndpointResolver,
} from './webhooks/resolvers.js';

// TypeGraphQL requires a PubSub for subscriptions. Rollcall's subscriptions read the log and never use it.
const unused: PubSub = {
  publish() {},
  subscribe: () => ({ [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }) }),
};

const resolvers = [
  ViewerResolver,
  SnapshotResolver,
  OrganizationWebhooksResolver,
  WebhookEndpointResolver,
  WebhookDeliveryResolver,
  OrganizationConsumersResolver,
  ConsumerResolver,
  OrganizationResolver,
  OrganizationRemovalResolver,
  DomainResolver,
  ConnectionResolver,
  ScimFacetResolver,
  ScimClientResolver,
  AdoptionResolver,
  PendingAdoptionResolver,
  ConnectionRequestsResolver,
  ProvisioningRequestResolver,
  JitPolicyResolver,
  OrganizationUsersResolver,
  UserResolver,
  IdentityResolver,
  OrganizationRolesResolver,
  UserRolesResolver,
  RoleGrantResolver,
  OrganizationGroupsResolver,
  GroupResolver,
  OrganizationEventsResolver,
  EventCursorResolver,
  UserEventsResolver,
  EventResolver,
  ActorResolver,
  EventSubscriptions,
  OrganizationKeysResolver,
  ApiKeyResolver,
  SessionResolver,
  SignInResolver,
  ApplicationResolver,
  OrganizationApplicationsResolver,
  ApplicationLookResolver,
  OrganizationLookResolver,
  FacetResolver,
  OidcFacetResolver,
  SamlFacetResolver,
  ConnectionSignInsResolver,
  LinkRequestResolver,
  UserSignInsResolver,
  DiagnosisResolver,
  ImportResolver,
  TimelineResolver,
  FindResolver,
  AttentionResolver,
  ActivityResolver,
  DeploymentResolver,
] as const;

/**
 * Makes every root field of a mutation nullable. A refused mutation is then null, and the response keeps the results of
 * the other mutations in the document, such as secrets that are shown only once.
 */
function keepOtherResults(schema: GraphQLSchema): GraphQLSchema {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {}))
    field.type = getNullableType(field.type);
  return schema;
}

/** Builds the schema of the server. schema/schema.graphql is generated from it. */
export const buildSchema = (): GraphQLSchema =>
  guardPrivateFields(
    keepOtherResults(
      resolveDirectly(
        buildSchemaSync({
          resolvers,
          scalarsMap: [{ type: Date, scalar: GraphQLDateTime }],
          validate: false,
          pubSub: unused,
        }),
      ),
    ),
  );
