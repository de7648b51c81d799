import { Arg, Args, ArgsType, Field, ID, Resolver, Root, Subscription } from 'type-graphql';
import type { Consumer } from '../../../delivery/consumers/consumer.js';
import { findConsumer } from '../../../delivery/consumers/consumers.js';
import { isGiven } from '../../../events/cursor.js';
import { EventRecord } from '../../../events/event.js';
import type { EventFilter } from '../../../events/filter.js';
import type { Progress } from '../../../events/follow.js';
import { anchorAt, placeAfter } from '../../../events/log.js';
import { type EventType, eventTypes } from '../../../events/types.js';
import type { OrganizationId } from '../../../kernel/ids.js';
import { CursorScalar } from '../../../kernel/node.js';
import type { Context } from '../context.js';
import { EventFilterInput, filterOf } from './event-filter.js';
import { logFor } from './resolvers.js';
import { ConnectionEvent, GroupEvent, typedEvents } from './typed-events.js';

interface Following {
  organizationId?: string | null;
  after?: string | null;
  consumerId?: string | null;
  types?: EventType[] | null;
  subjectId?: string | null;
  groupId?: string | null;
  filter?: EventFilterInput | null;
  /** Types of a subscription that has fixed ones. */
  fixed?: readonly EventType[];
}

/**
 * Returns the start of a subscription: after the cursor, after the last event that the named consumer has acknowledged,
 * or the current end of the log.
 */
async function anchorOf({ after }: Following, consumer: Consumer | null, context: Context, of: OrganizationId | null) {
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
function followedBy({ fixed, ...args }: Following, consumer: Consumer | null): EventFilter {
  const filter = filterOf(args.filter, { types: args.types, subjectId: args.subjectId ?? args.groupId });
  const types = filter.types ?? (consumer?.types.length ? consumer.types : undefined);
  return { ...filter, types: fixed && types ? fixed.filter((type) => types.includes(type)) : (fixed ?? types) };
}

/**
 * Yields the events after the cursor, then new events, in batches. Errors of the request are thrown before the first
 * event. The transport checks the credential and the peer.
 */
async function follow(context: Context, args: Following): Promise<AsyncGenerator<EventRecord[] | Progress, void>> {
  const of = await logFor(context, args.organizationId);
  const consumer = args.consumerId ? await findConsumer(context, args.consumerId, of) : null;
  const after = await anchorOf(args, consumer, context, of);
  const signal = context.socket?.signal ?? new AbortController().signal;
  const filter = followedBy(args, consumer);
  return context.store.tails.follow(of, { after, filter, signal, progressMs: context.store.progressMs });
}

const replay =
  'With `after`, the events after this cursor are sent first, then new events, without a gap or a repetition. Default: new events only.';
const subscribing = (description: string, ...types: EventType[]) => ({
  description: `${description} ${replay}`,
  subscribe: ({ args, context }: { args: unknown; context: unknown }) =>
    follow(context as Context, { ...(args as Following), ...(types.length > 0 && { fixed: types }) }),
});

@ArgsType()
class FollowArgs {
  @Field(() => ID, {
    nullable: true,
    description: "Organization to follow. Default: the caller's organization, or all organizations for platform keys.",
  })
  organizationId?: string | null;
  @Field(() => CursorScalar, {
    nullable: true,
    description: 'Event cursor after which to start. Default: new events only.',
  })
  after?: string | null;
  @Field(() => EventFilterInput, { nullable: true, description: 'Conditions for the events. Default: all events.' })
  filter?: EventFilterInput | null;
}

@Resolver(() => EventRecord)
export class EventSubscriptions {
  @Subscription(() => EventRecord, subscribing('Events of all types.'))
  events(
    @Root() event: EventRecord,
    @Args(() => FollowArgs) _args: FollowArgs,
    @Arg('types', () => [eventTypes], {
      nullable: true,
      description: 'Event types to receive. Default: all.',
      deprecationReason: 'Use filter.types.',
    })
    _types?: EventType[],
    @Arg('subjectId', () => ID, {
      nullable: true,
      description: "Id of the events' subject. Default: all subjects.",
      deprecationReason: 'Use filter.subjectIds.',
    })
    _subjectId?: string,
    @Arg('consumerId', () => ID, {
      nullable: true,
      description:
        'Named consumer. Without `after`, events start after its last acknowledged event. Without `filter.types`, its types apply.',
    })
    _consumerId?: string,
  ): EventRecord {
    return event;
  }

  @Subscription(() => typedEvents['user.provisioned'], subscribing('USER_PROVISIONED events.', 'user.provisioned'))
  userProvisioned(@Root() event: EventRecord, @Args(() => FollowArgs) _args: FollowArgs): EventRecord {
    return event;
  }

  @Subscription(() => typedEvents['user.updated'], subscribing('USER_UPDATED events.', 'user.updated'))
  userUpdated(@Root() event: EventRecord, @Args(() => FollowArgs) _args: FollowArgs): EventRecord {
    return event;
  }

  @Subscription(
    () => typedEvents['user.deprovisioned'],
    subscribing('USER_DEPROVISIONED events.', 'user.deprovisioned'),
  )
  userDeprovisioned(@Root() event: EventRecord, @Args(() => FollowArgs) _args: FollowArgs): EventRecord {
    return event;
  }

  @Subscription(() => typedEvents['user.reactivated'], subscribing('USER_REACTIVATED events.', 'user.reactivated'))
  userReactivated(@Root() event: EventRecord, @Args(() => FollowArgs) _args: FollowArgs): EventRecord {
    return event;
  }

  @Subscription(
    () => GroupEvent,
    subscribing('GROUP_MEMBER_ADDED and GROUP_MEMBER_REMOVED events.', 'group.member_added', 'group.member_removed'),
  )
  groupMembershipChanged(
    @Root() event: EventRecord,
    @Args(() => FollowArgs) _args: FollowArgs,
    @Arg('groupId', () => ID, { nullable: true, description: 'Group to follow. Default: all groups.' })
    _groupId?: string,
  ): EventRecord {
    return event;
  }

  @Subscription(
    () => ConnectionEvent,
    subscribing(
      'Events about connections, without CONNECTION_MASS_CHANGE.',
      'connection.created',
      'connection.updated',
      'connection.deleted',
      'connection.token_rotated',
      'connection.attention',
    ),
  )
  connectionChanged(@Root() event: EventRecord, @Args(() => FollowArgs) _args: FollowArgs): EventRecord {
    return event;
  }
}
