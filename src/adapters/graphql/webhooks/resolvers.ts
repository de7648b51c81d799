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
import { IsNull } from 'typeorm';
import { authorize } from '../../../access/authorize.js';
import { findDeliveries } from '../../../delivery/webhooks/deliveries.js';
import type { DeliveryRecord } from '../../../delivery/webhooks/delivery.js';
import {
  WebhookEndpoint,
  type WebhookFormat,
  type WebhookState,
  webhookFormats,
  webhookStates,
} from '../../../delivery/webhooks/endpoint.js';
import {
  createEndpoint,
  deleteEndpoint,
  replayWebhooks,
  rotateWebhookSecret,
  updateEndpoint,
} from '../../../delivery/webhooks/manage-endpoints.js';
import { sendTestEvent, TestDelivery } from '../../../delivery/webhooks/test-event.js';
import { Organization } from '../../../directory/organizations/organization.js';
import { EventRecord } from '../../../events/event.js';
import { unfiltered } from '../../../events/read.js';
import { type EventType, eventTypes } from '../../../events/types.js';
import { CursorInvalid } from '../../../kernel/errors.js';
import { parseId } from '../../../kernel/ids.js';
import { CursorScalar } from '../../../kernel/node.js';
import { sql } from '../../../storage/sql.js';
import type { Context } from '../context.js';
import { DeletedPayload } from '../deleted.js';
import { currentCursor, lagOf, mostLag, ownerOf } from '../events/log-owner.js';
import { pageTypes } from '../lists/pages.js';
import { Forward, Page, sizeOf } from '../lists/paging.js';

@ObjectType('WebhookDelivery', { simpleResolvers: true, description: 'One attempt to deliver an event.' })
export class WebhookDelivery {
  record: DeliveryRecord;
  @Field(() => ID)
  id: string;
  @Field(() => Int, { description: '1 for the first; 0 where an operator or retention left events out.' })
  attempt: number;
  @Field(() => Int, { nullable: true, description: 'The status of the answer; null when there was none.' })
  status: number | null;
  @Field(() => Int)
  durationMs: number;
  @Field(() => String, { nullable: true })
  error: string | null;
  @Field(() => String, { nullable: true, description: 'The first kilobyte of the answer.' })
  answer: string | null;
  @Field(() => Date)
  at: Date;
  @Field(() => Boolean)
  delivered: boolean;
}
const WebhookDeliveryPage = pageTypes('WebhookDelivery', WebhookDelivery, 'WebhookDeliveryConnection');

@InputType()
abstract class EndpointFields {
  @Field(() => [eventTypes], { nullable: true, description: 'Absent: every type.' })
  types?: EventType[] | null;
  @Field(() => webhookFormats, { nullable: true })
  format?: WebhookFormat | null;
  @Field(() => String, { nullable: true, description: 'The `aud` of security event tokens.' })
  audience?: string | null;
}

@InputType()
export class CreateWebhookEndpointInput extends EndpointFields {
  @Field(() => ID, {
    nullable: true,
    description: 'Absent, for keys of the platform: the events of all organizations.',
  })
  organizationId?: string | null;
  @Field(() => String)
  url: string;
  @Field(() => CursorScalar, { nullable: true, description: 'Where it begins. Absent: with what happens from now on.' })
  after?: string | null;
}

@InputType()
export class UpdateWebhookEndpointInput extends EndpointFields {
  @Field(() => ID)
  id: string;
  @Field(() => String, { nullable: true })
  url?: string | null;
  @Field(() => webhookStates, { nullable: true, description: 'PAUSED by hand, or ACTIVE again.' })
  state?: WebhookState | null;
}

@ObjectType({ simpleResolvers: true })
export class WebhookEndpointPayload {
  @Field(() => WebhookEndpoint)
  webhookEndpoint: WebhookEndpoint;
  @Field(() => String, { nullable: true, description: 'Shown once, on creation and rotation.' })
  secret?: string | null;
}

@Resolver(() => Organization)
export class OrganizationWebhooksResolver {
  @FieldResolver(() => [WebhookEndpoint])
  async webhookEndpoints(@Root() { id }: Organization, @Ctx() context: Context): Promise<WebhookEndpoint[]> {
    const read = context.in(id);
    authorize(read, 'webhook.read', { organizationId: id });
    const { organizationId } = read;
    return read.session.manager.find(WebhookEndpoint, { where: { organizationId }, order: { id: 'ASC' } });
  }
}

@Resolver(() => WebhookEndpoint)
export class WebhookEndpointResolver {
  @FieldResolver(() => Organization, { nullable: true, description: 'Null for an endpoint of the platform.' })
  organization(@Root() { organizationId: id }: WebhookEndpoint, @Ctx() { loaders }: Context) {
    return id && loaders.organization.load({ organizationId: id, id });
  }

