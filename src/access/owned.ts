import type { OrganizationId } from '../kernel/ids.js';
import type { Session } from '../storage/session.js';
import { type Sql, sql } from '../storage/sql.js';
import type { Principal } from './principal.js';

/** Row of an organization, or of the platform. Only platform keys read rows of the platform. */
interface Owned {
  organizationId: string | null;
}

/**
 * Returns the row with this id if the caller can see it; undefined if it is unknown or belongs to another organization.
 */
export async function findOwned<T extends Owned>(
  session: Session,
  entity: new () => T,
  { organizationId }: Pick<Principal, 'organizationId'>,
  id: string | null,
  { lock = false }: { lock?: boolean } = {},
): Promise<T | undefined> {
  if (id === null) return undefined;
  const query = session.manager.createQueryBuilder(entity, 'owned').where('owned.id = :id', { id });
  if (organizationId !== null) query.andWhere('owned.organizationId = :organizationId', { organizationId });
  if (lock) query.setLock('pessimistic_write');
  return (await query.getOne()) ?? undefined;
}

/** Returns the condition for rows of an organization, or of the platform if it is null. */
export const ownedBy = (organizationId: OrganizationId | null): Sql =>
  organizationId === null ? sql`organization_id is null` : sql`organization_id = ${organizationId}`;
