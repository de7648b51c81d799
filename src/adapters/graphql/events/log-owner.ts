import type { Principal } from '../../../access/principal.js';
import { enter } from '../../../authentication/enter.js';
import { mostLag } from '../../../delivery/consumers/unread-events.js';
import { countAfter } from '../../../events/read.js';
import type { EventType } from '../../../events/types.js';
import type { OrganizationId } from '../../../kernel/ids.js';
import type { Context } from '../context.js';

/** Returns the number of events after a stored cursor. */
export function lagOf(
  { store }: Context,
  { organizationId, place, types }: { organizationId: OrganizationId | null; place: number; types: EventType[] },
): Promise<number> {
  const filter = types.length > 0 ? { types } : {};
  return countAfter(store.database, organizationId, { after: place, filter, most: mostLag });
}

/** Returns the owner of a new object: the given organization, or else the caller. @throws NotFound */
export const ownerOf = async ({ store, principal }: Context, id: string | null | undefined): Promise<Principal> =>
  id == null ? principal : enter(store, principal, 'org', id);

/** Returns the cursor of the current end of the log. Events committed later come after it. */
export async function currentCursor({ store }: Context, organizationId: OrganizationId | null): Promise<string> {
  return store.history.cursorAt(organizationId, await store.tails.feed(organizationId).head());
}
