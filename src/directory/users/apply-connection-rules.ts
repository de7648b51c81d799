import type { ConnectionSettings } from '../../access/connection-settings.js';
import { mapResource } from '../connections/rules/attribute-mappings.js';
import { rolesInProfile, sameRoles } from '../roles/grantable-roles.js';
import type { Profile } from './profile.js';
import type { User } from './user.js';

/**
 * Applies the connection's settings to the account in memory: mapped attributes, and the roles that the IdP can grant.
 * `rolesMoved` is true if the IdP's roles changed; `notes` has a note for each role that it cannot grant.
 */
export function applyConnectionRules(
  user: User,
  settings: ConnectionSettings,
  profile: Profile,
): { rolesMoved: boolean; notes: string[] } {
  const { roles, refused } = rolesInProfile(settings, profile);
  const rolesMoved = !sameRoles(roles, user.idpRoles);
  const resource = { ...profile, externalId: user.externalId ?? undefined };
  user.mapped = mapResource(settings.attributeMappings, resource);
  user.idpRoles = roles;
  user.settingsRevision = settings.revision;
  return { rolesMoved, notes: refused.map((role) => `roleNotGrantable ${role}`) };
}
