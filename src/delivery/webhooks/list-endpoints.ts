import { authorize } from '../../access/authorize.js';
import { ownedBy } from '../../access/owned.js';
import type { Principal } from '../../access/principal.js';
import type { OrganizationId } from '../../kernel/ids.js';
import { type ListedRows, listRows } from '../../storage/list-rows.js';
import type { Session } from '../../storage/session.js';
import { WebhookEndpoint } from './endpoint.js';

/**
 * Returns the queries of the webhook endpoints of an organization, or of the platform if it is null. Default: those of
 * the caller.
 *
 * @throws Forbidden
 */
export function listEndpoints(
  session: Session,
  principal: Principal,
  organizationId: OrganizationId | null = principal.organizationId,
): ListedRows<WebhookEndpoint> {
  authorize({ principal }, 'webhook.read', { organizationId });
  return listRows(session, WebhookEndpoint, ownedBy(organizationId));
}
