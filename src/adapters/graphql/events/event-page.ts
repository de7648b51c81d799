import { ArgsType, Field, Int } from 'type-graphql';
import { beginning, isGiven } from '../../../events/cursor.js';
import type { EventRecord } from '../../../events/event.js';
import type { EventFilter } from '../../../events/filter.js';
import { placeAfter } from '../../../events/log.js';
import { BadInput, CursorInvalid } from '../../../kernel/errors.js';
import type { OrganizationId } from '../../../kernel/ids.js';
import { CursorScalar } from '../../../kernel/node.js';
import type { Context } from '../context.js';
import { defaultPage, Page, sizeOf } from '../lists/paging.js';
import { EventFilterInput } from './event-filter.js';

/** Maximum page size for events. It is larger than for other lists, because events are small and read in bulk. */
const maximumEvents = 1_000;

@ArgsType()
export class EventPageArgs {
  @Field(() => Int, {
    nullable: true,
    description: `Page size. Default ${defaultPage}, maximum ${maximumEvents.toLocaleString('en-US')}.`,
  })
  first?: number | null;
  @Field(() => CursorScalar, {
    nullable: true,
    description: 'Event cursor after which the page starts. Default: the oldest retained event.',
  })
  after?: string | null;
  @Field(() => Int, {
    nullable: true,
    description: 'Page size, counted from the newest event. Cannot be combined with `first`.',
  })
  last?: number | null;
  @Field(() => CursorScalar, {
    nullable: true,
    description: 'Event cursor before which the page ends. Default: the newest event.',
  })
  before?: string | null;
  @Field(() => EventFilterInput, { nullable: true, description: 'Conditions for the events. Default: all events.' })
  filter?: EventFilterInput | null;
}

/**
 * Returns a page of one organization's log, or of the log of all organizations for platform callers, in the order of the
 * log.
 *
 * @throws BadInput, CursorInvalid, CursorExpired
 */
export async function eventsPage(
  context: Context,
  organizationId: OrganizationId | null,
  { first, after, last, before }: EventPageArgs,
  filter: EventFilter,
): Promise<Page<EventRecord>> {
  if (first != null && last != null) throw new BadInput('Send "first" or "last", not both.', 'last');
  const { database, history, tails } = context.store;
  const isFromEnd = last != null || (isGiven(before) && first == null);
  const size = sizeOf(isFromEnd ? last : first, maximumEvents, isFromEnd ? 'last' : 'first');
  const feed = tails.feed(organizationId);
  const from = isGiven(after) ? await placeAfter(database, history, { organizationId, after }) : beginning;
  const end = isGiven(before) ? endOf(context, organizationId, before) : null;
  const head = await feed.head();
  const upTo = end ? Math.min(end.place - 1, head.place) : head.place;
  const { events } = await feed.read({ after: from, upTo, limit: size + 1, filter, isFromEnd });
  await end?.check();
  const isMore = events.length > size;
  const shown = isFromEnd ? events.slice(isMore ? 1 : 0) : events.slice(0, size);
  const hasNextPage = isFromEnd ? end !== null && shown.length > 0 : isMore;
  // The cursor of a client that polls with a filter without matches must still advance, or its events are deleted.
  const seen = head.place > from.place ? head : from;
  const endCursor = !hasNextPage && !end && seen.place > 0 ? history.cursorAt(organizationId, seen) : null;
  const ends = { hasNextPage, hasPreviousPage: isFromEnd ? isMore : from.place > 0, endCursor };
  return new Page(shown, ends, (event) => history.cursorOf(event));
}

/**
 * Returns the position of a cursor, and a check that the log contains the cursor's event there. The check follows the
 * read: if a restore happened between the two, the page is refused.
 */
function endOf({ store }: Context, organizationId: OrganizationId | null, cursor: string) {
  const named = (error: unknown) => (error instanceof CursorInvalid ? new CursorInvalid('before') : error);
  try {
    const { place } = store.history.parse(cursor, organizationId);
    const check = async () => {
      await placeAfter(store.database, store.history, { organizationId, after: cursor }).catch((error: unknown) => {
        throw named(error);
      });
    };
    return { place, check };
  } catch (error) {
    throw named(error);
  }
}
