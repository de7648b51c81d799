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
import { authorize } from '../../../access/authorize.js';
import { mostLag } from '../../../delivery/consumers/unread-events.js';
import { findDeliveries } from '../../../delivery/webhooks/deliveries.js';
import type { DeliveryRecord } from '../../../delivery/webhooks/delivery.js';
import {
  WebhookEndpoint,
  type WebhookFormat,
  type WebhookState,
  webhookFormats,
  webhookStates,
} from '../../../delivery/webhooks/endpoint.js';
import { listEndpoints } from '../../../delivery/webhooks/list-endpoints.js';
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
import { knownId, typeId } from '../../../kernel/descriptions.js';
import { CursorInvalid } from '../../../kernel/errors.js';
import { parseId } from '../../../kernel/ids.js';
import { CursorScalar } from '../../../kernel/node.js';
import { sql } from '../../../storage/sql.js';
import type { Context } from '../context.js';
import { DeletedPayload } from '../deleted.js';
import { currentCursor, lagOf, ownerOf } from '../events/log-owner.js';
import { IdArg } from '../id-arg.js';
import { pageTypes, WebhookEndpointPage } from '../lists/pages.js';
import { Forward, Page, pageOfRows, sizeOf } from '../lists/paging.js';

@ObjectType('WebhookDelivery', { simpleResolvers: true, description: 'One attempt to deliver an event.' })
export class WebhookDelivery {
  record: DeliveryRecord;
  @Field(() => ID, { description: typeId('dlv') })
  id: string;
  @Field(() => Int, {
    description: 'Number of the attempt, starting at 1. 0 if an operator or retention skipped events.',
  })
  attempt: number;
  @Field(() => Int, { nullable: true, description: 'HTTP status of the response. Null if there was none.' })
  status: number | null;
  @Field(() => Int, {
    description: 'Time in milliseconds from the connection to the response or failure, at most 10 seconds.',
  })
  durationMs: number;
  @Field(() => String, { nullable: true, description: 'Reason of the failure. Null if there was none.' })
  error: string | null;
  @Field(() => String, { nullable: true, description: 'First kilobyte of the response. Null if there was none.' })
  answer: string | null;
  @Field(() => Date, { description: 'Time at which the outcome of the attempt was known.' })
  at: Date;
  @Field(() => Boolean, { description: 'True if the endpoint accepted the message.' })
  delivered: boolean;
}
const WebhookDeliveryPage = pageTypes('WebhookDelivery', WebhookDelivery, 'WebhookDeliveryConnection');

@InputType()
abstract class EndpointFields {
  @Field(() => [eventTypes], { nullable: true, description: 'Event types to deliver. Default: all.' })
  types?: EventType[] | null;
  @Field(() => webhookFormats, {
    nullable: true,
    description: 'Determines the body and the signature of the messages. Default for a new endpoint: JSON.',
  })
  format?: WebhookFormat | null;
  @Field(() => String, {
    nullable: true,
    description: 'The `aud` of security event tokens. Default: the URL of the endpoint.',
  })
  audience?: string | null;
}

@InputType({ description: 'Settings of a new webhook endpoint.' })
export class CreateWebhookEndpointInput extends EndpointFields {
  @Field(() => ID, {
    nullable: true,
    description: 'Organization whose events are delivered. Default for platform keys: the events of all organizations.',
  })
  organizationId?: string | null;
  @Field(() => String, {
    description: 'Complete https URL of at most 2,000 characters, without user name, password or fragment.',
  })
  url: string;
  @Field(() => CursorScalar, {
    nullable: true,
    description: 'Cursor after which delivery starts. Default: new events only.',
  })
  after?: string | null;
}

@InputType({ description: 'Settings of a webhook endpoint to change.' })
export class UpdateWebhookEndpointInput extends EndpointFields {
  @Field(() => ID, { description: knownId('hook') })
  id: string;
  @Field(() => String, {
    nullable: true,
    description: 'Complete https URL of at most 2,000 characters, without user name, password or fragment.',
  })
  url?: string | null;
  @Field(() => webhookStates, { nullable: true, description: 'PAUSED to stop delivery, or ACTIVE to resume it.' })
  state?: WebhookState | null;
}

@ObjectType({ simpleResolvers: true, description: 'A webhook endpoint, with its signing secret if one was created.' })
export class WebhookEndpointPayload {
  @Field(() => WebhookEndpoint, { description: 'State of the endpoint after the mutation.' })
  webhookEndpoint: WebhookEndpoint;
  @Field(() => String, {
    nullable: true,
    description: 'Signing secret, shown only once. Null unless the call created it.',
  })
  secret?: string | null;
}

@Resolver(() => Organization)
export class OrganizationWebhooksResolver {
  @FieldResolver(() => WebhookEndpointPage, {
    nullable: true,
    description: 'Webhook endpoints of the organization, oldest first.',
  })
  webhooks(@Root() { id }: Organization, @Args(() => Forward) args: Forward, @Ctx() context: Context) {
    const { session, principal } = context.in(id);
    return pageOfRows(args, listEndpoints(session.unscoped, principal, id));
  }

  @FieldResolver(() => [WebhookEndpoint], {
    description: 'Webhook endpoints of the organization.',
    deprecationReason: 'The list has no pages. Use webhooks.',
    nullable: true,
  })
  async webhookEndpoints(@Root() { id }: Organization, @Ctx() context: Context): Promise<WebhookEndpoint[]> {
    const read = context.in(id);
    authorize(read, 'webhook.read', { organizationId: id });
    const { organizationId } = read;
    return read.session.manager.find(WebhookEndpoint, { where: { organizationId }, order: { id: 'ASC' } });
  }
}

