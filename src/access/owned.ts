import type { Session } from '../storage/database.js';
import type { Principal } from './principal.js';

/** What belongs to an organization, or to the platform and then to its keys alone. */
interface Owned {
  organizationId: string | null;
}

/** The one thing of that id that the caller may know of; undefined for what is another organization's, or nobody's. */
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
