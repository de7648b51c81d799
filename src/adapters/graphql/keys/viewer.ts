import { Arg, Ctx, Field, FieldResolver, ID, ObjectType, Query, Resolver } from 'type-graphql';
import { allows, authorize, ownTarget } from '../../../access/authorize.js';
import { type Action, policy } from '../../../access/policy.js';
import { actorOf, type Scope, scopes } from '../../../access/principal.js';
import { ApiKey } from '../../../credentials/api-keys/api-key.js';
import { Connection } from '../../../directory/connections/connection.js';
import { SetupLink } from '../../../directory/connections/setup-link.js';
import { findSetupLink } from '../../../directory/connections/setup-links.js';
import { Organization } from '../../../directory/organizations/organization.js';
import { SignInSession } from '../../../directory/sessions/session.js';
import { User } from '../../../directory/users/user.js';
import { BadInput } from '../../../kernel/errors.js';
import { NodeInterface } from '../../../kernel/node.js';
import type { Context } from '../context.js';
import { actorKinds } from '../events/actor.js';
import { ownedKeyOf } from '../lists/loaders.js';
import { findNode } from '../nodes.js';

@ObjectType('Viewer', { simpleResolvers: true, description: 'The caller of the request.' })
export class Viewer {
  @Field(() => actorKinds, { description: 'Kind of the credential with which the request was sent.' })
  kind: keyof typeof actorKinds;
  @Field(() => Organization, {
    nullable: true,
    description: 'Organization of the caller. Null for platform keys and setup links.',
  })
  organization: Organization | null;
  @Field(() => User, { nullable: true, description: 'The signed-in user. Null for other credentials.' })
  user: User | null;
  @Field(() => Connection, { nullable: true, description: 'Connection of a setup link. Null for other credentials.' })
  connection: Connection | null;
  @Field(() => [scopes], { description: 'Scopes of an API key. Empty for other credentials.' })
  scopes: Scope[];
  @Field(() => [String], {
    description:
      'Actions that the caller can perform on at least one object, such as `user.suspend`. New versions add actions.',
  })
  permissions: string[];
}

const maximumNodes = 100;

@Resolver(() => Viewer)
export class ViewerResolver {
  @FieldResolver(() => ApiKey, {
    nullable: true,
    description: 'API key of the caller, whatever its scopes are. Null for other credentials.',
  })
  async apiKey(@Ctx() { principal, loaders }: Context): Promise<ApiKey | null> {
    if (principal.kind !== 'apiKey') return null;
    return loaders.ownedKey.load(ownedKeyOf({ organizationId: principal.organizationId, id: principal.keyId }));
  }

  @FieldResolver(() => SetupLink, {
    nullable: true,
    description: 'Setup link of the caller. Null for other credentials.',
  })
  async setupLink(@Ctx() context: Context): Promise<SetupLink | null> {
    const { principal } = context;
    return principal.kind === 'setup' ? findSetupLink(context.in(principal.organizationId), principal) : null;
  }

  @FieldResolver(() => SignInSession, {
    nullable: true,
    description:
      'Session of the signed-in user. Null for other credentials, and if the access token cannot read sessions.',
  })
  async session(@Ctx() context: Context): Promise<SignInSession | null> {
    const { principal } = context;
    if (principal.kind !== 'user' || !allows(context, 'session.read', ownTarget(principal))) return null;
    const { organizationId, sessionId: id } = principal;
    return context.in(organizationId).session.manager.findOneBy(SignInSession, { organizationId, id });
  }

  @Query(() => Viewer, { description: 'The caller of the request.' })
  async viewer(@Ctx() { principal, loaders }: Context): Promise<Viewer> {
    const { organizationId } = principal;
    if (principal.kind === 'user') authorize({ principal }, 'user.read', { organizationId, id: principal.userId });
    const user = principal.kind === 'user' ? { organizationId: principal.organizationId, id: principal.userId } : null;
    return {
      kind: principal.kind === 'setup' ? 'SETUP_LINK' : actorOf(principal).kind,
      // A setup link gives access to its connection only.
      organization:
        organizationId && principal.kind !== 'setup'
          ? await loaders.organization.load({ organizationId, id: organizationId })
          : null,
      user: user ? await loaders.user.load(user) : null,
      connection:
        principal.kind === 'setup'
          ? await loaders.connection.load({ organizationId: principal.organizationId, id: principal.connectionId })
          : null,
      scopes: principal.kind === 'apiKey' ? principal.scopes : [],
      permissions: (Object.keys(policy) as Action[]).filter((action) =>
        allows({ principal }, action, ownTarget(principal)),
      ),
    };
  }

  @Query(() => NodeInterface, {
    nullable: true,
    description: 'Object with this id. Null if the caller cannot see it.',
  })
  node(
    @Arg('id', () => ID, { description: 'Id of an object of any type that implements `Node`.' }) id: string,
    @Ctx() context: Context,
  ): Promise<object | null> {
    return findNode(context, id);
  }

  @Query(() => [NodeInterface], {
    nullable: 'items',
    description:
      'Objects with these ids, at most 100, in the same order. An entry is null if the caller cannot see the object.',
  })
  nodes(
    @Arg('ids', () => [ID], { description: 'Ids of objects of any type that implements `Node`.' }) ids: string[],
    @Ctx() context: Context,
  ): Promise<(object | null)[]> {
    if (ids.length > maximumNodes)
      throw new BadInput(`"ids" can have at most ${maximumNodes} entries; this request has ${ids.length}.`);
    return Promise.all(ids.map((id) => findNode(context, id)));
  }
}
