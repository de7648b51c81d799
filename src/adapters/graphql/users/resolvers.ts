import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  InputType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
  registerEnumType,
} from 'type-graphql';
import { authorize } from '../../../access/authorize.js';
import { Connection } from '../../../directory/connections/connection.js';
import { Organization } from '../../../directory/organizations/organization.js';
import { SignInSession } from '../../../directory/sessions/session.js';
import { addIdentity } from '../../../directory/users/add-identity.js';
import { changeRoles } from '../../../directory/users/change-roles.js';
import { changeUser } from '../../../directory/users/change-user.js';
import { deprovisionUser, reactivateUser } from '../../../directory/users/deprovision-user.js';
import { editProfile, newProfile } from '../../../directory/users/edit-profile.js';
import { checkEmailAddresses } from '../../../directory/users/email-addresses.js';
import { eraseUser } from '../../../directory/users/erase-user.js';
import { expectManager } from '../../../directory/users/expect-manager.js';
import { Identity } from '../../../directory/users/identity.js';
import { provisionUser } from '../../../directory/users/provision-user.js';
import { findUser } from '../../../directory/users/queries/find-users.js';
import { revokeUserSessions } from '../../../directory/users/revoke-sessions.js';
import { suspendUser, unsuspendUser } from '../../../directory/users/suspend-user.js';
import { type Origin, origins, User, type UserStatus, userStatuses } from '../../../directory/users/user.js';
import { expectUnchanged } from '../../../kernel/errors.js';
import { parseId } from '../../../kernel/ids.js';
import { parseFilter } from '../../../scim-model/parse-filter.js';
import type { Context } from '../context.js';
import { DeletedPayload } from '../deleted.js';
import { foundOrNull } from '../found-or-null.js';
import { groupsPage } from '../groups/list-groups.js';
import { nodeFields } from '../lists/look-ahead.js';
import { GroupPage, UserPage } from '../lists/pages.js';
import { BothWays, Forward } from '../lists/paging.js';
import { checkFilter } from '../lists/private-fields.js';
import { assignedRolesOf, CreateUserInput, UpdateUserInput } from './inputs.js';
import { groupsOfUser, relatedUsers, usersPage } from './list-users.js';

const orderFields = {
  CREATED_AT: 'CREATED_AT',
  UPDATED_AT: 'UPDATED_AT',
  USER_NAME: 'USER_NAME',
  DISPLAY_NAME: 'DISPLAY_NAME',
  FAMILY_NAME: 'FAMILY_NAME',
  LAST_SIGN_IN_AT: 'LAST_SIGN_IN_AT',
} as const;
registerEnumType(orderFields, { name: 'UserOrderField' });
const directions = { ASC: 'ASC', DESC: 'DESC' } as const;
registerEnumType(directions, { name: 'Direction' });

@InputType()
export class UserFilter {
  @Field(() => [userStatuses], { nullable: true })
  status?: UserStatus[] | null;
  @Field(() => origins, { nullable: true })
  origin?: Origin | null;
  @Field(() => Boolean, { nullable: true })
  hasSignedIn?: boolean | null;
  @Field(() => ID, { nullable: true })
  connectionId?: string | null;
  @Field(() => ID, { nullable: true })
  groupId?: string | null;
  @Field(() => String, { nullable: true })
  email?: string | null;
  @Field(() => String, { nullable: true })
  userName?: string | null;
  @Field(() => String, {
    nullable: true,
    description:
      'Words that names, userName or email have in them, in any order; words of one or two letters where a name begins.',
  })
  search?: string | null;
  @Field(() => Date, { nullable: true })
  updatedAfter?: Date | null;
  @Field(() => String, {
    nullable: true,
    description: 'A SCIM filter expression (RFC 7644 section 3.4.2.2), the same language that IdPs use.',
  })
  scim?: string | null;
}

@InputType()
export class UserOrder {
  @Field(() => orderFields)
  field: keyof typeof orderFields;
  @Field(() => directions)
  direction: keyof typeof directions;
}

@ObjectType({ simpleResolvers: true })
export class UserPayload {
  @Field(() => User)
  user: User;
  @Field(() => String, { nullable: true, description: 'Set by inviteUser: the code to mail, shown this once.' })
  invitationCode?: string | null;
}

@Resolver(() => Organization)
export class OrganizationUsersResolver {
  @FieldResolver(() => User, { nullable: true })
  async user(
    @Root() organization: Organization,
    @Arg('id', () => ID) id: string,
    @Ctx() context: Context,
  ): Promise<User | null> {
    return foundOrNull(() => findUser(context.in(organization.id), id));
  }

  @FieldResolver(() => UserPage)
  async users(
    @Root() { id }: Organization,
    @Args(() => BothWays) args: BothWays,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
    @Arg('filter', () => UserFilter, { nullable: true }) filter?: UserFilter,
    @Arg('orderBy', () => UserOrder, { nullable: true }) orderBy?: UserOrder,
  ) {
    const { scim, ...given } = filter ?? {};
    checkFilter(context.principal, filter ?? {}, orderBy);
    const criteria = { ...given, filter: scim ? parseFilter(scim) : null };
    return usersPage(context.in(id), args, { criteria, fields: nodeFields(info), orderBy });
  }
}

