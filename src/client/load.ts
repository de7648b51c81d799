import type { Client } from './client.js';
import { SnapshotDocument, type SnapshotQuery } from './generated.js';
import { RollcallError } from './rollcall-error.js';

type Page = NonNullable<NonNullable<SnapshotQuery['organization']>['snapshot']>;

/** One page of an organization's snapshot, with the cursor to continue from after the last page. */
export type Loaded = Page;

/**
 * Yields all data of an organization, page by page: users, then groups, then memberships. After the last page, follow
 * the events from the `cursor` of any page and apply them to the loaded data: each event contains the state after its
 * change.
 *
 * @throws RollcallError
 */
export async function* load(client: Client, organizationId: string, first = 1_000): AsyncGenerator<Loaded, void> {
  for (let after: string | null = null; ; ) {
    const { organization }: SnapshotQuery = await client.request(SnapshotDocument, { organizationId, first, after });
    if (!organization?.snapshot)
      throw new RollcallError(
        'The organization was not found. Check the id, and that the credential can see it.',
        'NOT_FOUND',
        [],
      );
    yield organization.snapshot;
    after = organization.snapshot.next;
    if (after === null) return;
  }
}
