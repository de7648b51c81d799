import type { Read } from '../../../access/write.js';
import type { Consumer } from '../../../delivery/consumers/consumer.js';
import { findConsumer } from '../../../delivery/consumers/consumers.js';
import { findConnection } from '../../../directory/connections/find-connections.js';
import { findGroup } from '../../../directory/groups/queries/find-groups.js';
import { findUser } from '../../../directory/users/queries/find-users.js';
import { isGiven } from '../../../events/cursor.js';
import type { EventRecord } from '../../../events/event.js';
import type { EventFilter } from '../../../events/filter.js';
import type { Progress } from '../../../events/follow.js';
import { anchorAt, placeAfter } from '../../../events/log.js';
import type { EventType } from '../../../events/types.js';
import { BadInput } from '../../../kernel/errors.js';
import type { OrganizationId } from '../../../kernel/ids.js';
import type { Context } from '../context.js';
import { type EventFilterInput, filterOf } from './event-filter.js';
import { logFor } from './resolvers.js';

/** Arguments of all subscriptions of events. */
interface Given {
  organizationId?: string | null;
  after?: string | null;
  consumerId?: string | null;
  types?: EventType[] | null;
  subjectId?: string | null;
  userId?: string | null;
  groupId?: string | null;
  connectionId?: string | null;
  filter?: EventFilterInput | null;
}

/** Properties of a subscription that do not depend on its arguments. */
interface Fixed {
  /** Types of the events. Default: all. */
  types?: readonly EventType[];
  /** Object that the subscription follows. Its log is that of the object's organization. */
  object?: 'user' | 'group';
}

/** Queries that find an object by its id. */
const finders = { user: findUser, group: findGroup, conn: findConnection } as const satisfies Record<
  string,
  (read: Read, id: string) => Promise<object>
>;

/** Finds an object as its query does, and returns its organization. @throws NotFound, Forbidden */
async function find(
  context: Context,
  of: OrganizationId | null,
  { kind, id }: { kind: keyof typeof finders; id: string },
): Promise<OrganizationId> {
  const read = of ? context.in(of) : await context.read(kind, id);
  await finders[kind](read, id);
  return read.organizationId;
}

/**
 * Returns the organization whose log is followed; null for all organizations. The caller must be able to read the
 * objects that the arguments name.
 *
 * @throws NotFound, Forbidden
 */
async function logOf(context: Context, given: Given, { object }: Fixed): Promise<OrganizationId | null> {
  const { organizationId, groupId, connectionId } = given;
  if (object) {
    const id = (object === 'user' ? given.userId : groupId) ?? '';
    return logFor(context, await find(context, context.principal.organizationId, { kind: object, id }));
  }
  const of = await logFor(context, organizationId);
  if (groupId != null) await find(context, of, { kind: 'group', id: groupId });
  if (connectionId != null) await find(context, of, { kind: 'conn', id: connectionId });
  return of;
}

/**
 * Returns the start of a subscription: after the cursor, after the last event that the named consumer has acknowledged,
 * or the current end of the log.
 */
async function anchorOf({ after }: Given, consumer: Consumer | null, context: Context, of: OrganizationId | null) {
  const { database, history, tails } = context.store;
  // A reconnecting client repeats its request, so the header is newer (HTML standard, server-sent events).
  const cursor = context.socket?.lastEventId || after;
  if (isGiven(cursor)) return placeAfter(database, history, { organizationId: of, after: cursor });
  if (!consumer) return tails.feed(of).head();
  // A consumer that was disconnected for too long gets the same error as any expired cursor.
  const acknowledged = history.cursorAt(of, await anchorAt(database, of, consumer.place));
  return placeAfter(database, history, { organizationId: of, after: acknowledged });
}

/** Returns the filter of a subscription. @throws BadInput */
function followedBy(given: Given, { types: fixed }: Fixed, consumer: Consumer | null): EventFilter {
  const subjectId = given.subjectId ?? given.userId ?? given.groupId;
  const filter = filterOf(given.filter, { types: given.types, subjectId });
  if (given.connectionId != null && filter.connectionIds)
    throw new BadInput('Send "connectionId" or "filter.connectionIds", not both.', 'connectionId');
  const types = filter.types ?? (consumer?.types.length ? consumer.types : undefined);
  return {
    ...filter,
    types: fixed && types ? fixed.filter((type) => types.includes(type)) : (fixed ?? types),
    connectionIds: given.connectionId != null ? [given.connectionId] : filter.connectionIds,
  };
}

/**
 * Yields the events after the cursor, then new events, in batches. Errors of the request are thrown before the first
 * event. The transport checks the credential and the peer.
 */
async function follow(
  context: Context,
  given: Given,
  fixed: Fixed,
): Promise<AsyncGenerator<EventRecord[] | Progress, void>> {
  const of = await logOf(context, given, fixed);
  const consumer = given.consumerId == null ? null : await findConsumer(context, given.consumerId, of);
  const after = await anchorOf(given, consumer, context, of);
  const signal = context.socket?.signal ?? new AbortController().signal;
  const filter = followedBy(given, fixed, consumer);
  return context.store.tails.follow(of, { after, filter, signal, progressMs: context.store.progressMs });
}

const delivery =
  'Each event is sent exactly once, in the order of the log. With `after`, the events after this cursor are sent first, then new events, without a gap. Default: new events only. After a reconnect, resume after the last processed event: later events that were already sent are sent again.';

/** Returns the options of a subscription of events. */
export const subscribing = (description: string, fixed: Fixed = {}) => ({
  description: `${description} ${delivery}`,
  subscribe: ({ args, context }: { args: unknown; context: unknown }) =>
    follow(context as Context, args as Given, fixed),
});
