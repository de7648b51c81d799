import { authorize } from '../../access/authorize.js';
import type { Tx } from '../../access/write.js';
import { BadInput, ExternalIdTaken } from '../../kernel/errors.js';
import { type ConnectionId, newId } from '../../kernel/ids.js';
import { checkedAll } from '../../kernel/input-errors.js';
import { lengthError } from '../../kernel/text-limits.js';
import { sql } from '../../storage/sql.js';
import { checkExternalId } from '../check-external-id.js';
import { settingsFor } from '../connections/find-connections.js';
import { countManaged } from '../connections/managed-counts.js';
import { checkedRoles, rolesOfGroup } from '../roles/grantable-roles.js';
import type { Origin } from '../users/user.js';
import { addMembers } from './change-members.js';
import { Group, type GroupFacts, groupState, setGroupFacts, subjectOf } from './group.js';

export interface NewGroup extends GroupFacts {
  origin: Origin;
  connectionId: ConnectionId | null;
  /** The connection whose sign-ins name the group in their claims. */
  jitConnectionId?: ConnectionId | null;
  memberIds: readonly string[];
  /** The roles that the application grants to the members. */
  roles?: readonly string[];
}

/**
 * Creates a group with its first members. Groups can share a name; an `externalId` is unique in its connection.
 *
 * @throws Forbidden, BadInput, ExternalIdTaken, UnknownMember
 */
export async function createGroup(
  tx: Tx,
  { origin, connectionId, jitConnectionId = null, memberIds, roles = [], ...facts }: NewGroup,
): Promise<Group> {
  authorize(tx, 'group.create', { organizationId: tx.organizationId });
  const checked = checkedAll({ facts: () => checkedFacts(facts), roles: () => checkedRoles(roles) });
  const group = Object.assign(new Group(), {
    organizationId: tx.organizationId,
    id: newId('group'),
    connectionId,
    jitConnectionId,
    origin,
    directRoles: checked.roles,
    mappedRoles: [],
    memberCount: 0,
    settingsRevision: 0,
    revision: 1,
    createdAt: tx.now,
    updatedAt: tx.now,
  });
  setGroupFacts(group, checked.facts);
  await mapRoles(tx, group);
  const isNew = await tx.session.insert(
    Group,
    group,
    sql`on conflict (organization_id, connection_id, external_id) do nothing`,
  );
  if (!isNew) throw new ExternalIdTaken(facts.externalId ?? '');
  if (connectionId) await countManaged(tx, connectionId, 'Group', 1);
  tx.emit({ type: 'group.created', subject: subjectOf(group), connectionId, data: groupState(group) });
  await addMembers(tx, group, memberIds);
  return group;
}

/**
 * Sets the roles that the group mappings of its connection grant to the group. Roles that are not grantable are noted.
 */
export async function mapRoles(tx: Tx, group: Group): Promise<void> {
  const settings = group.connectionId ? await settingsFor(tx, group.connectionId) : null;
  if (!settings) return;
  const { roles, refused } = rolesOfGroup(settings, group);
  for (const role of refused) tx.note(`roleNotGrantable ${role}`);
  group.mappedRoles = roles;
  group.settingsRevision = settings.revision;
}

/** Validates the attributes of a group before it is saved. @throws BadInput */
export function checkedFacts(facts: GroupFacts): GroupFacts {
  if (typeof facts.displayName !== 'string' || facts.displayName.trim() === '' || facts.displayName.length > 1024) {
    throw new BadInput('"displayName" must have 1 to 1,024 characters.');
  }
  const fault = lengthError(facts.displayName);
  if (fault) throw new BadInput(`"displayName" ${fault}.`);
  checkExternalId(facts.externalId);
  return facts;
}
