import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, Field, FieldResolver, Info, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { authorize } from '../../../access/authorize.js';
import type { Tx } from '../../../access/write.js';
import { Connection } from '../../../directory/connections/connection.js';
import { Organization } from '../../../directory/organizations/organization.js';
import { checkedRoles } from '../../../directory/roles/grantable-roles.js';
import { addIdentity } from '../../../directory/users/add-identity.js';
import { changeRoles } from '../../../directory/users/change-roles.js';
import { changeUser } from '../../../directory/users/change-user.js';
import { checkManagerId } from '../../../directory/users/check-manager-id.js';
import { deprovisionUser, reactivateUser } from '../../../directory/users/deprovision-user.js';
import { editProfile, newProfile } from '../../../directory/users/edit-profile.js';
import { checkEmailAddresses } from '../../../directory/users/email-addresses.js';
import { eraseUser } from '../../../directory/users/erase-user.js';
import { Identity } from '../../../directory/users/identity.js';
import { checkProfile } from '../../../directory/users/profile.js';
import { provisionUser } from '../../../directory/users/provision-user.js';
import { findUser } from '../../../directory/users/queries/find-users.js';
import { revokeUserSessions } from '../../../directory/users/revoke-sessions.js';
import { suspendUser, unsuspendUser } from '../../../directory/users/suspend-user.js';
import { User } from '../../../directory/users/user.js';
import { expectUnchanged } from '../../../kernel/errors.js';
import { parseId } from '../../../kernel/ids.js';
import { checkAll, checkedAll, withFieldNames } from '../../../kernel/input-errors.js';
import { parseFilter } from '../../../scim-model/parse-filter.js';
import type { Context } from '../context.js';
import { DeletedPayload } from '../deleted.js';
import { foundOrNull } from '../found-or-null.js';
import { groupsPage } from '../groups/list-groups.js';
import { IdArg, SoughtIdArg } from '../id-arg.js';
import { GroupPage, UserPage } from '../lists/pages.js';
import { BothWays, Forward } from '../lists/paging.js';
import { checkFilter } from '../lists/private-fields.js';
import { nodeFields } from '../lists/selected-fields.js';
import { assignedRolesOf, CreateUserInput, namesOf, UpdateUserInput } from './inputs.js';
import { relatedGroups, relatedUsers, usersPage } from './list-users.js';
import { UserFilter, UserOrder } from './user-filter.js';

@ObjectType({ simpleResolvers: true, description: 'A user, with the invitation code if one was created.' })
export class UserPayload {
  @Field(() => User, { description: 'State of the user after the mutation.' })
  user: User;
  @Field(() => String, {
    nullable: true,
    description: 'Code of the invitation, shown only once. Null unless `inviteUser` created it.',
  })
  invitationCode?: string | null;
}

@Resolver(() => Organization)
export class OrganizationUsersResolver {
  @FieldResolver(() => User, {
    nullable: true,
    description: 'The user with this id in the organization. Null if it does not exist or the caller cannot see it.',
  })
  async user(
    @Root() organization: Organization,
    @SoughtIdArg('user') id: string,
    @Ctx() context: Context,
  ): Promise<User | null> {
    return foundOrNull(() => findUser(context.in(organization.id), id));
  }

  @FieldResolver(() => UserPage, {
    nullable: true,
    description: 'Users of the organization, including deprovisioned and deleted ones.',
  })
  async users(
    @Root() { id }: Organization,
    @Args(() => BothWays) args: BothWays,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
    @Arg('filter', () => UserFilter, { nullable: true, description: 'Criteria, all of which a user meets.' })
    filter?: UserFilter,
    @Arg('orderBy', () => UserOrder, { nullable: true, description: 'Order of the list. Default: by id.' })
    orderBy?: UserOrder,
  ) {
    const { scim, ...given } = filter ?? {};
    checkFilter(context.principal, 'users', { filter, orderBy });
    const criteria = { ...given, filter: scim ? parseFilter(scim) : null };
    return usersPage(context.in(id), args, { criteria, fields: nodeFields(info), orderBy });
  }
}

