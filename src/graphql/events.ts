import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Field,
  FieldResolver,
  ID,
  ObjectType,
  Resolver,
  Root,
  registerEnumType,
  Subscription,
} from 'type-graphql';
import { ApiKey } from '../access/api-key.js';
import { authorize } from '../access/authorize.js';
import type { Read } from '../access/write.js';
import { Connection } from '../directory/connections/connection.js';
import { Group } from '../directory/groups/group.js';
import { Organization } from '../directory/organizations/organization.js';
import { User } from '../directory/users/user.js';
import { BadInput } from '../errors.js';
import { printCursor } from '../events/cursor.js';
import { EventRecord } from '../events/event.js';
import { type EventFilter, headOf, positionAfter, readEvents } from '../events/read.js';
import { type EventType, eventTypes } from '../events/types.js';
import { CursorScalar } from '../node.js';
import type { Context } from './context.js';
import { EventPage } from './pages.js';
import { Forward, sizeOf, toPage } from './paging.js';

export const actorKinds = { SCIM: 'SCIM', SSO: 'SSO', API: 'API', USER: 'USER', SYSTEM: 'SYSTEM' } as const;
registerEnumType(actorKinds, { name: 'ActorKind' });

@ObjectType('Actor', { simpleResolvers: true, description: 'Who did it.' })
export class Actor {
  organizationId: string;
  id: string | null;
  @Field(() => actorKinds)
  kind: keyof typeof actorKinds;
}

@ArgsType()
class EventArgs extends Forward {
  @Field(() => Date, { nullable: true })
  since?: Date | null;
  @Field(() => [eventTypes], { nullable: true })
  types?: EventType[] | null;
  @Field(() => ID, { nullable: true })
  subjectId?: string | null;
}

/** Events are small and read in bulk: their pages may be larger than others. */
const maximumEvents = 1_000;

async function eventsPage(context: Context, read: Read, { first, after }: Forward, filter: EventFilter) {
  authorize(read, 'event.read', { organizationId: read.organizationId });
  const { organizationId, session } = read;
  const { epoch } = context.store;
  const size = sizeOf(first, maximumEvents);
  const position = after ? await positionAfter(session, { organizationId, epoch }, after) : 0;
  const events = await readEvents(session, organizationId, { position, limit: size + 1, filter });
  const cursorOf = (event: EventRecord) => printCursor({ organizationId, epoch, position: event.position });
  const edges = events.slice(0, size).map((node) => ({ cursor: cursorOf(node), node }));
  const ends = { hasNextPage: events.length > size, hasPreviousPage: position > 0 };
  return toPage<EventRecord>(edges, ends, async () => edges.length);
}

const filterOf = ({ since, types, subjectId }: Omit<EventArgs, 'first' | 'after'>): EventFilter => ({
  since: since ?? undefined,
  types: types ?? undefined,
  subjectId: subjectId ?? undefined,
});

@Resolver(() => Organization)
export class OrganizationEventsResolver {
  @FieldResolver(() => EventPage, {
    description: 'Oldest first. `after` is an event cursor; without it, from the oldest retained event.',
  })
  async events(@Root() { id }: Organization, @Args(() => EventArgs) args: EventArgs, @Ctx() context: Context) {
    return eventsPage(context, await context.read('org', id), args, filterOf(args));
  }
}

@Resolver(() => User)
export class UserEventsResolver {
  @FieldResolver(() => EventPage)
  async events(@Root() { id, organizationId }: User, @Args(() => Forward) args: Forward, @Ctx() context: Context) {
    return eventsPage(context, await context.read('org', organizationId), args, { subjectId: id });
  }
}

@Resolver(() => EventRecord)
export class EventResolver {
  @FieldResolver(() => CursorScalar)
  cursor(@Root() { organizationId, position }: EventRecord, @Ctx() { store }: Context): string {
    return printCursor({ organizationId, epoch: store.epoch, position });
  }

  @FieldResolver(() => Organization)
  organization(@Root() { organizationId }: EventRecord, @Ctx() { loaders }: Context): Promise<Organization | null> {
    return loaders.organization.load({ organizationId, id: organizationId });
  }

  @FieldResolver(() => Actor)
  actor(@Root() { organizationId, actorKind, actorId }: EventRecord): Actor {
    return { organizationId, id: actorId, kind: actorKind as Actor['kind'] };
  }

  @FieldResolver(() => User, { nullable: true, description: 'The user this event is about.' })
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

  @FieldResolver(() => ApiKey, { nullable: true, description: "The organization's own key; null for the platform's." })
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

interface Following {
  organizationId?: string | null;
  after?: string | null;
  types?: EventType[] | null;
  subjectId?: string | null;
  groupId?: string | null;
}

/** Replay after the cursor, then live, over one socket; ends with the credential, the socket, or a peer that does not read. */
async function* follow(context: Context, args: Following): AsyncGenerator<EventRecord, void> {
  const { store, principal, socket } = context;
  const id = args.organizationId ?? principal.organizationId;
  if (!id) throw new BadInput('Say which organization to follow: "organizationId".');
  const { organizationId, session, ...read } = await context.read('org', id);
  authorize({ ...read }, 'event.read', { organizationId });
  const log = { organizationId, epoch: store.epoch };
  const position = args.after ? await positionAfter(session, log, args.after) : await headOf(session, organizationId);
  const signal = socket?.signal ?? new AbortController().signal;
  for await (const event of store.tails.follow(organizationId, {
    position,
    filter: filterOf({ ...args, subjectId: args.subjectId ?? args.groupId }),
    signal,
  })) {
    // A credential that has been revoked sees nothing that happened since.
    if (socket && !((await socket.alive()) && (await socket.drained()))) return;
    yield event;
  }
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
  @Field(() => ID, { nullable: true, description: 'May be left out by callers that belong to one organization.' })
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
