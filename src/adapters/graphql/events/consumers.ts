import {
  Arg,
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
import { authorize } from '../../../access/authorize.js';
import { Consumer } from '../../../delivery/consumers/consumer.js';
import { acknowledge, createConsumer, deleteConsumer, findConsumers } from '../../../delivery/consumers/consumers.js';
import { Organization } from '../../../directory/organizations/organization.js';
import { anchorAt } from '../../../events/log.js';
import { type EventType, eventTypes } from '../../../events/types.js';
import { CursorScalar } from '../../../kernel/node.js';
import type { Context } from '../context.js';
import { DeletedPayload } from '../deleted.js';
import { currentCursor, lagOf, mostLag, ownerOf } from './log-owner.js';

@InputType()
export class CreateConsumerInput {
  @Field(() => ID, { nullable: true, description: 'Absent, for keys of the platform: the log of all organizations.' })
  organizationId?: string | null;
  @Field(() => String, {
    description: 'Letters, digits, ".", ":", "_" and "-". An existing one of the name is given back.',
  })
  name: string;
  @Field(() => [eventTypes], { nullable: true })
  types?: EventType[] | null;
  @Field(() => CursorScalar, { nullable: true, description: 'Where it begins. Absent: now.' })
  after?: string | null;
}

@ObjectType({ simpleResolvers: true })
export class ConsumerPayload {
  @Field(() => Consumer)
  consumer: Consumer;
}

@Resolver(() => Organization)
export class OrganizationConsumersResolver {
  @FieldResolver(() => [Consumer], { description: 'Named readers of the log, by name.' })
  async consumers(@Root() { id }: Organization, @Ctx() context: Context): Promise<Consumer[]> {
    const { session, organizationId, principal } = context.in(id);
    authorize({ principal }, 'consumer.read', { organizationId });
    return findConsumers(session.unscoped, organizationId);
  }
}

@Resolver(() => Consumer)
export class ConsumerResolver {
  @FieldResolver(() => Organization, { nullable: true, description: 'Null for a consumer of the platform.' })
  organization(@Root() { organizationId: id }: Consumer, @Ctx() { loaders }: Context) {
    return id && loaders.organization.load({ organizationId: id, id });
  }

  @FieldResolver(() => CursorScalar, { description: 'Everything up to it is acknowledged: follow from here.' })
  async cursor(@Root() { organizationId, place }: Consumer, @Ctx() { store }: Context): Promise<string> {
    return store.history.cursorAt(organizationId, await anchorAt(store.database, organizationId, place));
  }

  @FieldResolver(() => String, {
    description:
      'Of the log. When it is another than that of the last event that the consumer has seen, the database was restored or has failed over, and the cursor here may be older than the consumer: it asks with the last cursor of its own.',
  })
  epoch(@Ctx() { store }: Context): string {
    return store.history.epoch;
  }

  @FieldResolver(() => Int, { description: `Events that it has still to acknowledge, counted up to ${mostLag}.` })
  lag(@Root() cursor: Consumer, @Ctx() context: Context): Promise<number> {
    return lagOf(context, cursor);
  }

  @Query(() => [Consumer], { description: 'Consumers of the caller: of the platform, or of its organization.' })
  consumers(@Ctx() { store, principal }: Context): Promise<Consumer[]> {
    authorize({ principal }, 'consumer.read');
    return findConsumers(store.database, principal.organizationId);
  }

  @Mutation(() => ConsumerPayload, {
    description:
      'A named reader of the log. What it has not acknowledged is kept beyond retention, up to a ceiling, and `CONSUMER_LAGGING` tells when it falls behind.',
  })
  async createConsumer(
    @Arg('input', () => CreateConsumerInput) { organizationId, ...facts }: CreateConsumerInput,
    @Ctx() context: Context,
  ): Promise<ConsumerPayload> {
    const owner = await ownerOf(context, organizationId);
    const after = facts.after ?? (await currentCursor(context, owner.organizationId));
    return { consumer: await context.transact(owner, (tx) => createConsumer(tx, { ...facts, after })) };
  }

  @Mutation(() => ConsumerPayload, {
    description: 'Everything up to the cursor has been worked off. An older cursor changes nothing.',
  })
  async acknowledge(
    @Arg('consumerId', () => ID) id: string,
    @Arg('cursor', () => CursorScalar) cursor: string,
    @Ctx() context: Context,
  ): Promise<ConsumerPayload> {
    return { consumer: await context.transact(context.principal, (tx) => acknowledge(tx, id, cursor)) };
  }

  @Mutation(() => DeletedPayload)
  async deleteConsumer(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<DeletedPayload> {
    return { deletedId: await context.transact(context.principal, (tx) => deleteConsumer(tx, id)) };
  }
}