@Resolver(() => User)
export class UserResolver {
  @Query(() => User, {
    nullable: true,
    description: 'The user with this id. Null if it does not exist or the caller cannot see it.',
  })
  async user(@SoughtIdArg('user') id: string, @Ctx() context: Context): Promise<User | null> {
    return foundOrNull(async () => findUser(await context.read('user', id), id));
  }

  @FieldResolver(() => Organization, { description: 'Organization to which the user permanently belongs.' })
  organization(@Root() { organizationId }: User, @Ctx() { loaders }: Context): Promise<Organization | null> {
    return loaders.organization.load({ organizationId, id: organizationId });
  }

  @FieldResolver(() => [Connection], {
    description: 'SCIM connections that manage the user.',
    deprecationReason: 'Fails for callers that cannot read connections. Use `managers`.',
    nullable: true,
  })
  async managedBy(@Root() { organizationId, scimConnectionId }: User, @Ctx() context: Context): Promise<Connection[]> {
    if (!scimConnectionId) return [];
    const load = context.loaders.connection.load({ organizationId, id: scimConnectionId });
    const connection = await context.visible('connection.read', load);
    return connection ? [connection] : [];
  }

  @FieldResolver(() => User, {
    nullable: true,
    description: 'Manager of the user. Null if there is none, or if the caller cannot see it.',
  })
  async manager(@Root() { organizationId, managerId }: User, @Ctx() context: Context): Promise<User | null> {
    if (!managerId) return null;
    return context.visible('user.read', context.loaders.user.load({ organizationId, id: managerId }));
  }

  @FieldResolver(() => UserPage, { description: 'Users whose manager is this user.' })
  directReports(
    @Root() of: User,
    @Args(() => Forward) args: Forward,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return relatedUsers('reportsOfUser', { context, of, args, info });
  }

  @FieldResolver(() => GroupPage, { description: 'Groups of which the user is a direct member.' })
  groups(
    @Root() of: User,
    @Args(() => Forward) args: Forward,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return relatedGroups('groupsOfUser', { context, of, args, info });
  }

  @FieldResolver(() => GroupPage, {
    description: 'Groups of which the user is a member, directly or through nested groups, each once.',
  })
  allGroups(
    @Root() { id, organizationId }: User,
    @Args(() => Forward) args: Forward,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const shown = { criteria: { aroundMemberId: id }, fields: nodeFields(info) };
    return groupsPage(context.in(organizationId), args as BothWays, shown);
  }

  @FieldResolver(() => [Identity], { nullable: true, description: 'Identities of the user, one for each connection.' })
  async identities(@Root() user: User, @Ctx() { loaders, principal }: Context): Promise<Identity[]> {
    authorize({ principal }, 'user.readPrivate', user);
    return loaders.identities.load(user);
  }

  @Mutation(() => UserPayload, {
    description: 'Creates a user that no SCIM connection manages, and emits USER_PROVISIONED.',
  })
  async createUser(
    @Arg('input', () => CreateUserInput, { description: 'Profile and roles of the user.' }) input: CreateUserInput,
    @Ctx() context: Context,
  ): Promise<UserPayload> {
    const { profile } = await withFieldNames(namesOf(input), async () =>
      checkedAll({
        profile: () => newProfile(input),
        core: () => checkProfile(newProfile({ ...input, attributes: undefined })),
        emails: () => checkEmailAddresses(input.emails),
        roles: () => checkedRoles(input.roles ?? []),
      }),
    );
    const account = { origin: 'API', active: true, externalId: null, profile, roles: input.roles ?? [] } as const;
    const user = await context.write('org', input.organizationId, async (tx) => {
      authorize(tx, 'user.create', { organizationId: tx.organizationId });
      await checkManagerId(tx, input.managerId);
      const created = await provisionUser(tx, account);
      if (input.connectionId && input.externalId) {
        await addIdentity(tx, created, { connectionId: input.connectionId, externalId: input.externalId });
      }
      return created;
    });
    return { user };
  }

