/** The tables of the product, which the server reads and writes. A test compares them with the migrations. */
export const tables = [
  'adoption_requests',
  'api_keys',
  'application_secrets',
  'applications',
  'connections',
  'domain_connections',
  'domains',
  'event_consumers',
  'event_heads',
  'event_log',
  'event_retention',
  'events',
  'group_nestings',
  'groups',
  'idempotency_keys',
  'identities',
  'invitations',
  'key_checks',
  'link_requests',
  'logout_notices',
  'managed_counts',
  'memberships',
  'oauth_artifacts',
  'oauth_grants',
  'organizations',
  'pending_members',
  'provisioning_requests',
  'scim_clients',
  'scim_tokens',
  'seat_counts',
  'sessions',
  'setup_links',
  'sign_in_transactions',
  'signing_keys',
  'used_assertions',
  'used_tokens',
  'users',
  'webhook_deliveries',
  'webhook_endpoints',
];

/** The one table whose rows are only added: its rows are the event log. */
export const logTable = 'events';

/** Rights that only a start uses, after it has granted them: a running server reads and writes without them. */
export const onlyAtStart = [
  'event_log.insert',
  'event_log.delete',
  'key_checks.select',
  'key_checks.insert',
  'key_checks.update',
  'key_checks.delete',
];

export const sequences = ['event_seq'];

/** Functions that delete or scrub events, for the rules that require it. Only the server may call them. */
export const logFunctions = ['prune_events', 'scrub_events', 'scrub_organization'];

/** Functions that work with the rights of their owner. */
export const ownerFunctions = [...logFunctions, 'refresh_statistics'];
