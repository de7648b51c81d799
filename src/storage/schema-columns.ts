/** Columns of each Rollcall table, which the server reads and writes. A test compares them with the migrations. */
const columnNames = {
  adoption_requests: 'organization_id connection_id user_id external_id account state created_at updated_at',
  announcements: 'organization_id connection_id condition until',
  api_keys: 'id organization_id name scopes hash hint created_at expires_at last_used_at from_environment',
  application_secrets: 'id application_id hash hint created_at expires_at last_used_at',
  applications: `
    id organization_id name token_endpoint_auth_method jwks redirect_uris post_logout_redirect_uris
    backchannel_logout_uri initiate_login_uri created_at updated_at refresh_grace_seconds api_scopes
    api_scopes_unasked color support_contact logo_hash logo`,
  connections: `
    organization_id id name provider state scim_enabled on_existing oidc jit created_at updated_at attribute_mappings
    group_mappings grantable_roles entitlements scim_extensions settings_revision resettle_since saml sealed
    signals_issuer`,
  domain_connections: 'organization_id domain_id connection_id',
  domains: `
    organization_id id domain state verification_value verified_at created_at failing_since checked_at by_record
    is_assigned`,
  dormancy_warnings: 'organization_id connection_id user_id warned_at due_at',
  event_consumers: 'organization_id id name types place acknowledged_at told_at created_at',
  event_heads: 'organization_id position',
  event_log: 'only_row epoch fingerprint',
  event_retention: 'organization_id position seq last_id',
  events: `
    organization_id position seq id type occurred_at recorded_at actor_kind actor_id request_id subject_type
    subject_id user_id group_id connection_id data changes schema_version`,
  group_nestings: 'organization_id group_id child_group_id created_at',
  groups: `
    organization_id id connection_id external_id display_name display_name_key attributes folded origin revision
    created_at updated_at roles mapped_roles member_count settings_revision jit_connection_id`,
  idempotency_keys: 'actor key request_hash sealed_answer created_at',
  identities: 'organization_id connection_id user_id external_id issuer subject origin created_at last_sign_in_at sub',
  idp_certificates: 'organization_id connection_id fingerprint expires_at',
  invitations: 'organization_id user_id connection_id code_hash expires_at',
  key_checks: 'only_row sealed',
  link_requests: 'organization_id id connection_id user_id issuer subject email state created_at expires_at',
  logout_notices: 'organization_id session_id application_id user_id attempts next_at',
  managed_counts: 'organization_id connection_id kind n id',
  memberships: 'organization_id group_id user_id created_at',
  oauth_artifacts: 'kind hash payload grant_id uid consumed_at expires_at reused_at',
  oauth_grants: 'organization_id id session_id application_id created_at ended_at',
  organizations: `
    id name external_id status metadata created_at updated_at seat_limit seat_policy seat_grace seat_grace_days
    seats_exceeded_since seats_told_at deleted_at color support_contact logo_hash logo`,
  pending_members: 'organization_id group_id user_id created_at',
  provisioning_requests: `
    organization_id id connection_id protocol method path status duration_ms at request_body response_body error
    quirks user_id request_id first_position last_position written_in`,
  scim_clients: 'organization_id id connection_id name secret_hash jwks created_at last_used_at',
  scim_tokens: 'organization_id id connection_id hash hint created_at expires_at last_used_at client_id',
  seat_counts: 'organization_id n id',
  server_nodes: 'id host version started_at last_seen_at open_connections lag_ms',
  sessions: `
    organization_id id user_id connection_id hash created_at expires_at ended_at ip_address user_agent client_id amr
    acr auth_time idp_session idp_subject idp_email_key idp_email_verified`,
  setup_links: `
    organization_id id connection_id hash created_at expires_at name return_url creator_kind creator_id last_used_at`,
  sign_in_transactions: `
    organization_id id connection_id browser_hash kind state arrival created_at expires_at used_at`,
  signing_keys: 'id purpose sealed public_jwk certificate created_at active_from expires_at',
  used_assertions: 'client_id jti until',
  used_tokens: 'organization_id connection_id token_id until',
  users: `
    organization_id id user_name user_name_key email email_key email_keys display_name display_name_key family_name
    profile folded roles active suspended_at deprovisioned_at deprovision_reason deleted_at origin scim_connection_id
    manager_id last_sign_in_at revision created_at updated_at mapped direct_roles idp_roles former_name_key
    settings_revision invited_at protected protected_reason`,
  webhook_deliveries: `
    endpoint_id id event_organization_id event_position event_id attempt status duration_ms error answer delivered at`,
  webhook_endpoints: `
    organization_id id url types format audience state sealed place attempts failing_since next_at last_error fence
    lease_until created_at updated_at`,
};

/** Rollcall's tables, which the server reads and writes. */
export const tables: string[] = Object.keys(columnNames);

/** Columns of all tables, such as `users.email`. */
export const columns: string[] = Object.entries(columnNames).flatMap(([table, names]) =>
  names
    .trim()
    .split(/\s+/)
    .map((name) => `${table}.${name}`),
);

/**
 * Columns that still exist but that this version neither reads nor writes, such as `users.email`. A later version can
 * drop them while this one runs.
 */
export const unusedColumns: string[] = [];
