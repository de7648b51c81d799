import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { Consumer } from '../../../delivery/consumers/consumer.js';
import { acknowledge, createConsumer, deleteConsumer, listConsumers } from '../../../delivery/consumers/consumers.js';
import { mostLag } from '../../../delivery/consumers/unread-events.js';
import { Organization } from '../../../directory/organizations/organization.js';
import { anchorAt } from '../../../events/log.js';
import { type EventType, eventTypes } from '../../../events/types.js';
import { CursorScalar } from '../../../kernel/node.js';
import type { Context } from '../context.js';
import { DeletedPayload } from '../deleted.js';
import { IdArg } from '../id-arg.js';
import { ConsumerPage } from '../lists/pages.js';
import { Forward, pageOfRows } from '../lists/paging.js';
import { currentCursor, lagOf, ownerOf } from './log-owner.js';

@InputType({ description: 'Settings of a new consumer.' })
export class CreateConsumerInput {
  @Field(() => ID, {
    nullable: true,
    description: 'Organization whose log the consumer reads. Default for platform keys: the log of all organizations.',
  })
  organizationId?: string | null;
  @Field(() => String, {
    description: 'Name of letters, digits, ".", ":", "_" and "-". If a consumer with this name exists, it is returned.',
  })
  name: string;
  @Field(() => [eventTypes], { nullable: true, description: 'Event types that the consumer receives. Default: all.' })
  types?: EventType[] | null;
  @Field(() => CursorScalar, {
    nullable: true,
    description: 'Cursor after which the consumer starts. Default: the current end of the log.',
  })
  after?: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'Result of a mutation of a consumer.' })
export class ConsumerPayload {
  @Field(() => Consumer, { description: 'State of the consumer after the mutation.' })
  consumer: Consumer;
}

@Resolver(() => Organization)
export class OrganizationConsumersResolver {
  @FieldResolver(() => ConsumerPage, {
    nullable: true,
    description: "Named consumers of the organization's log, ordered by name.",
  })
  consumers(@Root() { id }: Organization, @Args(() => Forward) args: Forward, @Ctx() context: Context) {
    const { session, principal } = context.in(id);
    return pageOfRows(args, listConsumers(session.unscoped, principal, id), byName);
  }
}

const byName = { by: { property: 'name', type: 'text', valueOf: ({ name }: Consumer) => name } } as const;

@Resolver(() => Consumer)
export class ConsumerResolver {
  @FieldResolver(() => Organization, {
    nullable: true,
    description: 'Organization of the consumer. Null for a consumer of the platform.',
  })
  organization(@Root() { organizationId: id }: Consumer, @Ctx() { loaders }: Context) {
    return id && loaders.organization.load({ organizationId: id, id });
  }

  @FieldResolver(() => CursorScalar, {
    description: 'Cursor up to which all events are acknowledged. Continue after it.',
  })
  async cursor(@Root() { organizationId, place }: Consumer, @Ctx() { store }: Context): Promise<string> {
    return store.history.cursorAt(organizationId, await anchorAt(store.database, organizationId, place));
  }

  @FieldResolver(() => String, {
    description:
      "Epoch of the log. If it differs from the epoch of the consumer's last event, the database was restored or failed over, and `cursor` can be older than that event. The consumer then continues after its own last cursor.",
  })
  epoch(@Ctx() { store }: Context): string {
    return store.history.epoch;
  }

  @FieldResolver(() => Int, { description: `Number of events that are not acknowledged, counted up to ${mostLag}.` })
  lag(@Root() cursor: Consumer, @Ctx() context: Context): Promise<number> {
    return lagOf(context, cursor);
  }

  @Query(() => ConsumerPage, {
    nullable: true,
    description:
      "Consumers of the caller's organization, or those of the platform for a platform key, ordered by name.",
  })
  consumers(@Args(() => Forward) args: Forward, @Ctx() { store, principal }: Context) {
    return pageOfRows(args, listConsumers(store.database, principal), byName);
  }

  @Mutation(() => ConsumerPayload, {
    description:
      'Creates a named consumer of the log. Events that it has not acknowledged are kept longer than the retention period, up to a maximum age. CONSUMER_LAGGING is emitted when it falls behind.',
  })
  async createConsumer(
    @Arg('input', () => CreateConsumerInput, { description: 'Name, start and event types of the consumer.' }) {
      organizationId,
      ...facts
    }: CreateConsumerInput,
    @Ctx() context: Context,
  ): Promise<ConsumerPayload> {
    const owner = await ownerOf(context, organizationId);
    const after = facts.after ?? (await currentCursor(context, owner.organizationId));
    return { consumer: await context.transact(owner, (tx) => createConsumer(tx, { ...facts, after })) };
  }

  @Mutation(() => ConsumerPayload, {
    description: 'Acknowledges all events up to the cursor. An older cursor has no effect.',
  })
  async acknowledgeEvents(
    @IdArg('cons', 'consumerId') id: string,
    @Arg('cursor', () => CursorScalar, {
      description: 'Cursor of the last processed event. Fails with CURSOR_INVALID if it belongs to another log.',
    })
    cursor: string,
    @Ctx() context: Context,
  ): Promise<ConsumerPayload> {
    return { consumer: await context.transact(context.principal, (tx) => acknowledge(tx, id, cursor)) };
  }

  @Mutation(() => DeletedPayload, {
    description: 'Deletes a consumer. Events that were kept only for it are deleted by retention.',
  })
  async deleteConsumer(@IdArg('cons') id: string, @Ctx() context: Context): Promise<DeletedPayload> {
    return { deletedId: await context.transact(context.principal, (tx) => deleteConsumer(tx, id)) };
  }
}
