import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Int,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { authorize } from '../../../access/authorize.js';
import { ApiKey } from '../../../credentials/api-keys/api-key.js';
import { Connection } from '../../../directory/connections/connection.js';
import { Group } from '../../../directory/groups/group.js';
import { goneOrganization, Organization } from '../../../directory/organizations/organization.js';
import { User } from '../../../directory/users/user.js';
import { beginning, isGiven } from '../../../events/cursor.js';
import { EventRecord } from '../../../events/event.js';
import { placeAfter } from '../../../events/log.js';
import type { EventFilter } from '../../../events/read.js';
import { type EventType, eventTypes } from '../../../events/types.js';
import type { OrganizationId } from '../../../kernel/ids.js';
import { CursorScalar, enumType } from '../../../kernel/node.js';
import type { Context } from '../context.js';
import { EventPage } from '../lists/pages.js';
import { defaultPage, Page, sizeOf } from '../lists/paging.js';
import { currentCursor } from './log-owner.js';

export const actorKinds = enumType('ActorKind', 'Kind of originator.', {
  SCIM: 'An IdP through SCIM.',
  SSO: 'A sign-in.',
  API: 'An API key.',
  USER: 'A signed-in user.',
  SYSTEM: 'The server itself, such as a timer.',
  SETUP_LINK: 'A setup link. Only `Viewer.kind` has this value: events record changes through a setup link as USER.',
});

@ObjectType('Actor', { simpleResolvers: true, description: 'The originator of a change.' })
export class Actor {
  organizationId: OrganizationId;
  id: string | null;
  @Field(() => actorKinds)
  kind: keyof typeof actorKinds;
}

/** Maximum page size for events. It is larger than for other lists, because events are small and read in bulk. */
const maximumEvents = 1_000;

@ArgsType()
class EventPageArgs {
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
}

@ArgsType()
class EventArgs extends EventPageArgs {
  @Field(() => Date, { nullable: true, description: 'Earliest time of an event.' })
  since?: Date | null;
  @Field(() => [eventTypes], { nullable: true, description: 'Event types to return. Default: all.' })
  types?: EventType[] | null;
  @Field(() => ID, { nullable: true, description: "Id of the events' subject." })
  subjectId?: string | null;
}

@ArgsType()
class LogArgs extends EventArgs {
  @Field(() => ID, {
    nullable: true,
    description: "Organization of the log. Default: the caller's organization, or all organizations for platform keys.",
  })
  organizationId?: string | null;
}

/** Returns a page of one organization's log, or of the log of all organizations for platform callers. */
async function eventsPage(
  context: Context,
  organizationId: OrganizationId | null,
  { first, after }: EventPageArgs,
  filter: EventFilter,
) {
  const { database, history, tails } = context.store;
  const size = sizeOf(first, maximumEvents);
  const feed = tails.feed(organizationId);
  const from = isGiven(after) ? await placeAfter(database, history, { organizationId, after }) : beginning;
  const head = await feed.head();
  const { events } = await feed.read({ after: from, upTo: head.place, limit: size + 1, filter });
  const hasNextPage = events.length > size;
  // The cursor of a client that polls with a filter without matches must still advance, or its events are deleted.
  const seen = head.place > from.place ? head : from;
  const endCursor = !hasNextPage && seen.place > 0 ? history.cursorAt(organizationId, seen) : null;
  const ends = { hasNextPage, hasPreviousPage: from.place > 0, endCursor };
  return new Page(events.slice(0, size), ends, (event) => history.cursorOf(event));
}

/**
 * Returns the organization whose log the caller can read; null for the log of all organizations, which requires a
 * platform key. @throws Forbidden, NotFound
 */
export async function logFor(context: Context, id: string | null | undefined): Promise<OrganizationId | null> {
  const of = id ?? context.principal.organizationId;
  if (!of) {
    authorize(context, 'event.read');
    return null;
  }
  const read = await context.read('org', of);
  authorize(read, 'event.read', { organizationId: read.organizationId });
  return read.organizationId;
}

export const filterOf = ({
  since,
  types,
  subjectId,
}: Pick<EventArgs, 'since' | 'types' | 'subjectId'>): EventFilter => ({
  since: since ?? undefined,
  types: types ?? undefined,
  subjectId: subjectId ?? undefined,
});

