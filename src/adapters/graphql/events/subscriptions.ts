import { Arg, Args, ArgsType, Field, ID, Resolver, Root, Subscription } from 'type-graphql';
import { EventRecord } from '../../../events/event.js';
import { type EventType, eventTypes } from '../../../events/types.js';
import { CursorScalar } from '../../../kernel/node.js';
import { IdArg } from '../id-arg.js';
import { EventFilterInput } from './event-filter.js';
import { subscribing } from './follow-events.js';
import { ConnectionEvent, GroupEvent, typedEvents, UserEvent } from './typed-events.js';

@ArgsType()
class ObjectFollowArgs {
  @Field(() => CursorScalar, {
    nullable: true,
    description: 'Event cursor after which to start. Default: new events only.',
  })
  after?: string | null;
  @Field(() => EventFilterInput, { nullable: true, description: 'Conditions for the events. Default: all events.' })
  filter?: EventFilterInput | null;
}

@ArgsType()
class FollowArgs extends ObjectFollowArgs {
  @Field(() => ID, {
    nullable: true,
    description: "Organization to follow. Default: the caller's organization, or all organizations for platform keys.",
  })
  organizationId?: string | null;
}

@ArgsType()
class ConnectionFollowArgs extends FollowArgs {
  @Field(() => ID, {
    nullable: true,
    description:
      'Connection that the events concern, or that caused them. The caller must be able to read it. Default: all connections.',
  })
  connectionId?: string | null;
}

const all = Object.values(eventTypes);

/** Returns the types of the events about one kind of object. */
const typesAbout = (kind: 'user' | 'group' | 'connection') => all.filter((type) => type.startsWith(`${kind}.`));

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

  @Subscription(
    () => typedEvents['user.provisioned'],
    subscribing('USER_PROVISIONED events.', { types: ['user.provisioned'] }),
  )
  userProvisioned(
    @Root() event: EventRecord,
    @Args(() => ConnectionFollowArgs) _args: ConnectionFollowArgs,
  ): EventRecord {
    return event;
  }

  @Subscription(() => typedEvents['user.updated'], subscribing('USER_UPDATED events.', { types: ['user.updated'] }))
  userUpdated(@Root() event: EventRecord, @Args(() => ConnectionFollowArgs) _args: ConnectionFollowArgs): EventRecord {
    return event;
  }

  @Subscription(
    () => typedEvents['user.deprovisioned'],
    subscribing('USER_DEPROVISIONED events.', { types: ['user.deprovisioned'] }),
  )
  userDeprovisioned(
    @Root() event: EventRecord,
    @Args(() => ConnectionFollowArgs) _args: ConnectionFollowArgs,
  ): EventRecord {
    return event;
  }

  @Subscription(
    () => typedEvents['user.reactivated'],
    subscribing('USER_REACTIVATED events.', { types: ['user.reactivated'] }),
  )
  userReactivated(
    @Root() event: EventRecord,
    @Args(() => ConnectionFollowArgs) _args: ConnectionFollowArgs,
  ): EventRecord {
    return event;
  }

  @Subscription(
    () => GroupEvent,
    subscribing('GROUP_MEMBER_ADDED and GROUP_MEMBER_REMOVED events.', {
      types: ['group.member_added', 'group.member_removed'],
    }),
  )
  groupMembershipChanged(
    @Root() event: EventRecord,
    @Args(() => FollowArgs) _args: FollowArgs,
    @Arg('groupId', () => ID, {
      nullable: true,
      description: 'Group to follow. The caller must be able to read it. Default: all groups.',
    })
    _groupId?: string,
  ): EventRecord {
    return event;
  }

  @Subscription(
    () => ConnectionEvent,
    subscribing('Events about connections, including CONNECTION_MASS_CHANGE.', { types: typesAbout('connection') }),
  )
  connectionChanged(
    @Root() event: EventRecord,
    @Args(() => ConnectionFollowArgs) _args: ConnectionFollowArgs,
  ): EventRecord {
    return event;
  }

  @Subscription(
    () => UserEvent,
    subscribing(
      'All events about one user, for a page that shows the user. The cursors are those of the organization. A user that does not exist, or that the caller cannot read, is refused as in `Query.user`: with NOT_FOUND or FORBIDDEN.',
      { types: typesAbout('user'), object: 'user' },
    ),
  )
  userChanged(
    @Root() event: EventRecord,
    @Args(() => ObjectFollowArgs) _args: ObjectFollowArgs,
    @IdArg('user', 'userId') _userId: string,
  ): EventRecord {
    return event;
  }

  @Subscription(
    () => GroupEvent,
    subscribing(
      'All events about one group, including its members, for a page that shows the group. The cursors are those of the organization. A group that does not exist, or that the caller cannot read, is refused as in `Query.group`: with NOT_FOUND or FORBIDDEN.',
      { types: typesAbout('group'), object: 'group' },
    ),
  )
  groupChanged(
    @Root() event: EventRecord,
    @Args(() => ObjectFollowArgs) _args: ObjectFollowArgs,
    @IdArg('group', 'groupId') _groupId: string,
  ): EventRecord {
    return event;
  }
}
