import { Arg, Args, ArgsType, Field, ID, Resolver, Root, Subscription } from 'type-graphql';
import type { Consumer } from '../../../delivery/consumers/consumer.js';
import { findConsumer } from '../../../delivery/consumers/consumers.js';
import { isGiven } from '../../../events/cursor.js';
import { EventRecord } from '../../../events/event.js';
import type { Progress } from '../../../events/follow.js';
import { anchorAt, placeAfter } from '../../../events/log.js';
import { type EventType, eventTypes } from '../../../events/types.js';
import type { OrganizationId } from '../../../kernel/ids.js';
import { CursorScalar } from '../../../kernel/node.js';
import type { Context } from '../context.js';
import { filterOf, logFor } from './resolvers.js';

interface Following {
  organizationId?: string | null;
  after?: string | null;
  consumerId?: string | null;
  types?: EventType[] | null;
  subjectId?: string | null;
  groupId?: string | null;
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

/**
 * Yields the events after the cursor, then new events, in batches. Errors of the request are thrown before the first
 * event. The transport checks the credential and the peer.
 */
async function follow(context: Context, args: Following): Promise<AsyncGenerator<EventRecord[] | Progress, void>> {
  const of = await logFor(context, args.organizationId);
  const consumer = args.consumerId ? await findConsumer(context, args.consumerId, of) : null;
  const after = await anchorOf(args, consumer, context, of);
  const signal = context.socket?.signal ?? new AbortController().signal;
  const types = args.types ?? (consumer?.types.length ? consumer.types : undefined);
  const filter = filterOf({ types, subjectId: args.subjectId ?? args.groupId });
  return context.store.tails.follow(of, { after, filter, signal, progressMs: context.store.progressMs });
}

const replay =
  'Events past `after` are replayed from the log, then delivery goes on live, without a gap or a repeat. Without it: from now on.';
const subscribing = (...types: EventType[]) => ({
  description: replay,
  subscribe: ({ args, context }: { args: unknown; context: unknown }) =>
    follow(context as Context, { ...(args as Following), ...(types.length > 0 && { types }) }),
});

@ArgsType()
class FollowArgs {
  @Field(() => ID, {
    nullable: true,
    description:
      'May be left out by callers that belong to one organization; keys of the platform that leave it out follow all.',
  })
  organizationId?: string | null;
  @Field(() => CursorScalar, { nullable: true })
  after?: string | null;
}

@Resolver(() => EventRecord)
export class EventSubscriptions {
  @Subscription(() => EventRecord, subscribing())
  events(
    @Root() event: EventRecord,
    @Args(() => FollowArgs) _args: FollowArgs,
    @Arg('types', () => [eventTypes], { nullable: true }) _types?: EventType[],
    @Arg('subjectId', () => ID, { nullable: true }) _subjectId?: string,
    @Arg('consumerId', () => ID, {
      nullable: true,
      description: 'Without `after`: from what this named consumer has acknowledged; without `types`: its own.',
    })
    _consumerId?: string,
  ): EventRecord {
    return event;
  }

  @Subscription(() => EventRecord, subscribing('user.provisioned'))
  userProvisioned(@Root() event: EventRecord, @Args(() => FollowArgs) _args: FollowArgs): EventRecord {
    return event;
  }

  @Subscription(() => EventRecord, subscribing('user.updated'))
  userUpdated(@Root() event: EventRecord, @Args(() => FollowArgs) _args: FollowArgs): EventRecord {
    return event;
  }

  @Subscription(() => EventRecord, subscribing('user.deprovisioned'))
  userDeprovisioned(@Root() event: EventRecord, @Args(() => FollowArgs) _args: FollowArgs): EventRecord {
    return event;
  }

  @Subscription(() => EventRecord, subscribing('user.reactivated'))
  userReactivated(@Root() event: EventRecord, @Args(() => FollowArgs) _args: FollowArgs): EventRecord {
    return event;
  }

  @Subscription(() => EventRecord, subscribing('group.member_added', 'group.member_removed'))
  groupMembershipChanged(
    @Root() event: EventRecord,
    @Args(() => FollowArgs) _args: FollowArgs,
    @Arg('groupId', () => ID, { nullable: true, description: 'This group only.' }) _groupId?: string,
  ): EventRecord {
    return event;
  }

  @Subscription(
    () => EventRecord,
    subscribing(
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
