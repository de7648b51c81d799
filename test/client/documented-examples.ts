import {
  type Client,
  type ConsumerStore,
  type CursorStore,
  type Loaded,
  load,
  RollcallError,
  type RollcallEvent,
  type UserDeprovisionedData,
  verifyWebhook,
} from '../../src/client/index.js';

/**
 * The examples of docs/events.md, so that `npm run types` checks them. `event-types.test.ts` compares them with the page.
 */
interface Application {
  revokeAccess(userId: string, reason: UserDeprovisionedData['reason']): Promise<void>;
  setRoles(userId: string, roles: string[]): Promise<void>;
}

export async function follow(client: Client, store: ConsumerStore, { revokeAccess, setRoles }: Application) {
  // Example: following.
  for await (const event of client.events({ store })) {
    switch (event.type) {
      case 'USER_DEPROVISIONED':
        await revokeAccess(event.data.id, event.data.reason);
        break;
      case 'USER_ROLES_CHANGED':
        if (!event.data.scrubbed) await setRoles(event.data.id, event.data.roles);
        break;
      default: // Types that you do not need, and types of newer servers.
        break;
    }
  }
  // End of the example.
}

export async function receive(
  request: { headers: Headers; body: string },
  { secret, revokeAccess }: Pick<Application, 'revokeAccess'> & { secret: string },
): Promise<void> {
  // Example: webhooks.
  const event = verifyWebhook(request.headers, request.body, secret);
  if (event.type === 'webhook.test') return;
  if (event.type === 'user.deprovisioned') await revokeAccess(event.subject.id, event.data.reason);
  // End of the example.
}

interface Copy {
  apply(event: RollcallEvent): Promise<void>;
  replaceCopy(pages: Loaded[]): Promise<void>;
}

export async function recover(
  client: Client,
  { organizationId, store, signal }: { organizationId: string; store: CursorStore; signal: AbortSignal },
  { apply, replaceCopy }: Copy,
): Promise<void> {
  // Example: recovery.
  while (!signal.aborted) {
    try {
      for await (const event of client.events({ organizationId, store, signal })) await apply(event);
    } catch (error) {
      if (!(error instanceof RollcallError && error.code === 'CURSOR_EXPIRED')) throw error;
      const pages = [];
      for await (const page of load(client, organizationId)) pages.push(page);
      await replaceCopy(pages); // Delete users, groups and memberships that the snapshot does not contain.
      await store.save(pages[0]?.cursor ?? '');
    }
  }
  // End of the example.
}

export async function recoverAll(
  client: Client,
  { store, signal }: { store: ConsumerStore; signal: AbortSignal },
  {
    apply,
    replaceCopy,
    organizationIds,
  }: {
    apply(event: RollcallEvent): Promise<void>;
    replaceCopy(pages: Loaded[], organizationId: string): Promise<void>;
    organizationIds(): Promise<string[]>;
  },
): Promise<void> {
  // Example: recovery of the stream of all organizations.
  while (!signal.aborted) {
    try {
      for await (const event of client.events({ store, signal })) await apply(event);
    } catch (error) {
      if (!(error instanceof RollcallError && error.code === 'CURSOR_EXPIRED')) throw error;
      const cursor = await client.eventCursor(); // Read it before the snapshots, so that no event is missing.
      for (const organizationId of await organizationIds()) {
        const pages = [];
        for await (const page of load(client, organizationId)) pages.push(page);
        await replaceCopy(pages, organizationId);
      }
      await store.save(cursor);
    }
  }
  // End of the example.
}
