import { Arg, Args, Ctx, Field, FieldResolver, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import { Connection } from '../../../directory/connections/connection.js';
import { eventsOfRequest, findRequest, findRequests } from '../../../directory/requests/find-requests.js';
import { ProvisioningRequest } from '../../../directory/requests/provisioning-request.js';
import { EventRecord } from '../../../events/event.js';
import { type EventType, eventTypes } from '../../../events/types.js';
import { CursorInvalid } from '../../../kernel/errors.js';
import { parseId } from '../../../kernel/ids.js';
import type { Context } from '../context.js';
import { checkFilter } from '../events/event-filter.js';
import { IdArg } from '../id-arg.js';
import { ProvisioningRequestPage } from '../lists/pages.js';
import { Forward, Page, sizeOf } from '../lists/paging.js';
import { ProvisioningRequestFilter } from './request-filter.js';

@ObjectType({ simpleResolvers: true, description: 'A logged request, with the events of a dry run.' })
export class ProvisioningRequestPayload {
  @Field(() => ProvisioningRequest, {
    description: 'The new entry. In a dry run, it is not stored and `node` does not return it.',
  })
  request: ProvisioningRequest;
  @Field(() => [eventTypes], { description: 'Types of the events that the dry run would have emitted, in order.' })
  wouldEmit: EventType[];
}

const cursorOf = ({ id }: ProvisioningRequest) => Buffer.from(id).toString('base64url');
function positionOf(after: string | null | undefined): string | null {
  if (after == null) return null;
  const id = parseId('req', Buffer.from(after, 'base64url').toString('latin1'));
  if (!id) throw new CursorInvalid();
  return id;
}

@Resolver(() => Connection)
export class ConnectionRequestsResolver {
  @FieldResolver(() => ProvisioningRequestPage, {
    description: 'Request log: SCIM requests and sign-ins of the IdP, newest first.',
  })
  async requests(
    @Root() { id, organizationId }: Connection,
    @Args(() => Forward) { first, after }: Forward,
    @Ctx() context: Context,
    @Arg('filter', () => ProvisioningRequestFilter, {
      nullable: true,
      description: 'Criteria, all of which a request meets.',
    })
    filter?: ProvisioningRequestFilter,
  ) {
    const size = sizeOf(first);
    const before = positionOf(after);
    checkFilter(filter ?? {});
    await context.services.requests.flush();
    const found = await findRequests(context.in(organizationId), id, filter ?? {}, { before, limit: size + 1 });
    const ends = { hasNextPage: found.length > size, hasPreviousPage: before !== null };
    return new Page(found.slice(0, size), ends, cursorOf);
  }
}

@Resolver(() => ProvisioningRequest)
export class ProvisioningRequestResolver {
  @FieldResolver(() => Connection, { description: 'Connection whose IdP sent the request.' })
  connection(
    @Root() { organizationId, connectionId }: ProvisioningRequest,
    @Ctx() context: Context,
  ): Promise<Connection | null> {
    return context.visible('connection.read', context.loaders.connection.load({ organizationId, id: connectionId }));
  }

  @FieldResolver(() => [eventTypes], {
    description:
      'Types of the events that the request emitted, each once. Every caller that reads the request can read it.',
  })
  eventTypes(@Root() request: ProvisioningRequest, @Ctx() { related }: Context): Promise<EventType[]> {
    return related.eventTypes.load(request);
  }

  @FieldResolver(() => [EventRecord], {
    nullable: true,
    description: 'Events that the request emitted, in order, at most 1,000.',
  })
  async events(@Root() request: ProvisioningRequest, @Ctx() context: Context): Promise<EventRecord[]> {
    return eventsOfRequest(context.in(request.organizationId), request);
  }

  @Mutation(() => ProvisioningRequestPayload, {
    description:
      'Runs a logged SCIM request again on behalf of its connection and returns the new entry of the request log.',
  })
  async replayRequest(
    @IdArg('req') id: string,
    @Ctx() context: Context,
    @Arg('dryRun', () => Boolean, {
      nullable: true,
      description: 'True to return the response without changing anything and without a new entry. Default: false.',
    })
    dryRun?: boolean,
  ): Promise<ProvisioningRequestPayload> {
    await context.services.requests.flush();
    const read = await context.read('req', id);
    const entry = await findRequest(read, id);
    if (!dryRun) await context.claim();
    const { request, wouldEmit } = await context.services.replay(read, { entry, rehearsal: dryRun ?? false });
    return { request, wouldEmit };
  }
}
