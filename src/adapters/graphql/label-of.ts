import { ApiKey } from '../../credentials/api-keys/api-key.js';
import { Consumer } from '../../delivery/consumers/consumer.js';
import { WebhookEndpoint } from '../../delivery/webhooks/endpoint.js';
import { Application } from '../../directory/applications/application.js';
import { Connection } from '../../directory/connections/connection.js';
import { Group } from '../../directory/groups/group.js';
import { Domain } from '../../directory/organizations/domain.js';
import { Organization } from '../../directory/organizations/organization.js';
import { ProvisioningRequest } from '../../directory/requests/provisioning-request.js';
import { SignInSession } from '../../directory/sessions/session.js';
import { User } from '../../directory/users/user.js';
import { EventRecord } from '../../events/event.js';

/** Returns the text that names the object in a list. */
export function labelOf(node: object): string {
  if (node instanceof User) return node.displayName ?? node.userName;
  if (node instanceof Group) return node.displayName;
  if (node instanceof Domain) return node.domain;
  if (node instanceof WebhookEndpoint) return node.url;
  if (node instanceof ProvisioningRequest) return `${node.method} ${node.path}`;
  if (node instanceof EventRecord) return node.type;
  if (node instanceof SignInSession) return node.id;
  if (
    node instanceof Organization ||
    node instanceof Connection ||
    node instanceof Application ||
    node instanceof Consumer ||
    node instanceof ApiKey
  )
    return node.name;
  throw new TypeError(`${node.constructor.name} has no label`);
}