  @FieldResolver(() => Int, {
    description: `How many events the endpoint has still to acknowledge, counted up to ${mostLag}.`,
  })
  lag(@Root() cursor: WebhookEndpoint, @Ctx() context: Context): Promise<number> {
    return lagOf(context, cursor);
  }

  @FieldResolver(() => WebhookDeliveryPage, { description: 'Newest first.' })
  async deliveries(@Root() { id }: WebhookEndpoint, @Args(() => Forward) args: Forward, @Ctx() { store }: Context) {
    const size = sizeOf(args.first);
    const before = args.after == null ? null : parseId('dlv', args.after);
    if (args.after != null && !before) throw new CursorInvalid();
    const found = await findDeliveries(store.database, id, { before, limit: size + 1 });
    const nodes: WebhookDelivery[] = found.slice(0, size).map((record) => ({ ...record, record }));
    const ends = { hasNextPage: found.length > size, hasPreviousPage: before !== null };
    return new Page(nodes, ends, ({ record }) => record.id);
  }

  @Query(() => [WebhookEndpoint], { description: 'Endpoints of the caller: of the platform, or of its organization.' })
  webhookEndpoints(@Ctx() { store, principal }: Context): Promise<WebhookEndpoint[]> {
    authorize({ principal }, 'webhook.read');
    const where = { organizationId: principal.organizationId ?? IsNull() };
    return store.database.manager.find(WebhookEndpoint, { where, order: { id: 'ASC' } });
  }

  @Mutation(() => WebhookEndpointPayload, {
    description: 'Posts what happens to a URL. The secret is shown this once.',
  })
  async createWebhookEndpoint(
    @Arg('input', () => CreateWebhookEndpointInput) { organizationId, ...facts }: CreateWebhookEndpointInput,
    @Ctx() context: Context,
  ): Promise<WebhookEndpointPayload> {
    const owner = await ownerOf(context, organizationId);
    const after = facts.after ?? (await currentCursor(context, owner.organizationId));
    return context.transact(owner, (tx) => createEndpoint(tx, { ...facts, after }, context.services.outbound.checkUrl));
  }

  @Mutation(() => WebhookEndpointPayload, { description: 'Changes what is given and leaves the rest.' })
  async updateWebhookEndpoint(
    @Arg('input', () => UpdateWebhookEndpointInput) { id, ...facts }: UpdateWebhookEndpointInput,
    @Ctx() context: Context,
  ): Promise<WebhookEndpointPayload> {
    const { checkUrl } = context.services.outbound;
    return {
      webhookEndpoint: await context.transact(context.principal, (tx) => updateEndpoint(tx, id, facts, checkUrl)),
    };
  }

  @Mutation(() => DeletedPayload)
  async deleteWebhookEndpoint(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<DeletedPayload> {
    return { deletedId: await context.transact(context.principal, (tx) => deleteEndpoint(tx, id)) };
  }

  @Mutation(() => WebhookEndpointPayload, {
    description:
      "Moves the endpoint's cursor: delivery goes on with the first event after it. Without a cursor, with the oldest event there is.",
  })
  async replayWebhooks(
    @Arg('id', () => ID) id: string,
    @Arg('after', () => CursorScalar, { nullable: true }) after: string | null | undefined,
    @Ctx() context: Context,
  ): Promise<WebhookEndpointPayload> {
    return {
      webhookEndpoint: await context.transact(context.principal, (tx) => replayWebhooks(tx, id, after ?? null)),
    };
  }

  @Mutation(() => WebhookEndpointPayload, {
    description: 'A new secret, shown this once. The earlier one signs beside it for a day, or for `overlapSeconds`.',
  })
  rotateWebhookSecret(
    @Arg('id', () => ID) id: string,
    @Arg('overlapSeconds', () => Int, { nullable: true }) overlapSeconds: number | null | undefined,
    @Ctx() context: Context,
  ): Promise<WebhookEndpointPayload> {
    return context.transact(context.principal, (tx) => rotateWebhookSecret(tx, id, overlapSeconds ?? undefined));
  }

  @Mutation(() => TestDelivery, {
    description:
      'Posts a signed message of type `webhook.test` at once, beside the queue, and tells what became of it.',
  })
  async sendTestEvent(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<TestDelivery> {
    await context.claim();
    return sendTestEvent(context.store, context.principal, context.services.outbound, id);
  }
}

@Resolver(() => WebhookDelivery)
export class WebhookDeliveryResolver {
  @FieldResolver(() => EventRecord)
  async event(@Root() { record }: WebhookDelivery, @Ctx() { store }: Context): Promise<EventRecord | null> {
    const { eventOrganizationId: organizationId, eventPosition: position } = record;
    const [event] = await store.database.rows(
      EventRecord,
      sql`organization_id = ${organizationId} and position = ${position}`,
    );
    return event ? unfiltered(event) : null;
  }
}