  @Mutation(() => UserPayload, {
    description:
      'Changes the given fields of a user and leaves the others unchanged. Emits USER_UPDATED, and USER_ROLES_CHANGED if the roles change.',
  })
  async updateUser(
    @Arg('input', () => UpdateUserInput, { description: 'Id of the user, and the fields to change.' })
    input: UpdateUserInput,
    @Ctx() context: Context,
  ): Promise<UserPayload> {
    const { id, expectedUpdatedAt } = input;
    const roles = assignedRolesOf(input);
    const change = async (tx: Tx) => {
      authorize(tx, 'user.update', await findUser(tx, id));
      await checkManagerId(tx, input.managerId);
      const changed = await changeUser(tx, id, (before, found) => {
        expectUnchanged(found, expectedUpdatedAt);
        const shownManagerId = found.managerId && parseId('user', found.managerId);
        const profile = editProfile(before.profile, input, shownManagerId);
        checkAll([
          () => checkProfile(profile),
          () => checkEmailAddresses(input.emails, before.profile.emails),
          () => checkedRoles(roles ?? []),
        ]);
        return { ...before, profile };
      });
      return roles ? changeRoles(tx, id, roles) : changed;
    };
    return { user: await context.write('user', id, (tx) => withFieldNames(namesOf(input), () => change(tx))) };
  }

  @Mutation(() => UserPayload, {
    description:
      'Suspends a user, independently of the IdP, and ends all sessions. A DEPROVISIONED user keeps that status, and is SUSPENDED when it is reactivated. Emits USER_SUSPENDED.',
  })
  async suspendUser(
    @IdArg('user') id: string,
    @Ctx() context: Context,
    @Arg('reason', () => String, { nullable: true, description: 'Reason, which the event contains.' }) reason?: string,
  ): Promise<UserPayload> {
    return { user: await context.write('user', id, (tx) => suspendUser(tx, id, reason ?? null)) };
  }

  @Mutation(() => UserPayload, {
    description:
      'Removes the suspension of a user and emits USER_UNSUSPENDED. The user is ACTIVE unless the IdP has deactivated it.',
  })
  async unsuspendUser(@IdArg('user') id: string, @Ctx() context: Context): Promise<UserPayload> {
    return { user: await context.write('user', id, (tx) => unsuspendUser(tx, id)) };
  }

  @Mutation(() => UserPayload, {
    description:
      'Deprovisions a user, ends all sessions and emits USER_DEPROVISIONED. The user is kept under the same id.',
  })
  async deprovisionUser(@IdArg('user') id: string, @Ctx() context: Context): Promise<UserPayload> {
    return { user: await context.write('user', id, (tx) => deprovisionUser(tx, id)) };
  }

  @Mutation(() => DeletedPayload, {
    description:
      'Deletes a user and removes the personal data from the directory, the request log and all events, without waiting for retention. Emits USER_DELETED. Requires the scope ADMIN.',
  })
  async eraseUser(@IdArg('user') id: string, @Ctx() context: Context): Promise<DeletedPayload> {
    return { deletedId: await context.write('user', id, (tx) => eraseUser(tx, id)) };
  }

  @Mutation(() => UserPayload, {
    description:
      'Reactivates a deprovisioned or deleted user under the same id and emits USER_REACTIVATED. A user who was suspended before stays SUSPENDED: call unsuspendUser.',
  })
  async reactivateUser(@IdArg('user') id: string, @Ctx() context: Context): Promise<UserPayload> {
    return { user: await context.write('user', id, (tx) => reactivateUser(tx, id)) };
  }

  @Mutation(() => UserPayload, {
    description: 'Ends all sessions of a user and emits SESSION_REVOKED if there were any.',
  })
  async revokeUserSessions(@IdArg('user', 'userId') userId: string, @Ctx() context: Context): Promise<UserPayload> {
    return { user: await context.write('user', userId, (tx) => revokeUserSessions(tx, userId)) };
  }
}

@Resolver(() => Identity)
export class IdentityResolver {
  @FieldResolver(() => Connection, {
    description: 'Connection whose IdP assigned the identity.',
    deprecationReason: 'Fails for callers that cannot read connections. Use `via`.',
    nullable: true,
  })
  async connection(
    @Root() { organizationId, connectionId }: Identity,
    @Ctx() context: Context,
  ): Promise<Connection | null> {
    return context.visible('connection.read', context.loaders.connection.load({ organizationId, id: connectionId }));
  }
}
