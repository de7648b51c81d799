import { Args, Ctx, Field, FieldResolver, ID, ObjectType, Resolver, Root } from 'type-graphql';
import { authorize } from '../../../access/authorize.js';
import { deliveriesAbout } from '../../../delivery/webhooks/deliveries.js';
import { type Moment, requestsAbout } from '../../../directory/requests/find-requests.js';
import { ProvisioningRequest } from '../../../directory/requests/provisioning-request.js';
import { isDecisionRow, rowName } from '../../../directory/sign-in/rows.js';
import { User } from '../../../directory/users/user.js';
import { EventRecord } from '../../../events/event.js';
import { eventsAbout } from '../../../events/read.js';
import { CursorInvalid } from '../../../kernel/errors.js';
import { enumType } from '../../../kernel/node.js';
import type { Context } from '../context.js';
import { pageTypes } from '../lists/pages.js';
import { Forward, isTime, Page, sizeOf } from '../lists/paging.js';
import { WebhookDelivery } from '../webhooks/resolvers.js';

export const timelineKinds = enumType('TimelineKind', 'Kind of a timeline entry.', {
  REQUEST: 'A request of an IdP.',
  DECISION: 'A sign-in that was accepted or rejected.',
  EVENT: 'An event of the log.',
  DELIVERY: 'A delivery attempt to a webhook endpoint.',
});

@ObjectType('TimelineEntry', { simpleResolvers: true, description: "One entry of a user's timeline." })
export class TimelineEntry {
  @Field(() => ID, { description: 'Id of the request, event or delivery that the entry shows.' })
  id: string;
  @Field(() => timelineKinds, { description: 'Determines which of `request`, `event` and `delivery` is set.' })
  kind: keyof typeof timelineKinds;
  @Field(() => Date, { description: 'Time of the request, event or delivery attempt.' })
  at: Date;
  @Field(() => String, { description: 'Summary in one line for display.' })
  summary: string;
  @Field(() => ProvisioningRequest, { nullable: true, description: 'Request of the IdP. Null for other kinds.' })
  request: ProvisioningRequest | null;
  @Field(() => EventRecord, {
    nullable: true,
    description: 'Event of the log. Null for the kinds REQUEST and DELIVERY.',
  })
  event: EventRecord | null;
  @Field(() => WebhookDelivery, {
    nullable: true,
    description: 'Delivery to a webhook endpoint. Null for other kinds.',
  })
  delivery: WebhookDelivery | null;
}

export const TimelinePage = pageTypes('Timeline', TimelineEntry, 'TimelineConnection');

const nothing = { request: null, event: null, delivery: null };
const decisions = new Set(['session.started', 'sign_in.denied']);

@Resolver(() => User)
export class TimelineResolver {
  @FieldResolver(() => TimelinePage, {
    nullable: true,
    description:
      'Requests of IdPs, sign-in decisions, events and deliveries that concern the user, newest first. Requires the permissions for all of them.',
  })
  async timeline(@Root() user: User, @Args(() => Forward) { first, after }: Forward, @Ctx() context: Context) {
    const { organizationId, id: userId } = user;
    const read = context.in(organizationId);
    authorize(read, 'user.readPrivate', user);
    authorize(read, 'event.read', { organizationId });
    authorize(read, 'webhook.read', { organizationId });
    await context.services.requests.flush();
    const size = sizeOf(first);
    const part = { before: momentOf(after), limit: size + 1 };
    const { principal, session } = read;
    const platform = principal.kind === 'apiKey' && principal.platform;
    const requests = (await requestsAbout(read, userId, part)).map(ofRequest);
    const events = (await eventsAbout(session.unscoped, { organizationId, userId }, part)).map(ofEvent);
    const told = await deliveriesAbout(session.unscoped, { organizationId, userId, platform }, part);
    const deliveries = told.map((record) => ofDelivery({ ...record, record }));
    const all = [...requests, ...events, ...deliveries].sort(newestFirst);
    const ends = { hasNextPage: all.length > size, hasPreviousPage: after != null };
    return new Page(all.slice(0, size), ends, cursorOf);
  }
}

const newestFirst = (a: Moment, b: Moment) => b.at.getTime() - a.at.getTime() || (a.id < b.id ? 1 : -1);

function ofRequest(request: ProvisioningRequest): TimelineEntry {
  const { id, at, protocol, method, path, status, error } = request;
  const summary = `${protocol} ${method} ${path.split('?')[0]}: ${status}${error ? `, ${error}` : ''}`;
  return { ...nothing, id, at, kind: 'REQUEST', summary, request };
}

function ofEvent(event: EventRecord): TimelineEntry {
  const { id, occurredAt: at, type, data } = event;
  const row = isDecisionRow(data.decisionRow) ? rowName(data.decisionRow) : data.decisionRow;
  const why = [data.reason, data.code, row].filter((part) => typeof part === 'string').join(', ');
  const kind = decisions.has(type) ? 'DECISION' : 'EVENT';
  return { ...nothing, id, at, kind, summary: why ? `${type} (${why})` : type, event };
}

function ofDelivery(delivery: WebhookDelivery): TimelineEntry {
  const { id, at, attempt, status, error, delivered } = delivery;
  const outcome = delivered ? `delivered, ${status}` : `not delivered: ${error ?? status}`;
  return { ...nothing, id, at, kind: 'DELIVERY', summary: `Attempt ${attempt}: ${outcome}`, delivery };
}

const cursorOf = ({ at, id }: Moment) => Buffer.from(`${at.toISOString()} ${id}`).toString('base64url');

function momentOf(cursor: string | null | undefined): Moment | null {
  if (cursor == null) return null;
  const [time = '', id = ''] = Buffer.from(cursor, 'base64url').toString('latin1').split(' ');
  if (!isTime(time) || !/^\w{1,60}$/.test(id)) throw new CursorInvalid();
  return { at: new Date(time), id };
}
