import { authorize } from '../../../access/authorize.js';
import type { Read } from '../../../access/write.js';
import type { Change } from '../../../events/types.js';
import { BadInput } from '../../../kernel/errors.js';
import { changesBetween } from '../../changes.js';
import { overlay } from '../../users/profile.js';
import { findUser } from '../../users/queries/find-users.js';
import type { User } from '../../users/user.js';
import type { AttributeMapping, Connection } from '../connection.js';
import { checkedMappings, mapResource } from './attribute-mappings.js';

/** The result of a mapping for one user, without saving it. */
export interface MappingPreview {
  user: User;
  /** The attributes that the mapping would set in the profile. */
  mapped: Record<string, unknown>;
  /** The resulting changes in the profile that the application sees. */
  changes: Change[];
}

const mostPeople = 50;

/**
 * Returns the result of the mappings for the given users without saving anything.
 *
 * @throws Forbidden, NotFound for an unknown user, BadInput for an invalid mapping
 */
export async function previewMapping(
  read: Read,
  connection: Connection,
  { mappings, userIds }: { mappings: readonly AttributeMapping[]; userIds: readonly string[] },
): Promise<MappingPreview[]> {
  authorize(read, 'user.readPrivate', { organizationId: connection.organizationId });
  if (userIds.length > mostPeople)
    throw new BadInput(`"userIds" can have at most ${mostPeople} entries; this request has ${userIds.length}.`);
  const checked = checkedMappings(mappings);
  const previews: MappingPreview[] = [];
  for (const id of new Set(userIds)) {
    const user = await findUser(read, id);
    const mapped = mapResource(checked, { ...user.profile, userName: user.userName, externalId: user.externalId });
    const changes = changesBetween({ ...user.shown }, { ...overlay(user.profile, mapped) });
    previews.push({ user, mapped, changes });
  }
  return previews;
}
