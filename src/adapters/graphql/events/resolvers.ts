import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { authorize } from '../../../access/authorize.js';
import { Organization } from '../../../directory/organizations/organization.js';
import { User } from '../../../directory/users/user.js';
import { type EventType, eventTypes } from '../../../events/types.js';
import type { OrganizationId } from '../../../kernel/ids.js';
import { CursorScalar } from '../../../kernel/node.js';
import type { Context } from '../context.js';
import { EventPage } from '../lists/pages.js';
import { filterOf } from './event-filter.js';
import { EventPageArgs, eventsPage } from './event-page.js';
import { currentCursor } from './log-owner.js';

@ArgsType()
class EventArgs extends EventPageArgs {
  @Field(() => Date, {
    nullable: true,
    description: 'Earliest time of an event.',
    deprecationReason: 'Use filter.since.',
  })
  since?: Date | null;
  @Field(() => [eventTypes], {
    nullable: true,
    description: 'Event types to return. Default: all.',
    deprecationReason: 'Use filter.types.',
  })
  types?: EventType[] | null;
  @Field(() => ID, {
    nullable: true,
    description: "Id of the events' subject.",
    deprecationReason: 'Use filter.subjectIds.',
  })
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

/**
 * Returns the organization whose log the caller can read; null for the log of all organizations, which requires a
 * platform key. @throws Forbidden, NotFound
 */
export async function logFor(context: Context, id: string | null | undefined): Promise<OrganizationId | null> {
  const of = id ?? context.principal.organizationId;
  if (of === null) {
    authorize(context, 'event.read');
    return null;
  }
  const read = await context.read('org', of);
  authorize(read, 'event.read', { organizationId: read.organizationId });
  return read.organizationId;
}

@Resolver(() => Organization)
export class OrganizationEventsResolver {
  @FieldResolver(() => EventPage, {
    name: 'events',
    nullable: true,
    description:
      'Events of the organization, oldest first. `first` and `after` read from the oldest retained event, `last` and `before` from the newest.',
  })
  async organizationEvents(
    @Root() { id }: Organization,
    @Args(() => EventArgs) args: EventArgs,
    @Ctx() context: Context,
  ) {
    return eventsPage(context, await logFor(context, id), args, filterOf(args.filter, args));
  }

  @Query(() => EventPage, {
    nullable: true,
    description:
      'Events of one organization, or of all organizations for platform keys without `organizationId`. The events of each organization are complete and in order, oldest first; `last` reads the newest.',
  })
  async events(@Args(() => LogArgs) args: LogArgs, @Ctx() context: Context) {
    return eventsPage(context, await logFor(context, args.organizationId), args, filterOf(args.filter, args));
  }
}

@Resolver()
export class EventCursorResolver {
  @Query(() => CursorScalar, {
    nullable: true,
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
  @FieldResolver(() => EventPage, {
    nullable: true,
    description: 'Events that concern the user, oldest first. `last` reads the newest.',
  })
  async events(
    @Root() { id, organizationId }: User,
    @Args(() => EventPageArgs) args: EventPageArgs,
    @Ctx() context: Context,
  ) {
    return eventsPage(context, await logFor(context, organizationId), args, filterOf(args.filter, { subjectId: id }));
  }
}
