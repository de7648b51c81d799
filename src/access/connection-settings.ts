import type { Json } from '../kernel/json.js';

/** Attribute mapping: copies the value at a path of the IdP's resource into an attribute of the user. */
export interface AttributeMappingRule {
  source: string;
  target: string;
}

/** Group mapping: members of the IdP's group (by name or external id) get these roles. */
export interface GroupMappingRule {
  group: string;
  roles: readonly string[];
}

/**
 * Rules of a connection for every write of its IdP. They are read with the credential, so that no request needs another
 * query. By `revision`, a timer finds the rows that were written under older rules.
 */
export interface ConnectionSettings {
  revision: number;
  attributeMappings: readonly AttributeMappingRule[];
  groupMappings: readonly GroupMappingRule[];
  /** Roles that the IdP can grant. Null: the roles of the group mappings. */
  grantableRoles: readonly string[] | null;
  entitlements: readonly string[];
  /** Extension schemas of the connection, in the form of RFC 7643 section 7. */
  extensions: readonly Json[];
}
