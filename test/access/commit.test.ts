import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { commit } from '../../src/access/commit.js';
import type { Appended } from '../../src/events/append.js';
import { OutcomeUnknown, Unavailable } from '../../src/kernel/errors.js';
import { startServer } from '../support/server.js';
import { oktaUser, type Tenant, World } from '../support/world.js';

let server: Awaited<ReturnType<typeof startServer>>;
let tenant: Tenant;
beforeAll(async () => {
  server = await startServer();
  tenant = await new World(server).tenant();
  await tenant.scim('POST', '/Users', oktaUser('a@acme.com'));
});
afterAll(() => server.close());

/** A session whose connection is lost at COMMIT. */
const lost = {
  commit: async () => {
    throw new Unavailable();
  },
};

async function newest(): Promise<Appended> {
  const [event] = await server.database.query<Appended>(
    'select position, id, xmin::text as xid from events where organization_id = $1 order by position desc limit 1',
    [tenant.organizationId],
  );
  return event as Appended;
}
const committing = (appended: Appended | null) =>
  commit(server, lost, appended && { ...appended, organizationId: tenant.organizationId as never });

test('a commit whose response is lost succeeds if the log contains its event', async () => {
  await expect(committing(await newest())).resolves.toBeUndefined();
});

test('an event of another transaction at the same position does not confirm the commit', async () => {
  const event = await newest();
  const another = { ...event, id: `${event.id.slice(0, -4)}0000` } as Appended;
  await expect(committing(another)).rejects.toThrow(OutcomeUnknown);
});

test('without an event the outcome of the commit is unknown', async () => {
  await expect(committing(null)).rejects.toThrow(OutcomeUnknown);
});
