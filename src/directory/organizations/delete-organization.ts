import { type EntityTarget, IsNull, Not } from 'typeorm';
import { authorize } from '../../access/authorize.js';
import type { Store } from '../../access/store.js';
import type { Tx } from '../../access/write.js';
import { scrubLog } from '../../events/scrub.js';
import { NotFound } from '../../kernel/errors.js';
import type { OrganizationId } from '../../kernel/ids.js';
import type { Database } from '../../storage/database.js';
import { Connection } from '../connections/connection.js';
import { Group } from '../groups/group.js';
import { ProvisioningRequest } from '../requests/provisioning-request.js';
import { endAllSessions } from '../sessions/session.js';
import { User } from '../users/user.js';
import { subjectOf } from './create-organization.js';
import { Domain } from './domain.js';
import { Organization } from './organization.js';

const batch = 1_000;

/**
 * Deletes the organization. With the commit it is gone for every caller: its keys, tokens and sessions are invalid, and
 * its domains and `externalId` can be used again. Its rows are deleted in the background. Its log keeps its positions,
 * without personal data, until retention is over.
 *
 * @throws NotFound, Forbidden for all but platform keys
 */
export async function deleteOrganization(tx: Tx): Promise<OrganizationId> {
  const where = { id: tx.organizationId, deletedAt: IsNull() };
  const organization = await tx.manager.findOne(Organization, { where, lock: { mode: 'pessimistic_write' } });
  if (!organization) throw new NotFound('organization');
  authorize(tx, 'organization.delete', { organizationId: organization.id });
  const { id, externalId } = organization;
  const sessions = await endAllSessions(tx);
  organization.deletedAt = tx.now;
  organization.updatedAt = tx.now;
  organization.status = 'DISABLED';
  organization.externalId = null;
  await tx.session.update(Organization, organization);
  await tx.manager.delete(Domain, { organizationId: tx.organizationId });
  tx.credentialsChanged = true;
  const data = { id, externalId, sessionsRevoked: sessions.length };
  tx.emit({ type: 'organization.deleted', subject: subjectOf(organization), data });
  return id;
}

/** Entity whose rows belong to an organization. */
type Contents = EntityTarget<{ organizationId: OrganizationId; id: string }>;

// Deletes these tables first; dependent rows are deleted by cascade. The log is deleted last, so that consumers receive
// the deletion.
const contents: Contents[] = [User, Group, ProvisioningRequest, Connection];

/** Deletes rows of deleted organizations in batches of 1,000. Returns true if more rows can be pending. */
export async function purgeOrganizations({ database }: Pick<Store, 'database'>): Promise<boolean> {
  const isDeleted = { deletedAt: Not(IsNull()) };
  const due = await database.manager.findOne(Organization, { where: isDeleted, order: { deletedAt: 'ASC' } });
  if (!due) return false;
  for (const entity of contents) if (await removeSome(database, entity, due.id)) return true;
  if (await scrubLog(database, due.id, batch)) return true;
  await database.manager.delete(Organization, { id: due.id, ...isDeleted });
  return true;
}

async function removeSome({ manager }: Database, entity: Contents, id: OrganizationId): Promise<boolean> {
  const first = manager.createQueryBuilder(entity, 'e').select('e.id').where('e.organizationId = :id').orderBy('e.id');
  const { affected } = await manager
    .createQueryBuilder()
    .delete()
    .from(entity)
    .where(`organization_id = :id and id in (${first.limit(batch).getQuery()})`, { id })
    .execute();
  return affected !== 0;
}
