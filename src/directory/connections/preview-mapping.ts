import { authorize } from '../../access/authorize.js';
import type { Read } from '../../access/write.js';
import { BadInput } from '../../errors.js';
import type { Change } from '../../events/types.js';
import { changesBetween } from '../changes.js';
import { findUser } from '../users/find-users.js';
import { overlay } from '../users/profile.js';
import type { User } from '../users/user.js';
import { checkedMappings, mapResource } from './attribute-mappings.js';
import type { AttributeMapping, Connection } from './connection.js';

/** What a mapping would make of one person. */
export interface MappingPreview {
  user: User;
  /** What it puts over the profile. */
  mapped: Record<string, unknown>;
  /** What the application would see otherwise than now. */
  changes: Change[];
}

const mostPeople = 50;

/**
 * What the mappings would give for these people, with nothing changed.
 *
 * @throws Forbidden, NotFound for a user, BadInput for a mapping that could not be saved either
 */
export async function previewMapping(
  read: Read,
  connection: Connection,
  { mappings, userIds }: { mappings: readonly AttributeMapping[]; userIds: readonly string[] },
): Promise<MappingPreview[]> {
  authorize(read, 'user.readPrivate', { organizationId: connection.organizationId });
  if (userIds.length > mostPeople) throw new BadInput(`"userIds" may name ${mostPeople} people at most.`);
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