@Resolver(() => User)
export class UserResolver {
  @Query(() => User, { nullable: true })
  async user(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<User | null> {
    return foundOrNull(async () => findUser(await context.read('user', id), id));
  }

  @FieldResolver(() => Organization)
  organization(@Root() { organizationId }: User, @Ctx() { loaders }: Context): Promise<Organization | null> {
    return loaders.organization.load({ organizationId, id: organizationId });
  }

  @FieldResolver(() => [Connection], { description: 'SCIM connections that manage this account.' })
  async managedBy(@Root() { organizationId, scimConnectionId }: User, @Ctx() context: Context): Promise<Connection[]> {
    if (!scimConnectionId) return [];
    const load = context.loaders.connection.load({ organizationId, id: scimConnectionId });
    const connection = await context.visible('connection.read', load);
    return connection ? [connection] : [];
  }

  @FieldResolver(() => User, { nullable: true })
  async manager(@Root() { organizationId, managerId }: User, @Ctx() context: Context): Promise<User | null> {
    if (!managerId) return null;
    return context.visible('user.read', context.loaders.user.load({ organizationId, id: managerId }));
  }

  @FieldResolver(() => UserPage)
  directReports(
    @Root() of: User,
    @Args(() => Forward) args: Forward,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return relatedUsers('reportsOfUser', { context, of, args, info });
  }

  @FieldResolver(() => GroupPage, { description: 'Groups that the user belongs to directly.' })
  groups(
    @Root() of: User,
    @Args(() => Forward) args: Forward,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return groupsOfUser({ context, of, args, info });
  }

  @FieldResolver(() => GroupPage, {
    description: 'Groups that the user belongs to, directly or through others, each once.',
  })
  allGroups(
    @Root() { id, organizationId }: User,
    @Args(() => Forward) args: Forward,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return groupsPage(context.in(organizationId), args as BothWays, { aroundMemberId: id }, nodeFields(info));
  }

  @FieldResolver(() => [Identity])
  async identities(@Root() user: User, @Ctx() { loaders, principal }: Context): Promise<Identity[]> {
    authorize({ principal }, 'user.readPrivate', user);
    return loaders.identities.load(user);
  }

  @FieldResolver(() => [SignInSession])
  async sessions(@Root() user: User, @Ctx() { loaders, principal }: Context): Promise<SignInSession[]> {
    authorize({ principal }, 'session.read', { organizationId: user.organizationId, userId: user.id });
    return loaders.sessions.load(user);
  }

  @Mutation(() => UserPayload)
  async createUser(
    @Arg('input', () => CreateUserInput) input: CreateUserInput,
    @Ctx() context: Context,
  ): Promise<UserPayload> {
    checkEmailAddresses(input.emails);
    const profile = newProfile(input);
    const account = { origin: 'API', active: true, externalId: null, profile, roles: input.roles ?? [] } as const;
    const user = await context.write('org', input.organizationId, async (tx) => {
      authorize(tx, 'user.create', { organizationId: tx.organizationId });
      await expectManager(tx, input.managerId);
      const created = await provisionUser(tx, account);
      if (input.connectionId && input.externalId) {
        await addIdentity(tx, created, { connectionId: input.connectionId, externalId: input.externalId });
      }
      return created;
    });
    return { user };
  }

  @Mutation(() => UserPayload)
  async updateUser(
    @Arg('input', () => UpdateUserInput) input: UpdateUserInput,
    @Ctx() context: Context,
  ): Promise<UserPayload> {
    const { id, expectedUpdatedAt } = input;
    const roles = assignedRolesOf(input);
    const user = await context.write('user', id, async (tx) => {
      authorize(tx, 'user.update', await findUser(tx, id));
      await expectManager(tx, input.managerId);
      const changed = await changeUser(tx, id, (before, found) => {
        expectUnchanged(found, expectedUpdatedAt);
        checkEmailAddresses(input.emails, before.profile.emails);
        const shownManagerId = found.managerId && parseId('user', found.managerId);
        return { ...before, profile: editProfile(before.profile, input, shownManagerId) };
      });
      return roles ? changeRoles(tx, id, roles) : changed;
    });
    return { user };
  }

  @Mutation(() => UserPayload, { description: 'Blocks a user locally; the IdP cannot lift it.' })
  async suspendUser(
    @Arg('id', () => ID) id: string,
    @Ctx() context: Context,
    @Arg('reason', () => String, { nullable: true }) reason?: string,
  ): Promise<UserPayload> {
    return { user: await context.write('user', id, (tx) => suspendUser(tx, id, reason ?? null)) };
  }

  @Mutation(() => UserPayload)
  async unsuspendUser(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<UserPayload> {
    return { user: await context.write('user', id, (tx) => unsuspendUser(tx, id)) };
  }

  @Mutation(() => UserPayload)
  async deprovisionUser(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<UserPayload> {
    return { user: await context.write('user', id, (tx) => deprovisionUser(tx, id)) };
  }

  @Mutation(() => DeletedPayload, {
    description:
      'Purges personal data now, without waiting for retention: from the directory, the request log and every event.',
  })
  async eraseUser(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<DeletedPayload> {
    return { deletedId: await context.write('user', id, (tx) => eraseUser(tx, id)) };
  }

  @Mutation(() => UserPayload)
  async reactivateUser(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<UserPayload> {
    return { user: await context.write('user', id, (tx) => reactivateUser(tx, id)) };
  }

  @Mutation(() => UserPayload)
  async revokeUserSessions(@Arg('userId', () => ID) userId: string, @Ctx() context: Context): Promise<UserPayload> {
    return { user: await context.write('user', userId, (tx) => revokeUserSessions(tx, userId)) };
  }
}

@Resolver(() => Identity)
export class IdentityResolver {
  @FieldResolver(() => Connection)
  async connection(
    @Root() { organizationId, connectionId }: Identity,
    @Ctx() context: Context,
  ): Promise<Connection | null> {
    return context.visible('connection.read', context.loaders.connection.load({ organizationId, id: connectionId }));
  }
}
