import { Arg, Ctx, Field, ID, ObjectType, Query, Resolver } from 'type-graphql';
import { authorize } from '../../../access/authorize.js';
import { actorOf, type Scope, scopes } from '../../../access/principal.js';
import { Connection } from '../../../directory/connections/connection.js';
import { Organization } from '../../../directory/organizations/organization.js';
import { User } from '../../../directory/users/user.js';
import { BadInput } from '../../../kernel/errors.js';
import { NodeInterface } from '../../../kernel/node.js';
import type { Context } from '../context.js';
import { actorKinds } from '../events/resolvers.js';
import { findNode } from '../nodes.js';

@ObjectType('Viewer', { simpleResolvers: true, description: 'Who is calling.' })
export class Viewer {
  @Field(() => actorKinds)
  kind: keyof typeof actorKinds;
  @Field(() => Organization, { nullable: true })
  organization: Organization | null;
  @Field(() => User, { nullable: true })
  user: User | null;
  @Field(() => Connection, { nullable: true, description: 'Of a setup link: the one connection that it opens.' })
  connection: Connection | null;
  @Field(() => [scopes])
  scopes: Scope[];
}

const maximumNodes = 100;

@Resolver()
export class ViewerResolver {
  @Query(() => Viewer)
  async viewer(@Ctx() { principal, loaders }: Context): Promise<Viewer> {
    const { organizationId } = principal;
    if (principal.kind === 'user') authorize({ principal }, 'user.read', { organizationId, id: principal.userId });
    const user = principal.kind === 'user' ? { organizationId: principal.organizationId, id: principal.userId } : null;
    return {
      kind: actorOf(principal).kind,
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
    };
  }

  @Query(() => NodeInterface, {
    nullable: true,
    description: 'Anything by its id; null for what the caller cannot see.',
  })
  node(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<object | null> {
    return findNode(context, id);
  }

  @Query(() => [NodeInterface], { nullable: 'items' })
  nodes(@Arg('ids', () => [ID]) ids: string[], @Ctx() context: Context): Promise<(object | null)[]> {
    if (ids.length > maximumNodes) throw new BadInput(`"ids" may name ${maximumNodes} at most.`);
    return Promise.all(ids.map((id) => findNode(context, id)));
  }
}
