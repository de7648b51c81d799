import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
  registerEnumType,
} from 'type-graphql';
import { authorize } from '../access/authorize.js';
import { SignInSession } from '../access/session.js';
import type { Read } from '../access/write.js';
import { parseFilter } from '../attributes/parse-filter.js';
import { Connection } from '../directory/connections/connection.js';
import type { Group } from '../directory/groups/group.js';
import { Organization } from '../directory/organizations/organization.js';
import { changeRoles, changeUser } from '../directory/users/change-user.js';
import { deprovisionUser, reactivateUser } from '../directory/users/deprovision-user.js';
import { editProfile, newProfile } from '../directory/users/edit-profile.js';
import { eraseUser } from '../directory/users/erase-user.js';
import { countUsers, findUser, listUsers, selectionOf, type UserCriteria } from '../directory/users/find-users.js';
import { Identity } from '../directory/users/identity.js';
import { knowBy } from '../directory/users/know-by.js';
import { provisionUser } from '../directory/users/provision-user.js';
import { revokeUserSessions } from '../directory/users/revoke-sessions.js';
import { suspendUser, unsuspendUser } from '../directory/users/suspend-user.js';
import { type Origin, origins, User, type UserStatus, userStatuses } from '../directory/users/user.js';
import type { Context } from './context.js';
import { DeletedPayload } from './deleted.js';
import { groupsById, groupsOf } from './groups-of-user.js';
import { GroupPage, UserPage } from './pages.js';
import { BothWays, cursorOf, Forward, type Order, pageBy, sizeOf, toPage } from './paging.js';
import { checkFilter } from './private-fields.js';
import { CreateUserInput, UpdateUserInput } from './user-inputs.js';

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
  @Field(() => String, { nullable: true, description: 'Words matched against names, userName and e-mail.' })
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

const orders: Record<keyof typeof orderFields, Omit<Order<User>, 'idSql' | 'descending'>> = {
  CREATED_AT: { sql: 'u.created_at', type: 'timestamptz', valueOf: (user) => user.createdAt.toISOString() },
  UPDATED_AT: { sql: 'u.updated_at', type: 'timestamptz', valueOf: (user) => user.updatedAt.toISOString() },
  USER_NAME: { sql: 'u.user_name_key', type: 'text', valueOf: (user) => user.userNameKey },
  DISPLAY_NAME: { sql: `coalesce(u.display_name_key, '')`, type: 'text', valueOf: (user) => user.displayNameKey ?? '' },
  FAMILY_NAME: { sql: `coalesce(u.family_name, '')`, type: 'text', valueOf: (user) => user.familyNameKey ?? '' },
  LAST_SIGN_IN_AT: {
    sql: `coalesce(u.last_sign_in_at, 'epoch')`,
    type: 'timestamptz',
    valueOf: (user) => (user.lastSignInAt ?? new Date(0)).toISOString(),
  },
};
const byId: Order<User> = { sql: 'u.id', type: 'text', idSql: 'u.id', descending: false, valueOf: ({ id }) => id };

/** A page of the users that fit the criteria, in the organization of `read`. */
export function usersPage(read: Read, args: BothWays, criteria: UserCriteria, orderBy?: UserOrder | null) {
  const selection = selectionOf(read, criteria);
  const { where } = selection;
  const order = orderBy ? { ...orders[orderBy.field], idSql: 'u.id', descending: orderBy.direction === 'DESC' } : byId;
  return pageBy<User>(args, order, {
    bind: selection.bind,
    list: (condition, tail) => listUsers(read, { ...selection, where: `${where} and ${condition}` }, tail),
    count: () => countUsers(read, selection),
  });
}

@Resolver(() => Organization)
export class OrganizationUsersResolver {
  @FieldResolver(() => User, { nullable: true })
  async user(
    @Root() organization: Organization,
    @Arg('id', () => ID) id: string,
    @Ctx() context: Context,
  ): Promise<User> {
    return findUser(await context.read('org', organization.id), id);
  }

  @FieldResolver(() => UserPage)
  async users(
    @Root() { id }: Organization,
    @Args(() => BothWays) args: BothWays,
    @Ctx() context: Context,
    @Arg('filter', () => UserFilter, { nullable: true }) filter?: UserFilter,
    @Arg('orderBy', () => UserOrder, { nullable: true }) orderBy?: UserOrder,
  ) {
    const { scim, ...criteria } = filter ?? {};
    checkFilter(context.principal, filter ?? {}, orderBy);
    return usersPage(
      await context.read('org', id),
      args,
      { ...criteria, filter: scim ? parseFilter(scim) : null },
      orderBy,
    );
  }
}

@Resolver(() => User)
export class UserResolver {
  @Query(() => User, { nullable: true })
  async user(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<User> {
    return findUser(await context.read('user', id), id);
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
  async directReports(
    @Root() { id, organizationId }: User,
    @Args(() => Forward) args: Forward,
    @Ctx() context: Context,
  ) {
    return usersPage(await context.read('org', organizationId), args as BothWays, { managerId: id });
  }

  @FieldResolver(() => GroupPage, { description: 'Groups that the user belongs to directly.' })
  async groups(@Root() user: User, @Args(() => Forward) args: Forward, @Ctx() context: Context) {
    if (args.after) return groupsOf(context, user, args);
    authorize(context, 'group.read', user);
    const size = sizeOf(args.first);
    const found = await context.loaders.firstGroups(size + 1).load(user);
    const edges = found.slice(0, size).map((node) => ({ cursor: cursorOf(groupsById, node), node }));
    const total = async () => (found.length <= size ? found.length : (await groupsOf(context, user, args)).totalCount);
    return toPage<Group>(edges, { hasNextPage: found.length > size, hasPreviousPage: false }, total);
  }

  @FieldResolver(() => [Identity])
  async identities(@Root() user: User, @Ctx() { loaders, principal }: Context): Promise<Identity[]> {
    authorize({ principal }, 'user.readPrivate', user);
    return loaders.identities.load(user);
  }

  @FieldResolver(() => [SignInSession])
  async sessions(@Root() { id, organizationId }: User, @Ctx() { store, principal }: Context): Promise<SignInSession[]> {
    authorize({ principal }, 'session.read', { organizationId, userId: id });
    const live = 'organization_id = $1 and user_id = $2 and ended_at is null and expires_at > $3 order by id';
    return store.database.rows(SignInSession, live, [organizationId, id, store.now()]);
  }

  @Mutation(() => UserPayload)
  async createUser(
    @Arg('input', () => CreateUserInput) input: CreateUserInput,
    @Ctx() context: Context,
  ): Promise<UserPayload> {
    const profile = newProfile(input);
    const account = { origin: 'API', active: true, externalId: null, profile, roles: input.roles ?? [] } as const;
    const user = await context.write('org', input.organizationId, async (tx) => {
      const created = await provisionUser(tx, account);
      if (input.connectionId && input.externalId) {
        await knowBy(tx, created, { connectionId: input.connectionId, externalId: input.externalId });
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
    const { id, roles } = input;
    const user = await context.write('user', id, async (tx) => {
      const changed = await changeUser(tx, id, (before) => ({
        ...before,
        profile: editProfile(before.profile, input),
      }));
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
