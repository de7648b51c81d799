import type { ScimSettings } from '../../access/scim-settings.js';
import type { Tx } from '../../access/write.js';
import { mapResource } from '../connections/attribute-mappings.js';
import { rolesInProfile, sameRoles } from '../roles/grants.js';
import type { Profile } from './profile.js';
import type { User } from './user.js';

/**
 * Applies the connection's settings to the account in memory: what its mappings make of the profile, and the roles that the
 * IdP may grant. Roles that it may not are noted. Says whether the IdP's roles moved; the caller saves.
 */
export function settleUser(tx: Tx, user: User, settings: ScimSettings, profile: Profile): { rolesMoved: boolean } {
  const { roles, refused } = rolesInProfile(settings, profile);
  for (const role of refused) tx.note(`roleNotGrantable ${role}`);
  const rolesMoved = !sameRoles(roles, user.idpRoles);
  const resource = { ...profile, externalId: user.externalId ?? undefined };
  user.mapped = mapResource(settings.attributeMappings, resource);
  user.idpRoles = roles;
  user.settingsRevision = settings.revision;
  return { rolesMoved };
}
