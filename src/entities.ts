import { IdempotencyKey } from './access/idempotency-key.js';
import { ApiKey } from './credentials/api-keys/api-key.js';
import { KeyCheck } from './credentials/key-check.js';
import { OAuthArtifact } from './credentials/oauth/oauth-artifact.js';
import { OAuthGrant } from './credentials/oauth/oauth-grant.js';
import { StoredSigningKey } from './credentials/signing-keys/signing-key.js';
import { Consumer } from './delivery/consumers/consumer.js';
import { DeliveryRecord } from './delivery/webhooks/delivery.js';
import { WebhookEndpoint } from './delivery/webhooks/endpoint.js';
import { Application } from './directory/applications/application.js';
import { ApplicationSecret } from './directory/applications/application-secret.js';
import { Connection } from './directory/connections/connection.js';
import { IdpCertificate } from './directory/connections/idp-certificate.js';
import { ManagedCount } from './directory/connections/managed-count.js';
import { Announcement } from './directory/connections/monitoring/announcement.js';
import { ScimClient } from './directory/connections/scim-client.js';
import { ScimToken } from './directory/connections/scim-token.js';
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
import { LogoutNotice } from './directory/sessions/logout-notice.js';
import { SignInSession } from './directory/sessions/session.js';
import { LinkRequest } from './directory/sign-in/link-request.js';
import { SignInTransaction } from './directory/sign-in/sign-in-transaction.js';
import { UsedAssertion } from './directory/sign-in/used-assertion.js';
import { UsedToken } from './directory/sign-in/used-token.js';
import { AdoptionRequest } from './directory/users/adoption-request.js';
import { DormancyWarning } from './directory/users/dormancy-warning.js';
import { Identity } from './directory/users/identity.js';
import { Invitation } from './directory/users/invitation.js';
import { User } from './directory/users/user.js';
import { EventRecord } from './events/event.js';
import { EventHead } from './events/event-head.js';
import { EventLog } from './events/event-log.js';
import { EventRetention } from './events/event-retention.js';
import { ServerNode } from './overview/nodes/server-node.js';

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
  DormancyWarning,
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
  Announcement,
  ServerNode,
  IdpCertificate,
  UsedAssertion,
  UsedToken,
  User,
  WebhookEndpoint,
];
