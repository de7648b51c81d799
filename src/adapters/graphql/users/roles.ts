import {
  Arg,
  Ctx,
  Field,
  FieldResolver,
  Int,
  Mutation,
  ObjectType,
  Resolver,
  Root,
  registerEnumType,
} from 'type-graphql';
import { allows } from '../../../access/authorize.js';
import { Connection } from '../../../directory/connections/connection.js';
import { Group } from '../../../directory/groups/group.js';
import { Organization } from '../../../directory/organizations/organization.js';
import {
  type RoleGrant as FoundGrant,
  type RoleSource,
  roleSources,
} from '../../../directory/roles/find-role-grants.js';
import { findRoleUsage } from '../../../directory/roles/find-role-usage.js';
import { grantRoles, revokeRoles } from '../../../directory/users/change-roles.js';
import { User, useAccess } from '../../../directory/users/user.js';
import type { OrganizationId } from '../../../kernel/ids.js';
import type { Context } from '../context.js';
import { IdArg } from '../id-arg.js';
import { UserPayload } from './resolvers.js';

registerEnumType(roleSources, {
  name: 'RoleSource',
  description: 'Reason why a user holds a role.',
  valuesConfig: {
    ASSIGNED: { description: 'The role is assigned to the user directly.' },
    GROUP: { description: 'The role is assigned to a group that the user belongs to, at any depth.' },
    IDP: { description: 'The IdP sends the role, by SCIM or in the claims of a sign-in.' },
    KEPT: {
      description:
        'The role has no source left. An IdP cannot remove it, because the account is protected or is the last administrator.',
    },
    MAPPING: { description: 'A group mapping of the connection grants the role.' },
  },
});

@ObjectType('RoleGrant', { simpleResolvers: true, description: 'Role that a user holds, and one of its sources.' })
export class RoleGrant implements FoundGrant {
  organizationId: OrganizationId;
  groupId: string | null;
  connectionId: string | null;

  @Field(() => String, {
    description: 'Name of the role, as your application defines it. Rollcall assigns no permissions to it.',
  })
  role: string;
  @Field(() => roleSources, {
    description: 'Why the user holds the role. A role with several sources has a grant for each.',
  })
  source: RoleSource;
}

@ObjectType('RoleUsage', {
  simpleResolvers: true,
  description: 'Role of an organization, and how many users and groups have it.',
})
export class RoleUsage {
  @Field(() => String, {
    description: 'Name of the role, as your application defines it. Rollcall assigns no permissions to it.',
  })
  role: string;
  @Field(() => Int, { description: 'Number of users that hold the role from any source, without deprovisioned users.' })
  userCount: number;
  @Field(() => Int, { description: 'Number of groups that grant the role to their members.' })
  groupCount: number;
  @Field(() => Boolean, { description: 'True if users with the role administer the organization.' })
  administrative: boolean;
}

@Resolver(() => Organization)
export class OrganizationRolesResolver {
  @FieldResolver(() => [RoleUsage], {
    nullable: true,
    description: 'Roles that a user holds or a group grants, by name.',
  })
  roles(@Root() { id }: Organization, @Ctx() context: Context): Promise<RoleUsage[]> {
    return findRoleUsage(context.in(id));
  }
}

@Resolver(() => User)
export class UserRolesResolver {
  @FieldResolver(() => [String], {
    description: 'Roles that are assigned to the user directly: the only roles that `UpdateUserInput` sets.',
    ...useAccess,
  })
  assignedRoles(@Root() { directRoles }: User): string[] {
    return directRoles;
  }

  @FieldResolver(() => [RoleGrant], {
    nullable: true,
    description: 'Each role in `roles` with each of its sources, by name.',
  })
  async roleGrants(@Root() { organizationId, id }: User, @Ctx() context: Context): Promise<RoleGrant[]> {
    const found = await context.related.roleGrants.load({ organizationId, id });
    return found.map((grant) => ({ ...grant, organizationId }));
  }

  @Mutation(() => UserPayload, {
    description:
      'Adds roles to those that are assigned to the user directly. Emits `user.roles_changed` if the user did not hold one of them.',
  })
  async grantRoles(
    @IdArg('user', 'userId') userId: string,
    @Arg('roles', () => [String], {
      description: 'Names of 1 to 200 characters, at most 200. Roles that are already assigned have no effect.',
    })
    roles: string[],
    @Ctx() context: Context,
  ): Promise<UserPayload> {
    return { user: await context.write('user', userId, (tx) => grantRoles(tx, userId, roles)) };
  }

  @Mutation(() => UserPayload, {
    description:
      'Removes roles from those that are assigned to the user directly. The user keeps a role that has another source. Emits `user.roles_changed` if the user loses a role.',
  })
  async revokeRoles(
    @IdArg('user', 'userId') userId: string,
    @Arg('roles', () => [String], {
      description: 'Names of 1 to 200 characters, at most 200. Roles that are not assigned have no effect.',
    })
    roles: string[],
    @Ctx() context: Context,
  ): Promise<UserPayload> {
    return { user: await context.write('user', userId, (tx) => revokeRoles(tx, userId, roles)) };
  }
}

@Resolver(() => RoleGrant)
export class RoleGrantResolver {
  @FieldResolver(() => Group, {
    nullable: true,
    description: 'Group that grants the role. Null if the source is not a group.',
  })
  async group(@Root() { organizationId, groupId }: RoleGrant, @Ctx() context: Context): Promise<Group | null> {
    if (!groupId) return null;
    return context.visible('group.read', context.loaders.group.load({ organizationId, id: groupId }));
  }

  @FieldResolver(() => Connection, {
    nullable: true,
    description:
      'Connection whose IdP or group mapping grants the role. Null for other sources, and if the caller cannot read connections.',
  })
  async connection(
    @Root() { organizationId, connectionId }: RoleGrant,
    @Ctx() context: Context,
  ): Promise<Connection | null> {
    if (!connectionId || !allows(context, 'connection.read', { organizationId, id: connectionId })) return null;
    return context.loaders.connection.load({ organizationId, id: connectionId });
  }
}
