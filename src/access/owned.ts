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
  const condition = 'id = $1 and ($2::text is null or organization_id = $2)';
  const [found] = await session.rows(entity, lock ? `${condition} for update` : condition, [id, organizationId]);
  return found;
}
