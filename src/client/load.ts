import type { Client } from './client.js';
import { SnapshotDocument, type SnapshotQuery } from './generated.js';
import { RollcallError } from './rollcall-error.js';

type Page = NonNullable<SnapshotQuery['organization']>['snapshot'];

/** One page of what an organization has, and the cursor to follow from once the last one is loaded. */
export type Loaded = Page;

/**
 * Everything that an organization has, page by page: users, then groups, then memberships. Follow from the `cursor` of any
 * page after the last, and lay the events over what was loaded: each carries the state after its change.
 *
 * @throws RollcallError
 */
export async function* load(client: Client, organizationId: string, first = 1_000): AsyncGenerator<Loaded, void> {
  for (let after: string | null = null; ; ) {
    const { organization }: SnapshotQuery = await client.request(SnapshotDocument, { organizationId, first, after });
    if (!organization) throw new RollcallError('There is no such organization.', 'NOT_FOUND', []);
    yield organization.snapshot;
    after = organization.snapshot.next;
    if (after === null) return;
  }
}
