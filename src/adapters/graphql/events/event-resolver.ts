import type { GraphQLResolveInfo } from 'graphql';
import { Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import { authorize } from '../../../access/authorize.js';
import { Connection } from '../../../directory/connections/connection.js';
import { Group } from '../../../directory/groups/group.js';
import { goneOrganization, Organization } from '../../../directory/organizations/organization.js';
import { ProvisioningRequest } from '../../../directory/requests/provisioning-request.js';
import { User } from '../../../directory/users/user.js';
import { EventRecord } from '../../../events/event.js';
import { summaryOf } from '../../../events/summary.js';
import { CursorScalar, NodeInterface } from '../../../kernel/node.js';
import type { Context } from '../context.js';
import { objectFields } from '../lists/selected-fields.js';
import { loadKnown } from '../nodes.js';
import { Actor } from './actor.js';

@Resolver(() => EventRecord)
export class EventResolver {
  @FieldResolver(() => CursorScalar, { description: 'Cursor of the event. Continue after it.' })
  cursor(@Root() event: EventRecord, @Ctx() { store }: Context): string {
    return store.history.cursorOf(event);
  }

  @FieldResolver(() => Organization, {
    description: 'Organization whose log contains the event. If it was deleted, its name is empty and it is DISABLED.',
  })
  async organization(@Root() { organizationId }: EventRecord, @Ctx() { loaders }: Context): Promise<Organization> {
    const found = await loaders.organization.load({ organizationId, id: organizationId });
    return found ?? goneOrganization(organizationId);
  }

  @FieldResolver(() => Actor, {
    description: 'Originator of the change: an IdP, a sign-in, an API key, a user or the server itself.',
  })
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

  @FieldResolver(() => Group, {
    nullable: true,
    description: 'Group that the event concerns. Null if there is none, or if the caller cannot see it.',
  })
  async group(@Root() { organizationId, groupId }: EventRecord, @Ctx() context: Context): Promise<Group | null> {
    return groupId ? context.visible('group.read', context.loaders.group.load({ organizationId, id: groupId })) : null;
  }

  @FieldResolver(() => Connection, {
    nullable: true,
    description: 'Connection that the event concerns. Null if there is none, or if the caller cannot see it.',
  })
  async connection(
    @Root() { organizationId, connectionId }: EventRecord,
    @Ctx() context: Context,
  ): Promise<Connection | null> {
    if (!connectionId) return null;
    return context.visible('connection.read', context.loaders.connection.load({ organizationId, id: connectionId }));
  }

  @FieldResolver(() => String, {
    description: 'Epoch of the log, as in webhooks. It changes after a restore or failover of the database.',
  })
  epoch(@Ctx() { store }: Context): string {
    return store.history.epoch;
  }

  @FieldResolver(() => String, { description: 'Summary in one line for display. Its text can change in any release.' })
  summary(@Root() event: EventRecord): string {
    return summaryOf(event);
  }

  @FieldResolver(() => Boolean, {
    description: 'True if an erasure has removed personal data from the event. The removed fields are null.',
  })
  scrubbed(@Root() { data }: EventRecord): boolean {
    return data.scrubbed === true;
  }

  @FieldResolver(() => NodeInterface, {
    nullable: true,
    description: 'Subject as it is now. Null if it no longer exists, or if the caller cannot see it.',
  })
  subject(@Root() { organizationId, subjectId: id }: EventRecord, @Ctx() context: Context): Promise<object | null> {
    return loadKnown(context, { organizationId, id });
  }

  @FieldResolver(() => ProvisioningRequest, {
    nullable: true,
    description:
      'Request of the IdP that caused the event. Null if another request caused it, or if the request log no longer contains it.',
  })
  async request(
    @Root() event: EventRecord,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ProvisioningRequest | null> {
    const { organizationId, requestId, position } = event;
    if (requestId === null) return null;
    await context.services.requests.flush();
    const fields = objectFields(info);
    const isWhole = fields.has('requestBody') || fields.has('responseBody');
    const { requests, requestsWithBodies } = context.loaders;
    const found = await (isWhole ? requestsWithBodies : requests).load({ organizationId, id: requestId });
    const request = found.find(
      ({ firstPosition, lastPosition }) => (firstPosition ?? Infinity) <= position && position <= (lastPosition ?? 0),
    );
    if (!request) return null;
    authorize(context.in(organizationId), 'request.read', { organizationId, id: request.connectionId });
    return request;
  }
}