@Resolver(() => Organization)
export class OrganizationEventsResolver {
  @FieldResolver(() => EventPage, {
    name: 'events',
    description:
      'Events of the organization, oldest first, starting after the event cursor `after`. Default: from the oldest retained event.',
  })
  async organizationEvents(
    @Root() { id }: Organization,
    @Args(() => EventArgs) args: EventArgs,
    @Ctx() context: Context,
  ) {
    return eventsPage(context, await logFor(context, id), args, filterOf(args));
  }

  @Query(() => EventPage, {
    description:
      'Events of one organization, or of all organizations for platform keys without `organizationId`. The events of each organization are complete and in order.',
  })
  async events(@Args(() => LogArgs) args: LogArgs, @Ctx() context: Context) {
    return eventsPage(context, await logFor(context, args.organizationId), args, filterOf(args));
  }
}

@Resolver()
export class EventCursorResolver {
  @Query(() => CursorScalar, {
    description: 'Cursor of the current end of the log. Events committed later come after it.',
  })
  async eventCursor(
    @Arg('organizationId', () => ID, {
      nullable: true,
      description:
        "Organization of the log. Default: the caller's organization, or all organizations for platform keys.",
    })
    organizationId: string | null | undefined,
    @Ctx() context: Context,
  ): Promise<string> {
    return currentCursor(context, await logFor(context, organizationId));
  }
}

@Resolver(() => User)
export class UserEventsResolver {
  @FieldResolver(() => EventPage, { description: 'Events that concern the user, oldest first.' })
  async events(
    @Root() { id, organizationId }: User,
    @Args(() => EventPageArgs) args: EventPageArgs,
    @Ctx() context: Context,
  ) {
    return eventsPage(context, await logFor(context, organizationId), args, { subjectId: id });
  }
}

@Resolver(() => EventRecord)
export class EventResolver {
  @FieldResolver(() => CursorScalar, { description: 'Cursor of the event. Continue after it.' })
  cursor(@Root() event: EventRecord, @Ctx() { store }: Context): string {
    return store.history.cursorOf(event);
  }

  @FieldResolver(() => Organization)
  async organization(@Root() { organizationId }: EventRecord, @Ctx() { loaders }: Context): Promise<Organization> {
    const found = await loaders.organization.load({ organizationId, id: organizationId });
    return found ?? goneOrganization(organizationId);
  }

  @FieldResolver(() => Actor)
  actor(@Root() { organizationId, actorKind, actorId }: EventRecord): Actor {
    return { organizationId, id: actorId, kind: actorKind as Actor['kind'] };
  }

  @FieldResolver(() => User, {
    nullable: true,
    description: 'User that the event concerns. Null if there is none, or if the caller cannot see it.',
  })
  async user(@Root() { organizationId, userId }: EventRecord, @Ctx() context: Context): Promise<User | null> {
    return userId ? context.visible('user.read', context.loaders.user.load({ organizationId, id: userId })) : null;
  }

  @FieldResolver(() => Group, { nullable: true })
  async group(@Root() { organizationId, groupId }: EventRecord, @Ctx() context: Context): Promise<Group | null> {
    return groupId ? context.visible('group.read', context.loaders.group.load({ organizationId, id: groupId })) : null;
  }

  @FieldResolver(() => Connection, { nullable: true })
  async connection(
    @Root() { organizationId, connectionId }: EventRecord,
    @Ctx() context: Context,
  ): Promise<Connection | null> {
    if (!connectionId) return null;
    return context.visible('connection.read', context.loaders.connection.load({ organizationId, id: connectionId }));
  }
}

@Resolver(() => Actor)
export class ActorResolver {
  @FieldResolver(() => Connection, { nullable: true })
  async connection(@Root() { kind, id, organizationId }: Actor, @Ctx() context: Context): Promise<Connection | null> {
    if (!id || (kind !== 'SCIM' && kind !== 'SSO')) return null;
    return context.visible('connection.read', context.loaders.connection.load({ organizationId, id }));
  }

  @FieldResolver(() => ApiKey, { nullable: true, description: 'API key of the organization. Null for a platform key.' })
  async apiKey(@Root() { kind, id, organizationId }: Actor, @Ctx() context: Context): Promise<ApiKey | null> {
    return id && kind === 'API'
      ? context.visible('apiKey.read', context.loaders.apiKey.load({ organizationId, id }))
      : null;
  }

  @FieldResolver(() => User, { nullable: true })
  async user(@Root() { kind, id, organizationId }: Actor, @Ctx() context: Context): Promise<User | null> {
    return id && kind === 'USER'
      ? context.visible('user.read', context.loaders.user.load({ organizationId, id }))
      : null;
  }
}
