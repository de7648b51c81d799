import { Ctx, Field, FieldResolver, ID, ObjectType, Resolver, Root } from 'type-graphql';
import { Connection } from '../../../directory/connections/connection.js';
import { Group } from '../../../directory/groups/group.js';
import type { User } from '../../../directory/users/user.js';
import type { EventRecord } from '../../../events/event.js';
import type { EventPayloads } from '../../../events/payloads.js';
import type { ConnectionId, GroupId, OrganizationId } from '../../../kernel/ids.js';
import type { Context } from '../context.js';
import { GroupMemberUnion } from '../groups/group-member.js';
import { ConnectionEvent, GroupEvent, GroupState, typedEvents, UserEvent, UserState } from './typed-events.js';

/** Returns the state in the data of an event; null if the type of the event has none, or an erasure removed it. */
const stateIn = ({ data }: EventRecord, mark: string): object | null =>
  data.scrubbed || data[mark] === undefined ? null : data;

@Resolver(() => UserEvent)
export class UserEventResolver {
  @FieldResolver(() => ID, { description: 'Id of the user, which is the subject.' })
  userId(@Root() { subjectId }: EventRecord): string {
    return subjectId;
  }

  @FieldResolver(() => UserState, {
    nullable: true,
    description: 'User right after the change. Null if this type of event has no state, and after an erasure.',
  })
  userAfter(@Root() event: EventRecord): object | null {
    return stateIn(event, 'userName');
  }
}

@Resolver(() => GroupEvent)
export class GroupEventResolver {
  @FieldResolver(() => ID, { description: 'Id of the group, which is the subject.' })
  groupId(@Root() { subjectId }: EventRecord): string {
    return subjectId;
  }

  @FieldResolver(() => GroupState, {
    nullable: true,
    description: 'Group right after the change. Null if this type of event has no state, and after an erasure.',
  })
  groupAfter(@Root() event: EventRecord): object | null {
    return stateIn(event, 'attributes');
  }
}

@Resolver(() => ConnectionEvent)
export class ConnectionEventResolver {
  @FieldResolver(() => ID, {
    nullable: true,
    description: 'Id of the connection. Null if a protected account was not changed and no connection is known.',
  })
  connectionId(@Root() { connectionId, subjectType, subjectId }: EventRecord): string | null {
    return subjectType === 'connection' ? subjectId : connectionId;
  }
}

@ObjectType('RoleChangeCause', {
  simpleResolvers: true,
  description: 'Where the roles that a user received or lost come from.',
})
export class RoleChangeCause {
  organizationId: OrganizationId;
  connectionId: ConnectionId | null;

  @Field(() => ID, { nullable: true, description: 'Id of the group. Null if the cause is not a group.' })
  groupId: GroupId | null;
  @Field(() => Boolean, { description: 'True if the rules of the connection gave or removed the roles.' })
  mapping: boolean;
  @Field(() => Boolean, { description: 'True if the IdP gave or removed the roles.' })
  idp: boolean;
  @Field(() => Boolean, { description: 'True if the roles were assigned to the user directly, or removed.' })
  direct: boolean;
  @Field(() => Boolean, { description: 'True if the user was deprovisioned.' })
  deprovisioned: boolean;
}

@Resolver(() => RoleChangeCause)
export class RoleChangeCauseResolver {
  @FieldResolver(() => Group, {
    nullable: true,
    description: 'Group that gave the roles, or no longer gives them. Null if the cause is not a group.',
  })
  async group(@Root() { organizationId, groupId }: RoleChangeCause, @Ctx() context: Context): Promise<Group | null> {
    return groupId ? context.visible('group.read', context.loaders.group.load({ organizationId, id: groupId })) : null;
  }

  @FieldResolver(() => Connection, {
    nullable: true,
    description:
      'SCIM connection of the user. Null if the cause is neither its rules nor its IdP, or if there is none.',
  })
  async connection(@Root() cause: RoleChangeCause, @Ctx() context: Context): Promise<Connection | null> {
    const { organizationId, connectionId: id, mapping, idp } = cause;
    if (!id || !(mapping || idp)) return null;
    return context.visible('connection.read', context.loaders.connection.load({ organizationId, id }));
  }
}

@Resolver(() => typedEvents['user.roles_changed'])
export class UserRolesChangedResolver {
  @FieldResolver(() => RoleChangeCause, { nullable: true, description: 'The cause of the change.' })
  cause(@Root() { organizationId, connectionId, data }: EventRecord): RoleChangeCause | null {
    const { because } = data as Partial<EventPayloads['user.roles_changed']>;
    if (!because) return null;
    return {
      organizationId,
      connectionId: connectionId as ConnectionId | null,
      groupId: 'groupId' in because ? because.groupId : null,
      mapping: 'mapping' in because,
      idp: 'idp' in because,
      direct: 'direct' in because,
      deprovisioned: 'deprovisioned' in because,
    };
  }
}

/** Returns the member of the event's group; null if it no longer exists. @throws Forbidden */
async function memberOf(event: EventRecord, context: Context): Promise<User | Group | null> {
  const { organizationId, data } = event;
  const { userId, memberGroupId } = data as { userId?: string; memberGroupId?: string };
  if (userId) return context.visible('user.read', context.loaders.user.load({ organizationId, id: userId }));
  if (!memberGroupId) return null;
  return context.visible('group.read', context.loaders.group.load({ organizationId, id: memberGroupId }));
}

const memberDescription = 'Member as it is now. Null if it no longer exists, or if the caller cannot see it.';

@Resolver(() => typedEvents['group.member_added'])
export class GroupMemberAddedResolver {
  @FieldResolver(() => GroupMemberUnion, { nullable: true, description: memberDescription })
  member(@Root() event: EventRecord, @Ctx() context: Context): Promise<User | Group | null> {
    return memberOf(event, context);
  }
}

@Resolver(() => typedEvents['group.member_removed'])
export class GroupMemberRemovedResolver {
  @FieldResolver(() => GroupMemberUnion, { nullable: true, description: memberDescription })
  member(@Root() event: EventRecord, @Ctx() context: Context): Promise<User | Group | null> {
    return memberOf(event, context);
  }
}
