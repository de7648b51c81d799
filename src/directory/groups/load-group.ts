import type { Read, Tx } from '../../access/write.js';
import { NotFound } from '../../errors.js';
import { parseId } from '../../ids.js';
import { Group } from './group.js';

/** The group, locked: changes of its name and of its members wait for each other. @throws NotFound */
export async function lockGroup(tx: Tx, id: string): Promise<Group> {
  return one(tx, id, 'organization_id = $1 and id = $2 for update');
}

/** The group, for whoever may see it. @throws NotFound */
export async function loadGroup(read: Read, id: string): Promise<Group> {
  return one(read, id, 'organization_id = $1 and id = $2');
}

async function one({ session, organizationId, principal }: Read, id: string, condition: string): Promise<Group> {
  const key = parseId('group', id);
  const [group] = key ? await session.rows(Group, condition, [organizationId, key]) : [];
  // For an IdP only its own groups exist.
  const visible = group && (principal.kind !== 'scim' || group.connectionId === principal.connectionId);
  if (!visible) throw new NotFound('group');
  return group;
}
