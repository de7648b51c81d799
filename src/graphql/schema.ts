import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import { GraphQLDateTime } from 'graphql-scalars';
import { buildSchemaSync, type PubSub } from 'type-graphql';
import { AdoptionResolver, PendingAdoptionResolver } from './adoptions.js';
import { ApplicationResolver, OrganizationApplicationsResolver } from './applications.js';
import { ConnectionResolver, JitPolicyResolver } from './connections.js';
import { ConsumerResolver, OrganizationConsumersResolver } from './consumers.js';
import { DiagnosisResolver } from './diagnosis.js';
import { resolveDirectly } from './direct-resolvers.js';
import {
  ActorResolver,
  EventCursorResolver,
  EventResolver,
  OrganizationEventsResolver,
  UserEventsResolver,
} from './events.js';
import { FacetResolver, OidcFacetResolver, SamlFacetResolver } from './facets.js';
import { GroupResolver, OrganizationGroupsResolver } from './groups.js';
import { ImportResolver } from './imports.js';
import { ApiKeyResolver, OrganizationKeysResolver, SessionResolver } from './keys.js';
import { ApplicationLookResolver, OrganizationLookResolver } from './looks.js';
import { DomainResolver, OrganizationRemovalResolver, OrganizationResolver } from './organizations.js';
import { guardPrivateFields } from './private-fields.js';
import { ConnectionRequestsResolver, ProvisioningRequestResolver } from './requests.js';
import { ScimClientResolver } from './scim-clients.js';
import { ScimFacetResolver } from './scim-facet.js';
import { SignInResolver } from './sign-in.js';
import { ConnectionSignInsResolver, LinkRequestResolver, UserSignInsResolver } from './sign-ins.js';
import { SnapshotResolver } from './snapshot.js';
import { EventSubscriptions } from './subscriptions.js';
import { TimelineResolver } from './timeline.js';
import { IdentityResolver, OrganizationUsersResolver, UserResolver } from './users.js';
import { ViewerResolver } from './viewer.js';
import { OrganizationWebhooksResolver, WebhookDeliveryResolver, WebhookEndpointResolver } from './webhooks.js';

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
] as const;

/** Builds the schema, the public contract, from which schema/schema.graphql is generated. */
export const buildSchema = (): GraphQLSchema =>
  guardPrivateFields(
    resolveDirectly(
      buildSchemaSync({
        resolvers,
        scalarsMap: [{ type: Date, scalar: GraphQLDateTime }],
        validate: false,
        pubSub: unused,
      }),
    ),
  );
