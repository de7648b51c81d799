import { noticeDays } from '../directory/connections/monitoring/announce-once.js';
import { enumType } from '../kernel/node.js';

export const severities = enumType(
  'Severity',
  'Urgency of an item of `attention`, or of a problem of the deployment.',
  {
    CRITICAL: 'Users or events are affected now, or will be within a week.',
    WARNING: 'A decision or a change is needed within a month.',
    INFO: 'Nothing fails if no one acts, or there is more than a month of time.',
  },
);
export type Severity = keyof typeof severities;

export const attentionKinds = enumType('AttentionKind', 'Cause for which an object needs attention.', {
  ADOPTION_PENDING: 'Adoption requests wait for a decision. `count` is their number.',
  CERTIFICATE_EXPIRING: `An IdP's SAML certificate expires within ${noticeDays} days, or expired within the last 30 days.`,
  CONNECTION_FAILING: 'The latest ten SCIM requests of an IdP failed.',
  CONNECTION_SILENT: 'An IdP has sent no SCIM request for three times its usual interval.',
  CONSUMER_LAGGING:
    'A named consumer is half of the retention period behind. `count` is the number of events that it has not acknowledged, counted up to 100,000.',
  DOMAIN_LAPSED:
    'The TXT record of a verified domain is missing. `dueAt` is in the past if the verification has ended.',
  DORMANT: 'Users will be deprovisioned at `dueAt` if they do not sign in. `count` is their number, at most 1,000.',
  HELD: 'An IdP or a rule tried to deprovision a protected account within the last week.',
  LINK_PENDING: 'Link requests wait for a decision. `count` is their number, `dueAt` the first expiry.',
  MASS_CHANGE: 'An IdP deprovisioned unusually many users within the last week. `count` is their number.',
  SEATS_EXCEEDED:
    'An organization has no free seat, and a new user was refused or counted beyond the limit. `count` is the number of occupied seats.',
  SECRET_EXPIRING: `An API key or the last client secret of an application expires within ${noticeDays} days, or expired within the last week.`,
  TOKEN_EXPIRING: `The last SCIM token of a connection expires within ${noticeDays} days, or expired within the last 30 days.`,
  WEBHOOK_FAILING: 'No delivery to a webhook endpoint has succeeded for `WEBHOOK_FAILING_HOURS`.',
});
export type AttentionKind = keyof typeof attentionKinds;

/** Name of the mutation that resolves an item; null if the cause is at the IdP. */
export const actionOf: Readonly<Record<AttentionKind, string | null>> = {
  ADOPTION_PENDING: 'resolveAdoption',
  CERTIFICATE_EXPIRING: 'updateConnection',
  CONNECTION_FAILING: null,
  CONNECTION_SILENT: null,
  CONSUMER_LAGGING: 'acknowledgeEvents',
  DOMAIN_LAPSED: 'verifyDomain',
  DORMANT: 'protectUser',
  HELD: 'deprovisionUser',
  LINK_PENDING: 'resolveLink',
  MASS_CHANGE: 'reactivateUser',
  SEATS_EXCEEDED: 'updateOrganization',
  SECRET_EXPIRING: null,
  TOKEN_EXPIRING: 'rotateScimToken',
  WEBHOOK_FAILING: 'updateWebhookEndpoint',
};
