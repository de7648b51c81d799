import 'reflect-metadata';
import { type GraphQLSchema, getNullableType } from 'graphql';
import { buildSchemaSync, type PubSub } from 'type-graphql';
import { ApplicationLookResolver, OrganizationLookResolver } from './applications/looks.js';
import { ApplicationResolver, OrganizationApplicationsResolver } from './applications/resolvers.js';
import { CertificateResolver } from './connections/certificates.js';
import { DiagnosisResolver } from './connections/diagnosis.js';
import { FacetResolver, OidcFacetResolver, SamlFacetResolver } from './connections/facets.js';
import { ConnectionListResolver } from './connections/list-connections.js';
import { RequestSubscriptions } from './connections/request-subscription.js';
import { ConnectionRequestsResolver, ProvisioningRequestResolver } from './connections/requests.js';
import { ConnectionResolver, JitPolicyResolver } from './connections/resolvers.js';
import { ScimClientResolver } from './connections/scim-clients.js';
import { ScimFacetResolver } from './connections/scim-facet.js';
import { SetupLinkCreatorResolver, SetupLinkResolver } from './connections/setup-links.js';
import { SignInAttemptResolver, SignInAttemptsResolver } from './connections/sign-ins.js';
import { DateTimeScalar } from './engine/date-time.js';
import { resolveDirectly } from './engine/direct-resolvers.js';
import { keepInheritedDeprecations } from './engine/inherited-deprecations.js';
import { describeErrors } from './engine/mutation-errors.js';
import { explainNull } from './engine/null-fields.js';
import { ActorResolver } from './events/actor.js';
import { ConsumerResolver, OrganizationConsumersResolver } from './events/consumers.js';
import { EventResolver } from './events/event-resolver.js';
import { EventCursorResolver, OrganizationEventsResolver, UserEventsResolver } from './events/resolvers.js';
import { EventSubscriptions } from './events/subscriptions.js';
import { TimelineResolver } from './events/timeline.js';
import { resolveEvents } from './events/typed-events.js';
import {
  ConnectionEventResolver,
  GroupEventResolver,
  GroupMemberAddedResolver,
  GroupMemberRemovedResolver,
  RoleChangeCauseResolver,
  UserEventResolver,
  UserRolesChangedResolver,
} from './events/typed-resolvers.js';
import { addFormerNames } from './former-names.js';
import { GroupMembershipResolver, GroupMembershipsResolver } from './groups/memberships.js';
import { GroupNestingResolver } from './groups/nesting.js';
import { GroupResolver, OrganizationGroupsResolver } from './groups/resolvers.js';
import { ApiKeyResolver, OrganizationKeysResolver, SessionResolver } from './keys/resolvers.js';
import { ViewerResolver } from './keys/viewer.js';
import { describeGuardedFields } from './lists/guarded-fields.js';
import { guardPrivateFields } from './lists/private-fields.js';
import { OrganizationCountsResolver } from './organizations/counts.js';
import { DomainResolver, OrganizationRemovalResolver, OrganizationResolver } from './organizations/resolvers.js';
import { SnapshotResolver } from './organizations/snapshot.js';
import { ActivityResolver } from './overview/activity.js';
import { AttentionResolver } from './overview/attention.js';
import { AttentionSubscriptions } from './overview/attention-subscription.js';
import { DeploymentResolver } from './overview/deployment.js';
import { FindResolver } from './overview/find.js';
import { ConnectionSignInsResolver, LinkRequestResolver, UserSignInsResolver } from './sign-ins/resolvers.js';
import { SignInResolver } from './sign-ins/sign-in-with-id-token.js';
import { IdentityLabelResolver, UserAccessResolver } from './users/access.js';
import { AdoptionResolver, PendingAdoptionResolver } from './users/adoptions.js';
import { ChangeUsersResolver } from './users/change-users.js';
import { ImportResolver } from './users/imports.js';
import { IdentityResolver, OrganizationUsersResolver, UserResolver } from './users/resolvers.js';
import { OrganizationRolesResolver, RoleGrantResolver, UserRolesResolver } from './users/roles.js';
import { UserSessionsResolver } from './users/sessions.js';
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
  OrganizationCountsResolver,
  OrganizationRemovalResolver,
  DomainResolver,
  ConnectionResolver,
  SetupLinkCreatorResolver,
  SetupLinkResolver,
  ConnectionListResolver,
  ScimFacetResolver,
  ScimClientResolver,
  AdoptionResolver,
  PendingAdoptionResolver,
  ConnectionRequestsResolver,
  SignInAttemptsResolver,
  SignInAttemptResolver,
  ProvisioningRequestResolver,
  JitPolicyResolver,
  OrganizationUsersResolver,
  UserResolver,
  UserAccessResolver,
  UserSessionsResolver,
  IdentityResolver,
  IdentityLabelResolver,
  OrganizationRolesResolver,
  UserRolesResolver,
  RoleGrantResolver,
  OrganizationGroupsResolver,
  GroupResolver,
  GroupNestingResolver,
  GroupMembershipsResolver,
  GroupMembershipResolver,
  OrganizationEventsResolver,
  EventCursorResolver,
  UserEventsResolver,
  EventResolver,
  UserEventResolver,
  GroupEventResolver,
  ConnectionEventResolver,
  UserRolesChangedResolver,
  RoleChangeCauseResolver,
  GroupMemberAddedResolver,
  GroupMemberRemovedResolver,
  ActorResolver,
  EventSubscriptions,
  RequestSubscriptions,
  OrganizationKeysResolver,
  ApiKeyResolver,
  SessionResolver,
  SignInResolver,
  ApplicationResolver,
  OrganizationApplicationsResolver,
  ApplicationLookResolver,
  OrganizationLookResolver,
  FacetResolver,
  CertificateResolver,
  OidcFacetResolver,
  SamlFacetResolver,
  ConnectionSignInsResolver,
  LinkRequestResolver,
  UserSignInsResolver,
  DiagnosisResolver,
  ImportResolver,
  ChangeUsersResolver,
  TimelineResolver,
  FindResolver,
  AttentionResolver,
  AttentionSubscriptions,
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

const roots = {
  Query: 'Reads. A refused field is null, with FORBIDDEN in `errors`, and the response contains the other fields.',
  Mutation:
    'Changes, in the order of the document, each in its own transaction. A refused field is null, and the response contains the results of the others.',
  Subscription:
    'Events of the log, in the order of their positions. With `after`, the events after the cursor are replayed first; without it, only new events are delivered. Every event is delivered at least once: resume with the last cursor that you have processed. A subscription ends with SUBSCRIPTION_REVOKED when its credential becomes invalid.',
};

function describeRoots(schema: GraphQLSchema): GraphQLSchema {
  for (const [name, description] of Object.entries(roots)) {
    const type = schema.getType(name);
    if (type) type.description = description;
  }
  return schema;
}

/** Builds the schema of the server. schema/schema.graphql is generated from it. */
export const buildSchema = (): GraphQLSchema =>
  [
    resolveDirectly,
    resolveEvents,
    keepInheritedDeprecations,
    addFormerNames,
    keepOtherResults,
    describeErrors,
    describeRoots,
    describeGuardedFields,
    explainNull,
    guardPrivateFields,
  ].reduce(
    (schema, step) => step(schema),
    buildSchemaSync({
      resolvers,
      scalarsMap: [{ type: Date, scalar: DateTimeScalar }],
      validate: false,
      pubSub: unused,
    }),
  );
