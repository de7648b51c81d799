import type { Json } from '../json.js';

/** Copies what one path of the IdP holds into an attribute of the user. */
export interface AttributeMappingRule {
  source: string;
  target: string;
}

/** Members of the IdP's group (by name or external id) get these roles. */
export interface GroupMappingRule {
  group: string;
  roles: readonly string[];
}

/**
 * What every write of an IdP has to obey, as its connection says. It comes with the credential, so that no request reads
 * it again; `revision` tells the timer which rows were written under older ones.
 */
export interface ScimSettings {
  revision: number;
  attributeMappings: readonly AttributeMappingRule[];
  groupMappings: readonly GroupMappingRule[];
  /** Null: what the group mappings name. */
  grantableRoles: readonly string[] | null;
  entitlements: readonly string[];
  /** Extension schemas that the connection declares, in the form of RFC 7643 section 7. */
  extensions: readonly Json[];
}
