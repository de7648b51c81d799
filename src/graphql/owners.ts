import { enter } from '../access/enter.js';
import type { Principal } from '../access/principal.js';
import { countAfter } from '../events/read.js';
import type { EventType } from '../events/types.js';
import type { OrganizationId } from '../ids.js';
import type { Context } from './context.js';

/** A lag is counted up to here. */
export const mostLag = 100_000;

/** How many events a cursor that the server keeps has still to pass. */
export function lagOf(
  { store }: Context,
  { organizationId, place, types }: { organizationId: OrganizationId | null; place: number; types: EventType[] },
): Promise<number> {
  const filter = types.length > 0 ? { types } : {};
  return countAfter(store.database, organizationId, { after: place, filter, most: mostLag });
}

/** Who is to own something new: the organization that is named, else whoever calls. @throws NotFound */
export const ownerOf = async ({ store, principal }: Context, id: string | null | undefined): Promise<Principal> =>
  id ? enter(store, principal, 'org', id) : principal;

/** The cursor of this moment: whatever commits after it lies behind it. */
export async function nowIn({ store }: Context, organizationId: OrganizationId | null): Promise<string> {
  return store.history.cursorAt(organizationId, await store.tails.feed(organizationId).head());
}