@Resolver(() => WebhookEndpoint)
export class WebhookEndpointResolver {
  @FieldResolver(() => Organization, {
    nullable: true,
    description: 'Organization of the endpoint. Null for an endpoint of the platform.',
  })
  organization(@Root() { organizationId: id }: WebhookEndpoint, @Ctx() { loaders }: Context) {
    return id && loaders.organization.load({ organizationId: id, id });
  }

  @FieldResolver(() => Int, {
    description: `Number of events that are not acknowledged, counted up to ${mostLag}.`,
  })
  lag(@Root() cursor: WebhookEndpoint, @Ctx() context: Context): Promise<number> {
    return lagOf(context, cursor);
  }

  @FieldResolver(() => WebhookDeliveryPage, {
    description: 'Attempts to deliver events, successful and failed ones, newest first.',
  })
  async deliveries(@Root() { id }: WebhookEndpoint, @Args(() => Forward) args: Forward, @Ctx() { store }: Context) {
    const size = sizeOf(args.first);
    const before = args.after == null ? null : parseId('dlv', args.after);
    if (args.after != null && !before) throw new CursorInvalid();
    const found = await findDeliveries(store.database, id, { before, limit: size + 1 });
    const nodes: WebhookDelivery[] = found.slice(0, size).map((record) => ({ ...record, record }));
    const ends = { hasNextPage: found.length > size, hasPreviousPage: before !== null };
    return new Page(nodes, ends, ({ record }) => record.id);
  }

  @Query(() => WebhookEndpointPage, {
    nullable: true,
    description:
      "Webhook endpoints of the caller's organization, or those of the platform for a platform key, oldest first.",
  })
  webhookEndpoints(@Args(() => Forward) args: Forward, @Ctx() { store, principal }: Context) {
    return pageOfRows(args, listEndpoints(store.database, principal));
  }

  @Mutation(() => WebhookEndpointPayload, {
    description: 'Creates a webhook endpoint, to which events are posted. Its signing secret is returned only once.',
  })
  async createWebhookEndpoint(
    @Arg('input', () => CreateWebhookEndpointInput, { description: 'URL, format and event types of the endpoint.' }) {
      organizationId,
      ...facts
    }: CreateWebhookEndpointInput,
    @Ctx() context: Context,
  ): Promise<WebhookEndpointPayload> {
    const owner = await ownerOf(context, organizationId);
    const after = facts.after ?? (await currentCursor(context, owner.organizationId));
    return context.transact(owner, (tx) => createEndpoint(tx, { ...facts, after }, context.services.outbound.checkUrl));
  }

  @Mutation(() => WebhookEndpointPayload, {
    description: 'Changes the given fields of a webhook endpoint and leaves the others unchanged.',
  })
  async updateWebhookEndpoint(
    @Arg('input', () => UpdateWebhookEndpointInput, { description: 'Id of the endpoint, and the fields to change.' }) {
      id,
      ...facts
    }: UpdateWebhookEndpointInput,
    @Ctx() context: Context,
  ): Promise<WebhookEndpointPayload> {
    const { checkUrl } = context.services.outbound;
    return {
      webhookEndpoint: await context.transact(context.principal, (tx) => updateEndpoint(tx, id, facts, checkUrl)),
    };
  }

  @Mutation(() => DeletedPayload, { description: 'Deletes a webhook endpoint. Delivery stops.' })
  async deleteWebhookEndpoint(@IdArg('hook') id: string, @Ctx() context: Context): Promise<DeletedPayload> {
    return { deletedId: await context.transact(context.principal, (tx) => deleteEndpoint(tx, id)) };
  }

  @Mutation(() => WebhookEndpointPayload, {
    description: "Moves the endpoint's cursor. Delivery continues with the first event after it.",
  })
  async moveWebhookCursor(
    @IdArg('hook') id: string,
    @Arg('after', () => CursorScalar, {
      nullable: true,
      description: 'Event cursor after which delivery continues. Default: the oldest retained event.',
    })
    after: string | null | undefined,
    @Ctx() context: Context,
  ): Promise<WebhookEndpointPayload> {
    return {
      webhookEndpoint: await context.transact(context.principal, (tx) => replayWebhooks(tx, id, after ?? null)),
    };
  }

  @Mutation(() => WebhookEndpointPayload, {
    description:
      'Creates a signing secret and returns it only once. Until `overlapSeconds` have passed, messages are also signed with the previous secret.',
  })
  rotateWebhookSecret(
    @IdArg('hook') id: string,
    @Arg('overlapSeconds', () => Int, {
      nullable: true,
      description: 'Seconds in which messages are also signed with the previous secret. Default: one day.',
    })
    overlapSeconds: number | null | undefined,
    @Ctx() context: Context,
  ): Promise<WebhookEndpointPayload> {
    return context.transact(context.principal, (tx) => rotateWebhookSecret(tx, id, overlapSeconds ?? undefined));
  }

  @Mutation(() => TestDelivery, {
    description:
      'Posts a signed message of type `webhook.test` immediately, outside the queue, and returns the result.',
  })
  async sendTestEvent(@IdArg('hook') id: string, @Ctx() context: Context): Promise<TestDelivery> {
    await context.claim();
    return sendTestEvent(context.store, context.principal, context.services.outbound, id);
  }
}

@Resolver(() => WebhookDelivery)
export class WebhookDeliveryResolver {
  @FieldResolver(() => EventRecord, { description: 'Event that the attempt should deliver.' })
  async event(@Root() { record }: WebhookDelivery, @Ctx() { store }: Context): Promise<EventRecord | null> {
    const { eventOrganizationId: organizationId, eventPosition: position } = record;
    const [event] = await store.database.rows(
      EventRecord,
      sql`organization_id = ${organizationId} and position = ${position}`,
    );
    return event ? unfiltered(event) : null;
  }
}
