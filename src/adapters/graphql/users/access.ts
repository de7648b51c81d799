import { Arg, Ctx, Field, FieldResolver, ID, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import { allows } from '../../../access/authorize.js';
import { type Connection, providerNames } from '../../../directory/connections/connection.js';
import { Identity } from '../../../directory/users/identity.js';
import { unlinkIdentity } from '../../../directory/users/unlink-identity.js';
import {
  type DeprovisionReason,
  deprovisionReasons,
  type Origin,
  origins,
  User,
} from '../../../directory/users/user.js';
import { actionsFor, type UserAction, userActions } from '../../../directory/users/user-actions.js';
import type { ProviderName } from '../../../identity-providers/profiles/index.js';
import { typeId } from '../../../kernel/descriptions.js';
import { NotFound } from '../../../kernel/errors.js';
import { JsonScalar } from '../../../kernel/node.js';
import type { Context } from '../context.js';
import { IdArg } from '../id-arg.js';
import { UserPayload } from './resolvers.js';

@ObjectType('UserAccess', {
  simpleResolvers: true,
  description:
    'Roles, life cycle and private attributes of a user: the fields that only the user, administrators and API keys can read.',
})
export class UserAccess {
  @Field(() => [String], { description: 'Effective roles: assigned directly, by the IdP, or through groups.' })
  roles: string[];
  @Field(() => [String], {
    description: 'Roles that are assigned to the user directly: the only roles that `UpdateUserInput` sets.',
  })
  assignedRoles: string[];
  @Field(() => origins, { description: 'Entry point that created the user.' })
  origin: Origin;
  @Field(() => Boolean, {
    description: 'True if no IdP and no rule can deprovision, demote or adopt the user (break-glass).',
  })
  protected: boolean;
  @Field(() => Boolean, { description: 'True if the user has signed in at least once.' })
  hasSignedIn: boolean;
  @Field(() => Date, { nullable: true, description: 'Time of the last sign-in. Null if there was none.' })
  lastSignInAt: Date | null;
  @Field(() => Date, { nullable: true, description: 'Time of the suspension. Null if the user is not suspended.' })
  suspendedAt: Date | null;
  @Field(() => Date, {
    nullable: true,
    description: 'Time of the deprovisioning. Null if the user is not deprovisioned.',
  })
  deprovisionedAt: Date | null;
  @Field(() => deprovisionReasons, {
    nullable: true,
    description: 'Cause of the deprovisioning. Null if the user is not deprovisioned.',
  })
  deprovisionReason: DeprovisionReason | null;
  @Field(() => String, { nullable: true, description: 'Employee number. Null if there is none.' })
  employeeNumber: unknown;
  @Field(() => JsonScalar, { description: 'Attributes without a field of their own, by SCIM name or URN.' })
  attributes: Record<string, unknown>;
}

@ObjectType('ConnectionLabel', {
  simpleResolvers: true,
  description: 'Name of a connection, for callers that cannot read connections.',
})
export class ConnectionLabel {
  @Field(() => ID, { description: typeId('conn') })
  id: string;
  @Field(() => String, { description: 'Name for display, also on setup pages. It does not need to be unique.' })
  name: string;
  @Field(() => providerNames, { description: 'Product of the IdP, such as OKTA.' })
  provider: ProviderName;
}

// The label is part of the user's private fields, so the permission to read connections is not needed.
const labelOf = ({ id, name, provider }: Connection): ConnectionLabel => ({ id, name, provider });

@Resolver(() => User)
export class UserAccessResolver {
  @FieldResolver(() => UserAccess, {
    nullable: true,
    description:
      'Private fields of the user. Null without an error if the caller cannot read them, so that a page of users can select it for any caller.',
  })
  access(@Root() user: User, @Ctx() context: Context): UserAccess | null {
    if (!allows(context, 'user.readPrivate', user)) return null;
    // Getters: a list reads only the columns of the selected fields.
    return Object.defineProperty(Object.create(user), 'assignedRoles', { value: user.directRoles });
  }

  @FieldResolver(() => [userActions], {
    description:
      'Changes of the user that the permissions of the caller allow and that apply to its current status. Empty if there are none.',
  })
  viewerCan(@Root() user: User, @Ctx() { principal }: Context): UserAction[] {
    return actionsFor(principal, user);
  }

  @FieldResolver(() => [ConnectionLabel], {
    nullable: true,
    description:
      'Names of the SCIM connections that manage the user. Null without an error if the caller cannot read the private fields of the user.',
  })
  async managers(@Root() user: User, @Ctx() context: Context): Promise<ConnectionLabel[] | null> {
    if (!allows(context, 'user.readPrivate', user)) return null;
    const { organizationId, scimConnectionId } = user;
    if (!scimConnectionId) return [];
    const connection = await context.loaders.connection.load({ organizationId, id: scimConnectionId });
    return connection ? [labelOf(connection)] : [];
  }
}

@Resolver(() => Identity)
export class IdentityLabelResolver {
  @Mutation(() => UserPayload, {
    description:
      'Deletes the identity of a user at a connection, so that the subject can be linked to another user. Ends all sessions of the user. Emits USER_UPDATED.',
  })
  async unlinkIdentity(
    @IdArg('user', 'userId') userId: string,
    @IdArg('conn', 'connectionId') connectionId: string,
    @Arg('reason', () => String, { description: 'Reason, which the event contains.' }) reason: string,
    @Ctx() context: Context,
  ): Promise<UserPayload> {
    const user = await context.write('user', userId, (tx) => unlinkIdentity(tx, userId, { connectionId, reason }));
    return { user };
  }

  @FieldResolver(() => ConnectionLabel, { description: 'Name of the connection of the identity.' })
  async via(@Root() { organizationId, connectionId }: Identity, @Ctx() { loaders }: Context): Promise<ConnectionLabel> {
    const connection = await loaders.connection.load({ organizationId, id: connectionId });
    // The row of an identity is deleted with its connection, so it is missing only if that happens during the request.
    if (!connection) throw new NotFound('connection');
    return labelOf(connection);
  }
}
