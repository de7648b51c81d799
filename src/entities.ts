import { ApiKey } from './access/api-key.js';
import { IdempotencyKey } from './access/idempotency-key.js';
import { KeyCheck } from './access/key-check.js';
import { LogoutNotice } from './access/logout-notice.js';
import { ScimToken } from './access/scim-token.js';
import { SignInSession } from './access/session.js';
import { StoredSigningKey } from './access/signing-key.js';
import { Consumer } from './delivery/consumers/consumer.js';
import { DeliveryRecord } from './delivery/webhooks/delivery.js';
import { WebhookEndpoint } from './delivery/webhooks/endpoint.js';
import { Application } from './directory/applications/application.js';
import { ApplicationSecret } from './directory/applications/application-secret.js';
import { Connection } from './directory/connections/connection.js';
import { ManagedCount } from './directory/connections/managed-count.js';
import { ScimClient } from './directory/connections/scim-client.js';
import { SetupLink } from './directory/connections/setup-link.js';
import { Group } from './directory/groups/group.js';
import { GroupNesting } from './directory/groups/group-nesting.js';
import { Membership } from './directory/groups/membership.js';
import { PendingMember } from './directory/groups/pending-member.js';
import { Domain } from './directory/organizations/domain.js';
import { DomainConnection } from './directory/organizations/domain-connection.js';
import { Organization } from './directory/organizations/organization.js';
import { SeatCount } from './directory/organizations/seat-count.js';
import { ProvisioningRequest } from './directory/requests/provisioning-request.js';
import { LinkRequest } from './directory/sign-in/link-request.js';
import { SignInTransaction } from './directory/sign-in/sign-in-transaction.js';
import { UsedToken } from './directory/sign-in/used-token.js';
import { AdoptionRequest } from './directory/users/adoption-request.js';
import { Identity } from './directory/users/identity.js';
import { Invitation } from './directory/users/invitation.js';
import { User } from './directory/users/user.js';
import { EventRecord } from './events/event.js';
import { EventHead } from './events/event-head.js';
import { EventLog } from './events/event-log.js';
import { EventRetention } from './events/event-retention.js';
import { OAuthArtifact } from './provider/oauth-artifact.js';
import { OAuthGrant } from './provider/oauth-grant.js';
import { UsedAssertion } from './scim/used-assertion.js';

/** Entities of all tables. A test compares them with the migrated schema. */
export const entities = [
  AdoptionRequest,
  ApiKey,
  Application,
  ApplicationSecret,
  Connection,
  Consumer,
  DeliveryRecord,
  Domain,
  DomainConnection,
  EventHead,
  EventLog,
  EventRecord,
  EventRetention,
  Group,
  GroupNesting,
  IdempotencyKey,
  Identity,
  Invitation,
  KeyCheck,
  LinkRequest,
  LogoutNotice,
  ManagedCount,
  Membership,
  OAuthArtifact,
  OAuthGrant,
  Organization,
  PendingMember,
  ProvisioningRequest,
  ScimClient,
  ScimToken,
  SeatCount,
  SetupLink,
  SignInSession,
  SignInTransaction,
  StoredSigningKey,
  UsedAssertion,
  UsedToken,
  User,
  WebhookEndpoint,
];
